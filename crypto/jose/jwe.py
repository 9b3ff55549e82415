"""Compact JSON Web Encryption (RFC 7516; GM/T 0125.3): written for a public JWK, read by a decrypter.

Composed of ``crypto.sm`` and ``cryptography`` without joserfc: the private key is a handle that may live in a
device (decision 0011). Compression and passwords do not exist here, so neither can be made a bomb.
"""

from collections.abc import Mapping
from typing import Final

import orjson

from crypto import base64url
from crypto.errors import KeyUnusable, SealError, TokenRejected
from crypto.jose import header as reading
from crypto.jose import key_management
from crypto.jose.content import CIPHERS, IV_SIZE, TAG_SIZE, ContentEncryption
from crypto.jose.profile import ENC_OF, SM2_CRVS, CiphertextEncoding
from crypto.keys.handle import Decrypter
from crypto.keys.jwk import PRIVATE_MEMBERS
from crypto.tokens import random_bytes

ALGORITHMS: Final = frozenset(ENC_OF)
ENCRYPTIONS: Final = frozenset(CIPHERS)
MAX_HEADER: Final = 4096

_CURVES: Final = {"SGD_SM2_3": SM2_CRVS, "ECDH-ES": frozenset({key_management.P256})}


def encrypt(
    payload: bytes,
    recipient: Mapping[str, object],
    *,
    alg: str,
    enc: str,
    ek_encoding: CiphertextEncoding = "c1c3c2",
    cty: str | None = None,
) -> str:
    """Encrypt a payload to the holder of a public JWK; the header is {alg, enc, kid, cty, epk} where each applies.

    ``ek_encoding`` is the form of the SM2 ciphertext. Raises KeyUnusable when the key, its use or key_ops, or the
    pair of alg and enc does not serve.
    """
    cipher = CIPHERS.get(enc)
    if cipher is None or not serves(recipient, alg):
        raise KeyUnusable("the key does not serve this encryption")
    content_key = key_management.send(alg, recipient, cipher, ek_encoding)
    kid = recipient.get("kid")
    named = {"alg": alg, "enc": enc, "kid": kid, "cty": cty, **content_key.header}
    header = base64url.encode(
        orjson.dumps({name: value for name, value in named.items() if value is not None})
    )
    iv = random_bytes(IV_SIZE)
    sealed = cipher.seal(content_key.key, iv, payload, header.encode("ascii"))
    parts = (content_key.encrypted, iv, sealed[:-TAG_SIZE], sealed[-TAG_SIZE:])
    return ".".join((header, *(base64url.encode(part) for part in parts)))


def decrypt(
    token: str,
    decrypter: Decrypter,
    *,
    algorithms: frozenset[str],
    encryptions: frozenset[str],
    cty: frozenset[str] | None = None,
    ek_encoding: CiphertextEncoding = "c1c3c2",
    max_bytes: int = 16 * 1024,
) -> bytes:
    """Decrypt a compact JWE and give its payload (RFC 7516 §5.2).

    ``algorithms`` and ``encryptions`` are the names allowed for this purpose, ``cty`` the content types allowed, None
    for any. A kid in the header must be the decrypter's. Nothing says who wrote the payload: that takes a signature
    inside. Raises TokenRejected: oversize, malformed, algorithm, header, typ, key, or decryption for whatever the key
    alone could tell.
    """
    parts = reading.split(token, 5, max_bytes)
    if len(parts[0]) > MAX_HEADER:
        raise TokenRejected("oversize")
    header = reading.members(parts[0])
    encrypted, iv, ciphertext, tag = (reading.octets(part) for part in parts[1:])
    cipher = _checked_header(header, algorithms, encryptions)
    reading.check_type(header, "cty", cty)
    handle = decrypter.handle
    if handle.algorithm != header["alg"] or header.get("kid", handle.kid) != handle.kid:
        raise TokenRejected("key")
    if len(iv) != IV_SIZE or len(tag) != TAG_SIZE:
        raise TokenRejected("decryption")
    key = key_management.receive(header, encrypted, decrypter, cipher, ek_encoding)
    try:
        return cipher.open(key, iv, ciphertext + tag, parts[0].encode("ascii"))
    except SealError:
        raise TokenRejected("decryption") from None


def named_key(token: str, max_bytes: int = 16 * 1024) -> str | None:
    """Give the kid of a compact JWE, or None: only to choose the decrypter; raises TokenRejected when this is none."""
    kid = reading.members(reading.split(token, 5, max_bytes)[0]).get("kid")
    return kid if isinstance(kid, str) else None


def serves(key: Mapping[str, object], alg: str) -> bool:
    """Say whether a public JWK is meant for encrypting by this algorithm, as far as its members tell (RFC 7517 §4)."""
    operations = key.get("key_ops")
    return (
        alg in ALGORITHMS
        and key.get("kty") == "EC"
        and key.get("crv") in _CURVES[alg]
        and key.get("alg", alg) == alg
        and key.get("use", "enc") == "enc"
        and (operations is None or _allows(operations, alg))
        and PRIVATE_MEMBERS.isdisjoint(key)
    )


def _allows(operations: object, alg: str) -> bool:
    wanted = {"wrapKey", "encrypt"} if alg == "SGD_SM2_3" else {"deriveKey", "deriveBits"}
    return isinstance(operations, list | tuple) and not wanted.isdisjoint(operations)


def _checked_header(
    header: Mapping[str, object], algorithms: frozenset[str], encryptions: frozenset[str]
) -> ContentEncryption:
    alg, enc = header.get("alg"), header.get("enc")
    # Our own tables are asked too: a caller's list cannot bring back dir, RSA1_5 or PBES2 (RFC 8725 §3.2).
    if not isinstance(alg, str) or alg not in algorithms or alg not in ALGORITHMS:
        raise TokenRejected("algorithm")
    if not isinstance(enc, str) or enc not in encryptions or enc not in CIPHERS:
        raise TokenRejected("algorithm")
    reading.check_members(header)
    reading.check_type(header, "typ", None)
    return CIPHERS[enc]
