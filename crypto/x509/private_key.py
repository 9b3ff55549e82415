"""Files of officers' SM2 keys: PKCS #8 under a passphrase, PBES2 with PBKDF2-HMAC-SM3 and SM4-CBC.

RFC 5958 §3, RFC 8018 §6.2, GM/T 0091-2020; the key itself as OpenSSL has it (RFC 5915). Written with HMAC-SM3, which
OpenSSL knows since 3.2; also read with HMAC-SHA-256 and AES-256-CBC, which every OpenSSL writes.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from asn1crypto import core
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256, SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from crypto import compare
from crypto.errors import CertificateRejected, KeyUnusable, SealError
from crypto.keys import jwk
from crypto.keys.handle import SM2, KeyHandle
from crypto.sm import sm2, sm3
from crypto.tokens import random_bytes
from crypto.x509 import oids, pem
from crypto.x509.asn1 import Algorithm

LABEL: Final = "ENCRYPTED PRIVATE KEY"
ITERATIONS: Final = 600_000
MOST_BYTES: Final = 8 * 1024
MOST_ITERATIONS: Final = 10_000_000
LEAST_ITERATIONS: Final = 1_000
SHORTEST_PASSPHRASE: Final = 8

_SALT_BYTES = 16
_BLOCK = 16
_BLOCK_BITS = 128
_SCALAR = 32
_KID_LENGTH = 16


class _Pbkdf2(core.Sequence):  # type: ignore[misc] # asn1crypto has no types
    _fields: ClassVar[list[Any]] = [
        ("salt", core.OctetString),
        ("iterations", core.Integer),
        ("key_length", core.Integer, {"optional": True}),
        ("prf", Algorithm, {"optional": True}),
    ]


class _Pbkdf2Algorithm(core.Sequence):  # type: ignore[misc] # see above
    _fields: ClassVar[list[Any]] = [("algorithm", core.ObjectIdentifier), ("parameters", _Pbkdf2)]


class _Pbes2(core.Sequence):  # type: ignore[misc] # see above
    _fields: ClassVar[list[Any]] = [("kdf", _Pbkdf2Algorithm), ("cipher", Algorithm)]


class _Pbes2Algorithm(core.Sequence):  # type: ignore[misc] # see above
    _fields: ClassVar[list[Any]] = [("algorithm", core.ObjectIdentifier), ("parameters", _Pbes2)]


class _Encrypted(core.Sequence):  # type: ignore[misc] # see above
    _fields: ClassVar[list[Any]] = [("algorithm", _Pbes2Algorithm), ("data", core.OctetString)]


class _EcPrivateKey(core.Sequence):  # type: ignore[misc] # see above
    _fields: ClassVar[list[Any]] = [
        ("version", core.Integer),
        ("private_key", core.OctetString),
        ("parameters", core.ObjectIdentifier, {"explicit": 0, "optional": True}),
        ("public_key", core.OctetBitString, {"explicit": 1, "optional": True}),
    ]


class _PrivateKeyInfo(core.Sequence):  # type: ignore[misc] # see above
    _fields: ClassVar[list[Any]] = [
        ("version", core.Integer),
        ("algorithm", Algorithm),
        ("private_key", core.OctetString),
    ]


_PRFS: Final[dict[str, Callable[[bytes, bytes, int, int], bytes]]] = {
    oids.HMAC_WITH_SM3: sm3.pbkdf2_sm3,
    oids.HMAC_WITH_SHA256: lambda passphrase, salt, iterations, length: PBKDF2HMAC(
        SHA256(), length, salt, iterations
    ).derive(passphrase),
}
_CIPHERS: Final[dict[str, tuple[Callable[[bytes], Any], int]]] = {
    oids.SM4_CBC: (SM4, 16),
    oids.AES256_CBC: (AES256, 32),
}


class SoftwareKey:
    """An SM2 key from a file, ready to sign: a ``crypto.keys.handle.Signer``. Its printed form shows nothing of it."""

    __slots__ = ("_key", "handle")

    def __init__(self, d: bytes) -> None:
        """Take the 32 bytes of the private key; raises KeyUnusable when they are out of range."""
        self._key = sm2.Sm2PrivateKey(d)
        form = jwk.elliptic_jwk("SM2", self._key.public_key.raw)
        kid = jwk.thumbprint(form)[:_KID_LENGTH]
        self.handle = KeyHandle(kid, SM2, {**form, "kid": kid, "alg": SM2, "use": "sig"})

    def sign(self, data: bytes) -> bytes:
        """Sign data under the default identity: 64 bytes r‖s."""
        return self._key.sign(data)


def generate() -> bytes:
    """Give a fresh private key of 32 bytes."""
    return sm2.engine().generate()


def write(d: bytes, passphrase: str, iterations: int = ITERATIONS) -> str:
    """Write a private key of 32 bytes as PEM under a passphrase of at least eight characters.

    Raises KeyUnusable for a key out of range, ValueError for a shorter passphrase.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ValueError("the passphrase has at least eight characters")
    salt, iv = random_bytes(_SALT_BYTES), random_bytes(_BLOCK)
    key = sm3.pbkdf2_sm3(passphrase.encode(), salt, iterations, _CIPHERS[oids.SM4_CBC][1])
    padder = PKCS7(_BLOCK_BITS).padder()
    padded = padder.update(plain(d)) + padder.finalize()
    encryptor = Cipher(SM4(key), CBC(iv)).encryptor()
    prf = Algorithm({"algorithm": oids.HMAC_WITH_SM3, "parameters": core.Null()})
    kdf = {
        "algorithm": oids.PBKDF2,
        "parameters": {"salt": salt, "iterations": iterations, "prf": prf},
    }
    cipher = Algorithm({"algorithm": oids.SM4_CBC, "parameters": core.OctetString(iv)})
    whole = _Encrypted(
        {
            "algorithm": {"algorithm": oids.PBES2, "parameters": {"kdf": kdf, "cipher": cipher}},
            "data": encryptor.update(padded) + encryptor.finalize(),
        }
    )
    return pem.write(whole.dump(), LABEL)


