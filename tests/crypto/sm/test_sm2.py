"""SM2 keys: known answers, and everything that must not verify or open."""

import json
from pathlib import Path

import gmssl.sm2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import KeyUnusable, SealError, VerificationError
from crypto.sm import curve, sm2, sm3

_KNOWN = json.loads((Path(__file__).parents[2] / "vectors" / "sm2" / "known.json").read_text())
_D = bytes.fromhex(_KNOWN["d"])
_PUBLIC = bytes.fromhex(_KNOWN["x"] + _KNOWN["y"])
_MESSAGE = _KNOWN["message"].encode()
_R, _S = bytes.fromhex(_KNOWN["r"]), bytes.fromhex(_KNOWN["s"])
_CIPHERTEXT = bytes.fromhex(_KNOWN["c1"] + _KNOWN["c3"] + _KNOWN["c2"])

# (1, y) lies on the curve; x = 1 + p names the same point in a second way.
_Y_OF_ONE = bytes.fromhex("9f7a091433a81e3f218f405f792355bf2aa98b5ffa95982f03870800065279a3")

_SCALARS = st.integers(1, curve.N - 2).map(lambda number: number.to_bytes(32, "big"))


@pytest.fixture
def private() -> sm2.Sm2PrivateKey:
    return sm2.Sm2PrivateKey(_D)


@pytest.fixture
def public() -> sm2.Sm2PublicKey:
    return sm2.Sm2PublicKey(_PUBLIC)


def _reference(d: bytes, public: bytes) -> gmssl.sm2.CryptSM2:
    """The pure-Python library as an independent reference, its damaging constructor passed by."""
    reference = gmssl.sm2.CryptSM2(private_key=d.hex(), public_key="", mode=1)
    reference.public_key = public.hex()
    return reference


@pytest.mark.clause("GM/T 0003.5", "A")
def test_public_key_z_and_digest_are_the_published_ones(private: sm2.Sm2PrivateKey) -> None:
    """d gives P, and the default identity gives Z and e of the sample."""
    assert private.public_key.raw == _PUBLIC
    assert sm2.z_value(_PUBLIC, _KNOWN["identity"].encode()).hex() == _KNOWN["z"]
    assert sm2.message_digest(_PUBLIC, _MESSAGE, sm2.DEFAULT_IDENTITY).hex() == _KNOWN["e"]


@pytest.mark.clause("GM/T 0003.5", "A")
def test_the_published_signature_verifies(public: sm2.Sm2PublicKey) -> None:
    """The sample signature holds under the default identity."""
    public.verify(_MESSAGE, _R + _S)


def test_fresh_signatures_verify_and_differ(private: sm2.Sm2PrivateKey) -> None:
    """Two signatures over the same data hold and have different nonces."""
    first, second = private.sign(_MESSAGE), private.sign(_MESSAGE)
    private.public_key.verify(_MESSAGE, first)
    private.public_key.verify(_MESSAGE, second)
    assert first[:32] != second[:32]


@pytest.mark.clause("GM/T 0003.2", "5.5")
def test_signature_is_bound_to_the_identity(private: sm2.Sm2PrivateKey) -> None:
    """A signature under one identity does not hold under another, the default and the empty one included."""
    identities = (b"ALICE123@YAHOO.COM", b"", sm2.DEFAULT_IDENTITY)
    for identity in identities:
        rs = private.sign(_MESSAGE, identity)
        private.public_key.verify(_MESSAGE, rs, identity)
        for other in identities:
            if other != identity:
                with pytest.raises(VerificationError):
                    private.public_key.verify(_MESSAGE, rs, other)


def test_an_identity_too_long_for_its_length_field_is_refused() -> None:
    """ENTL counts bits in two bytes: 8,191 bytes fit, 8,192 would wrap around."""
    sm2.z_value(_PUBLIC, bytes(8191))
    with pytest.raises(ValueError, match="identity"):
        sm2.z_value(_PUBLIC, bytes(8192))


