"""How the content key of a JWE gets to its reader: by SM2 (SGD_SM2_3, GM/T 0125.3) or agreed on (ECDH-ES, RFC 7518 §4.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from crypto import base64url
from crypto.errors import KeyUnusable, SealError, TokenRejected
from crypto.jose.content import ContentEncryption
from crypto.jose.profile import CiphertextEncoding
from crypto.jose.sm2_key import read_public
from crypto.keys import jwk
from crypto.keys.handle import ECDH_ES, SM2_ENCRYPTION, Decrypter
from crypto.sm.encoding import ciphertext_to_der, der_to_ciphertext
from crypto.tokens import random_bytes

P256: Final = "P-256"
_COORDINATE = 32
_EPK_MEMBERS = frozenset({"kty", "crv", "x", "y"})
_MAX_PARTY_INFO = 256


@dataclass(frozen=True, slots=True)
class ContentKey:
    """A content key on its way: the key, its encrypted form (empty where it was agreed on), members for the header."""

    key: bytes = field(repr=False)
    encrypted: bytes
    header: Mapping[str, object]


def send(
    alg: str, recipient: Mapping[str, object], cipher: ContentEncryption, ek_encoding: CiphertextEncoding
) -> ContentKey:
    """Make a content key for the reader with this public JWK; raises KeyUnusable when it does not fit the algorithm."""
    if alg == SM2_ENCRYPTION:
        return _send_by_sm2(recipient, cipher, ek_encoding)
    if alg == ECDH_ES:
        return _send_by_agreement(recipient, cipher)
    raise KeyUnusable("there is no such key management algorithm")


def receive(
    header: Mapping[str, object],
    encrypted: bytes,
    decrypter: Decrypter,
    cipher: ContentEncryption,
    ek_encoding: CiphertextEncoding,
) -> bytes:
    """Give the content key of a JWE; ``header`` was checked but for what its algorithm needs.

    Raises TokenRejected: "header" for a member that is missing or does not belong, "decryption" for everything that
    depends on the key, with no word about what it was.
    """
    if header["alg"] == SM2_ENCRYPTION:
        if not {"epk", "apu", "apv"}.isdisjoint(header):
            raise TokenRejected("header")
        key = _receive_by_sm2(encrypted, decrypter, ek_encoding)
    else:
        key = _receive_by_agreement(header, encrypted, decrypter, cipher)
    if len(key) != cipher.key_size:
        raise TokenRejected("decryption")
    return key


def derive(z: bytes, enc: str, key_size: int, apu: bytes = b"", apv: bytes = b"") -> bytes:
    """Derive a content key from an agreed secret by the Concat KDF with SHA-256 (RFC 7518 §4.6.2)."""
    parts = b"".join(len(part).to_bytes(4, "big") + part for part in (enc.encode("ascii"), apu, apv))
    other_info = parts + (key_size * 8).to_bytes(4, "big")
    return ConcatKDFHash(hashes.SHA256(), key_size, other_info).derive(z)


def _send_by_sm2(
    recipient: Mapping[str, object], cipher: ContentEncryption, ek_encoding: CiphertextEncoding
) -> ContentKey:
    key = random_bytes(cipher.key_size)
    raw = read_public(recipient).encrypt(key)
    return ContentKey(key, ciphertext_to_der(raw) if ek_encoding == "asn1" else raw, {})


def _receive_by_sm2(encrypted: bytes, decrypter: Decrypter, ek_encoding: CiphertextEncoding) -> bytes:
    try:
        raw = der_to_ciphertext(encrypted) if ek_encoding == "asn1" else encrypted
        return decrypter.decrypt(raw)
    except SealError:
        raise TokenRejected("decryption") from None


def _send_by_agreement(recipient: Mapping[str, object], cipher: ContentEncryption) -> ContentKey:
    public = _on_p256(recipient)
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    numbers = ephemeral.public_key().public_numbers()
    point = numbers.x.to_bytes(_COORDINATE, "big") + numbers.y.to_bytes(_COORDINATE, "big")
    key = derive(ephemeral.exchange(ec.ECDH(), public), cipher.enc, cipher.key_size)
    return ContentKey(key, b"", {"epk": jwk.elliptic_jwk(P256, point)})


def _receive_by_agreement(
    header: Mapping[str, object], encrypted: bytes, decrypter: Decrypter, cipher: ContentEncryption
) -> bytes:
    epk = header.get("epk")
    if not isinstance(epk, dict) or epk.keys() != _EPK_MEMBERS or encrypted:
        raise TokenRejected("header")
    apu, apv = _party_info(header, "apu"), _party_info(header, "apv")
    try:
        _on_p256(epk)
        z = decrypter.agree(jwk.elliptic_public(epk))
    except KeyUnusable:
        raise TokenRejected("decryption") from None
    return derive(z, cipher.enc, cipher.key_size, apu, apv)


def _on_p256(form: Mapping[str, object]) -> ec.EllipticCurvePublicKey:
    """The key of a JWK on P-256; a point that is not on the curve would tell its sender about our key."""
    if form.get("kty") != "EC" or form.get("crv") != P256:
        raise KeyUnusable("the JWK is not a key on P-256")
    public = jwk.elliptic_public(form)
    x, y = (int.from_bytes(half, "big") for half in (public[:_COORDINATE], public[_COORDINATE:]))
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise KeyUnusable("the JWK is not on the curve") from None


def _party_info(header: Mapping[str, object], name: str) -> bytes:
    text = header.get(name, "")
    if not isinstance(text, str) or len(text) > _MAX_PARTY_INFO:
        raise TokenRejected("header")
    try:
        return base64url.decode(text)
    except ValueError:
        raise TokenRejected("header") from None
