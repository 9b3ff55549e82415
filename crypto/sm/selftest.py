"""Known-answer tests run at boot; a process whose cryptography answers wrongly must not start (GM/T 0028
§7.10).

Answers are those of GM/T 0002 annex A, GM/T 0004 annex A, GM/T 0003.5 annexes A to C, RFC 8998 annex A.1, and
draft-ribose-cfrg-sm4-10 §A.2.2.1 and §A.2.5.1.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm

from crypto import compare
from crypto.errors import CryptoError, SealError, SelfTestFailed, VerificationError
from crypto.sm import agreement, curve, second_opinion, sm2, sm3, sm4
from crypto.sm.engine.port import Engine

_D: Final = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
_PUBLIC: Final = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_MESSAGE: Final = b"message digest"
_Z: Final = bytes.fromhex("b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3")
_E: Final = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
_SIGNATURE: Final = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_PLAINTEXT: Final = b"encryption standard"
_CIPHERTEXT: Final = bytes.fromhex(
    "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    "21886ca989ca9c7d58087307ca93092d651efa"
)
_SM4_KEY: Final = bytes.fromhex("0123456789abcdeffedcba9876543210")
_GCM_NONCE: Final = bytes.fromhex("00001234567800000000abcd")
_GCM_ASSOCIATED: Final = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_GCM_PLAINTEXT: Final = b"".join(bytes((byte,)) * 8 for byte in bytes.fromhex("aabbccddeeffeeaa"))
_GCM_SEALED: Final = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)
_FIRST_BLOCK: Final = bytes(range(16))
_CBC_PLAINTEXT: Final = bytes.fromhex("aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb")
_CBC_CIPHERTEXT: Final = bytes.fromhex("78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d")
_CTR_PLAINTEXT: Final = bytes.fromhex("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb")
_CTR_CIPHERTEXT: Final = bytes.fromhex("ac3236cb970cc20791364c395a1342d1")
_STATIC_A: Final = bytes.fromhex("81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029")
_STATIC_B: Final = bytes.fromhex("785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5")
_EPHEMERAL_A: Final = bytes.fromhex("d4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3")
_EPHEMERAL_B: Final = bytes.fromhex("7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6")
_AGREED_KEY: Final = bytes.fromhex("6c89347354de2484c60b4ab1fde4c6e5")


@dataclass(frozen=True, slots=True)
class SelfTestReport:
    """What was checked: the engine's name, the checks in order, and the seconds it took."""

    engine: str
    checks: tuple[str, ...]
    seconds: float


def run() -> SelfTestReport:
    """Run every check.

    Raises SelfTestFailed naming the first that failed, EngineUnavailable without an engine.
    """
    start = time.perf_counter()
    engine = sm2.engine()
    for name, check in _CHECKS.items():
        try:
            check(engine)
        except SelfTestFailed:
            raise
        except (CryptoError, UnsupportedAlgorithm, ValueError) as error:
            raise SelfTestFailed(f"self-test {name} failed: {error}") from error
    return SelfTestReport(engine.name, tuple(_CHECKS), time.perf_counter() - start)


def _expect(name: str, answer: bytes, known: bytes) -> None:
    if not compare.equal(answer, known):
        raise SelfTestFailed(f"self-test {name} gave another answer")


def _sm3(_: Engine) -> None:
    known = bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
    _expect("sm3", sm3.digest(b"abc"), known)


def _hmac(_: Engine) -> None:
    known = bytes.fromhex("44809d3ff5336f44071be1917887380730ae145f940a53819279801784c65e17")
    _expect("hmac-sm3", sm3.hmac_sm3(bytes(range(1, 33)), b"abc"), known)


def _sm4_block(_: Engine) -> None:
    known = bytes.fromhex("681edf34d206965e86b3e94f536e4246")
    _expect("sm4-block", sm4.encrypt_block(_SM4_KEY, _SM4_KEY), known)


def _sm4_gcm(_: Engine) -> None:
    sealed = sm4.gcm_seal(_SM4_KEY, _GCM_NONCE, _GCM_PLAINTEXT, _GCM_ASSOCIATED)
    _expect("sm4-gcm", sealed, _GCM_SEALED)
    _expect("sm4-gcm", sm4.gcm_open(_SM4_KEY, _GCM_NONCE, sealed, _GCM_ASSOCIATED), _GCM_PLAINTEXT)
    try:
        sm4.gcm_open(_SM4_KEY, _GCM_NONCE, _flipped(sealed), _GCM_ASSOCIATED)
    except SealError:
        return
    raise SelfTestFailed("self-test sm4-gcm opened altered bytes")