def read(text: bytes, passphrase: str) -> bytes:
    """Read a private key of 32 bytes from PEM.

    Raises SealError when the passphrase does not open it, KeyUnusable when the file is not of this form.
    """
    encrypted = _parsed(text)
    try:
        plain = _opened(encrypted, passphrase.encode())
    except ValueError:
        raise SealError("the passphrase does not open this key") from None
    try:
        return _scalar(plain)
    except CertificateRejected:
        # A wrong passphrase gives right padding once in 256 times, and then no key.
        raise SealError("the passphrase does not open this key") from None


def plain(d: bytes) -> bytes:
    """Write the PrivateKeyInfo of a private key of 32 bytes, in clear: it is not to leave memory.

    Raises KeyUnusable when the key is out of range.
    """
    public = sm2.Sm2PrivateKey(d).public_key.raw
    inner = _EcPrivateKey({"version": 1, "private_key": d, "public_key": b"\x04" + public})
    algorithm = Algorithm({"algorithm": oids.EC_KEY, "parameters": core.ObjectIdentifier(oids.SM2_CURVE)})
    whole = _PrivateKeyInfo({"version": 0, "algorithm": algorithm, "private_key": inner.dump()})
    return bytes(whole.dump())


def _parsed(text: bytes) -> Any:
    """The file's form, checked before any work is done for its iterations."""
    try:
        encrypted = _Encrypted.load(pem.read(text, LABEL, 1, MOST_BYTES)[0], strict=True)
        algorithm = encrypted["algorithm"]
        kdf, cipher = algorithm["parameters"]["kdf"], algorithm["parameters"]["cipher"]
        fits = (
            algorithm["algorithm"].dotted == oids.PBES2
            and kdf["algorithm"].dotted == oids.PBKDF2
            and kdf["parameters"]["prf"]["algorithm"].dotted in _PRFS
            and cipher["algorithm"].dotted in _CIPHERS
            and LEAST_ITERATIONS <= kdf["parameters"]["iterations"].native <= MOST_ITERATIONS
            and len(cipher["parameters"].native) == _BLOCK
            and 0 < len(encrypted["data"].native) <= MOST_BYTES
        )
    except Exception:
        # asn1crypto and PEM answer foreign bytes with many types.
        fits = False
    if not fits:
        raise KeyUnusable("not an encrypted SM2 private key as PKCS #8 with PBES2")
    return encrypted


def _opened(encrypted: Any, passphrase: bytes) -> bytes:
    parameters = encrypted["algorithm"]["parameters"]
    kdf, cipher = parameters["kdf"]["parameters"], parameters["cipher"]
    algorithm, size = _CIPHERS[cipher["algorithm"].dotted]
    derive = _PRFS[kdf["prf"]["algorithm"].dotted]
    key = derive(passphrase, kdf["salt"].native, int(kdf["iterations"].native), size)
    decryptor = Cipher(algorithm(key), CBC(cipher["parameters"].native)).decryptor()
    padded = decryptor.update(encrypted["data"].native) + decryptor.finalize()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _scalar(plain: bytes) -> bytes:
    """The private key in a PrivateKeyInfo, held against the public key beside it."""
    try:
        info = _PrivateKeyInfo.load(plain, strict=True)
        algorithm = info["algorithm"]
        named = (algorithm["algorithm"].dotted, algorithm["parameters"].native)
        inner = _EcPrivateKey.load(info["private_key"].native, strict=True)
        d = bytes(inner["private_key"].native)
        public = inner["public_key"].native
    except Exception:
        raise CertificateRejected("malformed") from None
    if named != (oids.EC_KEY, oids.SM2_CURVE) or len(d) != _SCALAR:
        raise KeyUnusable("the file holds no SM2 key")
    own = b"\x04" + sm2.Sm2PrivateKey(d).public_key.raw
    if public is not None and not compare.equal(bytes(public), own):
        raise KeyUnusable("the public key in the file is another one's")
    return d