@pytest.mark.clause("GM/T 0003.2", "7.1")
@pytest.mark.parametrize(
    "rs",
    [
        bytes(32) + _S,
        _R + bytes(32),
        curve.N.to_bytes(32, "big") + _S,
        _R + curve.N.to_bytes(32, "big"),
        _R + (curve.N - int.from_bytes(_R, "big")).to_bytes(32, "big"),
        _S + _R,
        _R + _S + b"\x00",
        (_R + _S)[:63],
        _R + _S[:-1] + bytes((_S[-1] ^ 1,)),
    ],
    ids=["r=0", "s=0", "r=n", "s=n", "r+s=n", "swapped", "trailing", "short", "altered"],
)
def test_signatures_that_must_not_hold(public: sm2.Sm2PublicKey, rs: bytes) -> None:
    """Out of range, over-long, swapped and altered signatures are refused."""
    with pytest.raises(VerificationError):
        public.verify(_MESSAGE, rs)


def test_other_data_and_other_keys_do_not_verify(public: sm2.Sm2PublicKey) -> None:
    """The signature holds for one message and one key."""
    with pytest.raises(VerificationError):
        public.verify(_MESSAGE + b".", _R + _S)
    with pytest.raises(VerificationError):
        sm2.Sm2PrivateKey.generate().public_key.verify(_MESSAGE, _R + _S)


@pytest.mark.parametrize(
    "raw",
    [
        bytes(64),
        _PUBLIC[:63] + bytes((_PUBLIC[63] ^ 1,)),
        _PUBLIC[32:] + _PUBLIC[:32],
        (1 + curve.P).to_bytes(32, "big") + _Y_OF_ONE,
        b"\xff" * 64,
        b"\x04" + _PUBLIC,
        _PUBLIC[:63],
        b"",
    ],
    ids=["infinity", "off curve", "swapped", "x above p", "all ones", "prefixed", "short", "empty"],
)
def test_public_keys_off_the_curve_are_unusable(raw: bytes) -> None:
    """No point but one on the curve becomes a key, and none reaches the engine's verification."""
    with pytest.raises(KeyUnusable):
        sm2.Sm2PublicKey(raw)
    with pytest.raises(KeyUnusable):
        sm2.engine().verify(raw, bytes(32), _R + _S)
    with pytest.raises(KeyUnusable):
        sm2.engine().encrypt(raw, b"x")


def test_one_point_has_one_name() -> None:
    """The point (1, y) is a key, and so its second name with x = 1 + p is refused for its range alone."""
    assert sm2.Sm2PublicKey((1).to_bytes(32, "big") + _Y_OF_ONE).raw[31] == 1


@pytest.mark.parametrize("number", [0, curve.N - 1, curve.N, 2**256 - 1])
def test_private_keys_out_of_range_are_unusable(number: int) -> None:
    """Zero, n-1 (for which 1+d has no inverse) and above are refused."""
    with pytest.raises(KeyUnusable):
        sm2.Sm2PrivateKey(number.to_bytes(32, "big"))
    with pytest.raises(KeyUnusable):
        sm2.engine().sign(number.to_bytes(32, "big"), bytes(32))


@pytest.mark.parametrize("number", [1, 11, 307, curve.N - 2])
def test_keys_at_the_edges_sign_and_decrypt(number: int) -> None:
    """The smallest and largest keys work, and two whose x begins with the digits 04."""
    key = sm2.Sm2PrivateKey(number.to_bytes(32, "big"))
    key.public_key.verify(b"data", key.sign(b"data"))
    assert key.decrypt(key.public_key.encrypt(b"data")) == b"data"


def test_printed_private_key_shows_nothing(private: sm2.Sm2PrivateKey) -> None:
    """Neither repr nor str holds the scalar."""
    printed = f"{private!r}{private}"
    assert _KNOWN["d"] not in printed
    assert str(_D) not in printed


@pytest.mark.clause("GM/T 0003.5", "C")
def test_the_published_ciphertext_opens(private: sm2.Sm2PrivateKey) -> None:
    """The sample decrypts, raw and through its ASN.1 form."""
    assert private.decrypt(_CIPHERTEXT) == _KNOWN["plaintext"].encode()
    assert sm2.der_to_ciphertext(sm2.ciphertext_to_der(_CIPHERTEXT)) == _CIPHERTEXT