def _sm4_cbc(_: Engine) -> None:
    encrypted = sm4.cbc_encrypt(_SM4_KEY, _FIRST_BLOCK, _CBC_PLAINTEXT)
    _expect("sm4-cbc", encrypted[: len(_CBC_CIPHERTEXT)], _CBC_CIPHERTEXT)
    _expect("sm4-cbc", sm4.cbc_decrypt(_SM4_KEY, _FIRST_BLOCK, encrypted), _CBC_PLAINTEXT)
    try:
        sm4.cbc_decrypt(_SM4_KEY, _FIRST_BLOCK, _CBC_CIPHERTEXT)
    except SealError:
        return
    raise SelfTestFailed("self-test sm4-cbc opened bytes without padding")


def _sm4_ctr(_: Engine) -> None:
    _expect("sm4-ctr", sm4.ctr(_SM4_KEY, _FIRST_BLOCK, _CTR_PLAINTEXT), _CTR_CIPHERTEXT)


def _sm2_digest(engine: Engine) -> None:
    _expect("sm2-digest", engine.public_key(_D), _PUBLIC)
    _expect("sm2-digest", sm2.z_value(_PUBLIC, sm2.DEFAULT_IDENTITY), _Z)
    _expect("sm2-digest", sm2.message_digest(_PUBLIC, _MESSAGE, sm2.DEFAULT_IDENTITY), _E)


def _sm2_known_signature(engine: Engine) -> None:
    engine.verify(_PUBLIC, _E, _SIGNATURE)


def _sm2_sign(engine: Engine) -> None:
    engine.verify(_PUBLIC, _E, engine.sign(_D, _E))


def _sm2_second_opinion(engine: Engine) -> None:
    rs = engine.load_signer(_D, sm2.DEFAULT_IDENTITY).sign(_MESSAGE)
    second_opinion.verify_message(_PUBLIC, _MESSAGE, rs, sm2.DEFAULT_IDENTITY)


def _sm2_tamper(engine: Engine) -> None:
    for digest, rs in ((_flipped(_E), _SIGNATURE), (_E, _flipped(_SIGNATURE))):
        try:
            engine.verify(_PUBLIC, digest, rs)
        except VerificationError:
            continue
        raise SelfTestFailed("self-test sm2-tamper accepted an altered signature")


def _sm2_encrypt(engine: Engine) -> None:
    _expect("sm2-encrypt", engine.decrypt(_D, _CIPHERTEXT), _PLAINTEXT)
    _expect("sm2-encrypt", engine.decrypt(_D, engine.encrypt(_PUBLIC, _PLAINTEXT)), _PLAINTEXT)
    try:
        engine.decrypt(_D, _flipped(_CIPHERTEXT))
    except SealError:
        return
    raise SelfTestFailed("self-test sm2-encrypt opened an altered ciphertext")


def _sm2_agreement(engine: Engine) -> None:
    static_a, static_b = engine.public_key(_STATIC_A), engine.public_key(_STATIC_B)
    ephemeral = (engine.public_key(_EPHEMERAL_A), engine.public_key(_EPHEMERAL_B))
    both_z = curve.z_value(static_a, sm2.DEFAULT_IDENTITY), curve.z_value(static_b, sm2.DEFAULT_IDENTITY)
    point = engine.shared_point(_STATIC_A, _EPHEMERAL_A, static_b, ephemeral[1])
    _expect("sm2-agreement", engine.shared_point(_STATIC_B, _EPHEMERAL_B, static_a, ephemeral[0]), point)
    ends = agreement.derive(point, both_z, ephemeral, len(_AGREED_KEY))
    _expect("sm2-agreement", ends.key, _AGREED_KEY)


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


_CHECKS: Final[dict[str, Callable[[Engine], None]]] = {
    "sm3": _sm3,
    "hmac-sm3": _hmac,
    "sm4-block": _sm4_block,
    "sm4-gcm": _sm4_gcm,
    "sm4-cbc": _sm4_cbc,
    "sm4-ctr": _sm4_ctr,
    "sm2-digest": _sm2_digest,
    "sm2-known-signature": _sm2_known_signature,
    "sm2-sign": _sm2_sign,
    "sm2-second-opinion": _sm2_second_opinion,
    "sm2-tamper": _sm2_tamper,
    "sm2-encrypt": _sm2_encrypt,
    "sm2-agreement": _sm2_agreement,
}