@pytest.mark.parametrize("size", [1, 2, 31, 32, 33, 1000])
def test_encryption_comes_back(private: sm2.Sm2PrivateKey, size: int) -> None:
    """Plaintexts of every length come back, and never stand in their ciphertext."""
    plaintext = bytes(range(256))[:size] * (1 + size // 256)
    ciphertext = private.public_key.encrypt(plaintext)
    assert len(ciphertext) == 97 + len(plaintext)
    assert not ciphertext.endswith(plaintext)
    assert private.decrypt(ciphertext) == plaintext


@pytest.mark.clause("GM/T 0003.4", "6.1")
def test_a_mask_of_zeros_is_never_sent(public: sm2.Sm2PublicKey) -> None:
    """One plaintext byte meets a zero mask once in 256 times; the sender must draw again."""
    for _ in range(600):
        assert public.encrypt(b"\x5a")[-1:] != b"\x5a"


@pytest.mark.parametrize("position", [64, 65, 96, 97, len(_CIPHERTEXT) - 1])
def test_altered_ciphertexts_do_not_open(private: sm2.Sm2PrivateKey, position: int) -> None:
    """A flipped bit in C1, C3 or C2 is refused."""
    altered = bytearray(_CIPHERTEXT)
    altered[position] ^= 1
    with pytest.raises(SealError):
        private.decrypt(bytes(altered))


@pytest.mark.parametrize(
    "ciphertext",
    [
        b"",
        _CIPHERTEXT[:-1],
        _CIPHERTEXT + b"\x00",
        _CIPHERTEXT[1:],
        _CIPHERTEXT[:65] + _CIPHERTEXT[97:] + _CIPHERTEXT[65:97],
        _CIPHERTEXT[:65] + bytes(32) + _CIPHERTEXT[97:],
    ],
    ids=["nothing", "cut", "longer", "without mark", "C1C2C3", "C3 zeroed"],
)
def test_malformed_ciphertexts_do_not_open(private: sm2.Sm2PrivateKey, ciphertext: bytes) -> None:
    """Cut, lengthened and reordered ciphertexts are refused."""
    with pytest.raises(SealError):
        private.decrypt(ciphertext)


@pytest.mark.clause("GM/T 0003.4", "7.1")
def test_a_ciphertext_under_a_mask_of_zeros_does_not_open(private: sm2.Sm2PrivateKey) -> None:
    """Made by hand with a k whose mask is zero, well-formed otherwise: the standard says to refuse it."""
    plaintext = b"Z"
    for k in (469, 470):
        product = (k * int.from_bytes(_D, "big") % curve.N).to_bytes(32, "big")
        shared = sm2.engine().public_key(product)
        mask = sm3.kdf(shared, 1)
        check = sm3.digest(shared[:32] + plaintext + shared[32:])
        c1 = b"\x04" + sm2.engine().public_key(k.to_bytes(32, "big"))
        ciphertext = c1 + check + bytes((plaintext[0] ^ mask[0],))
        if mask != b"\x00":
            assert private.decrypt(ciphertext) == plaintext
        else:
            with pytest.raises(SealError):
                private.decrypt(ciphertext)
    assert mask == b"\x00"


def test_another_key_does_not_open() -> None:
    """A ciphertext opens with one key only."""
    with pytest.raises(SealError):
        sm2.Sm2PrivateKey.generate().decrypt(_CIPHERTEXT)


def test_empty_plaintext_is_refused(public: sm2.Sm2PublicKey) -> None:
    """There is no ciphertext of nothing."""
    with pytest.raises(SealError):
        public.encrypt(b"")


@given(_SCALARS, st.binary(max_size=64), st.integers(1, curve.N - 1))
@settings(max_examples=8, deadline=None)
def test_signatures_of_the_reference_verify(d: bytes, data: bytes, k: int) -> None:
    """What gmssl signs with a nonce of ours, the engine accepts."""
    public = sm2.engine().public_key(d)
    digest = sm2.message_digest(public, data, sm2.DEFAULT_IDENTITY)
    signature = _reference(d, public).sign(digest, f"{k:064x}")
    sm2.Sm2PublicKey(public).verify(data, bytes.fromhex(signature))


@given(_SCALARS, st.binary(min_size=2, max_size=64))
@settings(max_examples=8, deadline=None)
def test_encryption_agrees_with_the_reference_both_ways(d: bytes, plaintext: bytes) -> None:
    """What gmssl encrypts the engine opens, and the other way round."""
    key = sm2.Sm2PrivateKey(d)
    reference = _reference(d, key.public_key.raw)
    assert key.decrypt(b"\x04" + reference.encrypt(plaintext)) == plaintext
    assert reference.decrypt(key.public_key.encrypt(plaintext)[1:]) == plaintext
