"""What a node and a key service say to each other, written and read by both (in the spirit of GM/T 0136, the form is ours).

A message is a JWT (RFC 7519) signed with SM2 (SGD_SM3_SM2), so that who speaks stands under national algorithms whatever
the transport below uses. Its header is read as the one text that the sender writes, so that nothing in it can be chosen.
A request names the node (iss), the service (aud), its time (iat, exp) and itself (jti), the operation (``op``) and its
arguments (``args``). An answer names the request (``req``) that it answers, and has either ``result`` or ``refused``, an
error by a word of ``REFUSALS`` with a sentence (``detail``). Bytes are base64url text.

Replay: a request is good for ``WINDOW`` seconds around its time, and its jti once within them; the service remembers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import orjson

from crypto import base64url
from crypto.errors import (
    CryptoError,
    DeviceUnavailable,
    KeyUnusable,
    SealError,
    TokenRejected,
    VerificationError,
)
from crypto.jose import claims as rules
from crypto.jose.strict_json import read_object
from crypto.keys import jwk, pairs
from crypto.keys.handle import DECRYPTION, SIGNING, SM2, Algorithm, GeneratedKey, KeyHandle
from crypto.sm.sm2 import Sm2PrivateKey, Sm2PublicKey

WINDOW: Final = 30
MAX_BYTES: Final = 256 * 1024
REQUEST: Final = "yihao-key-request+jwt"
ANSWER: Final = "yihao-key-answer+jwt"
CONTENT_TYPE: Final = "application/jose"

REFUSALS: Final[Mapping[str, type[CryptoError]]] = MappingProxyType(
    {"sealed": SealError, "key": KeyUnusable, "device": DeviceUnavailable}
)
"""Errors that cross the wire, and the words for them."""

_KNOWN: Final[Mapping[str, Algorithm]] = {name: name for name in (*SIGNING, *DECRYPTION)}
_MAX_DETAIL = 200


class MessageKey:
    """An SM2 key that signs messages: of a node or of a key service. Its printed form shows nothing of it."""

    __slots__ = ("_key", "handle")

    def __init__(self, private: Sm2PrivateKey) -> None:
        """Take the private key; its name is made of the public one, as ``peer`` makes it."""
        self._key = private
        self.handle = peer(private.public_key.raw)

    @property
    def public(self) -> bytes:
        """The public half x‖y, as the other side holds it."""
        return self._key.public_key.raw

    def sign(self, data: bytes) -> bytes:
        """Sign data and give r‖s."""
        return self._key.sign(data)


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose signature, addressee and time hold; whether it came before is not looked at here.

    ``made`` is its time by the node's clock, seconds since 1970.
    """

    node: str
    request_id: str
    made: int
    operation: str
    arguments: Mapping[str, object]


def peer(public: bytes) -> KeyHandle:
    """Name a node or key service by its public key x‖y; raises KeyUnusable when that is not on the curve."""
    return pairs.new_handle(SM2, jwk.elliptic_jwk(pairs.SM2_CURVE, Sm2PublicKey(public).raw))


def write_request(
    key: MessageKey,
    service: KeyHandle,
    request_id: str,
    operation: str,
    arguments: Mapping[str, object],
    now: float,
) -> bytes:
    """Write a request of this node to the service."""
    claims = {
        "iss": key.handle.kid,
        "aud": service.kid,
        "iat": int(now),
        "exp": int(now) + WINDOW,
        "jti": request_id,
        "op": operation,
        "args": dict(arguments),
    }
    return _signed(claims, key, REQUEST)


def read_request(body: bytes, node: KeyHandle, service: KeyHandle, now: float) -> Request:
    """Read a request of this node; raises TokenRejected unless it is whole, signed by it, for us and of now."""
    required = ("jti", "op", "args", "iat", "exp")
    claims = _read(body, REQUEST, node, service, now, required)
    request_id, operation, arguments = claims["jti"], claims["op"], claims["args"]
    made = claims["iat"]
    if (
        not isinstance(request_id, str)
        or not isinstance(operation, str)
        or not isinstance(arguments, dict)
        or not isinstance(made, int)
    ):
        raise TokenRejected("malformed")
    return Request(node.kid, request_id, made, operation, arguments)


def write_result(key: MessageKey, request: Request, result: Mapping[str, object], now: float) -> bytes:
    """Write the answer to a request that was carried out."""
    return _write_answer(key, request, {"result": dict(result)}, now)


def write_refusal(key: MessageKey, request: Request, error: CryptoError, now: float) -> bytes:
    """Write the answer to a request that was not carried out; other errors than those of ``REFUSALS`` say ``key``."""
    word = next((word for word, kind in REFUSALS.items() if isinstance(error, kind)), "key")
    return _write_answer(key, request, {"refused": word, "detail": str(error)[:_MAX_DETAIL]}, now)


def read_answer(
    body: bytes, node: KeyHandle, service: KeyHandle, request_id: str, now: float
) -> Mapping[str, object]:
    """Read the result of a request.

    Raises the error that the service answered with, and VerificationError unless the answer is whole, signed by the
    service, for this node, to this request and of now.
    """
    claims = _read(body, ANSWER, service, node, now, ("req", "iat", "exp"))
    if claims["req"] != request_id:
        raise VerificationError("the answer is to another request")
    refused = claims.get("refused")
    if isinstance(refused, str) and refused in REFUSALS:
        raise REFUSALS[refused](f"key service: {claims.get('detail')}")
    result = claims.get("result")
    if not isinstance(result, dict):
        raise VerificationError("the answer of the key service has no result")
    return result


def octets(arguments: Mapping[str, object], name: str) -> bytes:
    """Read bytes of a message; raises ValueError."""
    return base64url.decode(text(arguments, name))


def text(arguments: Mapping[str, object], name: str) -> str:
    """Read text of a message; raises ValueError."""
    value = arguments.get(name)
    if not isinstance(value, str):
        raise ValueError("a member is missing or of another type")
    return value


def write_handle(handle: KeyHandle) -> dict[str, object]:
    """Write a handle as members of a message."""
    return {"kid": handle.kid, "algorithm": handle.algorithm, "public_jwk": dict(handle.public_jwk)}


def read_handle(arguments: Mapping[str, object]) -> KeyHandle:
    """Read a handle of a message; raises ValueError."""
    form = arguments.get("public_jwk")
    if not isinstance(form, dict) or not all(isinstance(value, str) for value in form.values()):
        raise ValueError("a member is missing or of another type")
    return KeyHandle(text(arguments, "kid"), read_algorithm(arguments), form)


def read_algorithm(arguments: Mapping[str, object]) -> Algorithm:
    """Read an algorithm of a message; raises ValueError for one that there is not."""
    try:
        return _KNOWN[text(arguments, "algorithm")]
    except KeyError:
        raise ValueError("there is no such algorithm") from None


def write_key(handle: KeyHandle, wrapped: bytes) -> dict[str, object]:
    """Write a handle and its stored part as members of a message."""
    return {**write_handle(handle), "wrapped": base64url.encode(wrapped)}


def read_key(arguments: Mapping[str, object]) -> GeneratedKey:
    """Read a handle and its stored part; raises ValueError."""
    return GeneratedKey(read_handle(arguments), octets(arguments, "wrapped"))


def _write_answer(key: MessageKey, request: Request, outcome: Mapping[str, object], now: float) -> bytes:
    claims = {
        "iss": key.handle.kid,
        "aud": request.node,
        "iat": int(now),
        "exp": int(now) + WINDOW,
        "req": request.request_id,
        **outcome,
    }
    return _signed(claims, key, ANSWER)


def _read(
    body: bytes, typ: str, sender: KeyHandle, reader: KeyHandle, now: float, required: tuple[str, ...]
) -> dict[str, object]:
    if len(body) > MAX_BYTES:
        raise TokenRejected("oversize")
    try:
        token = body.decode("ascii")
    except UnicodeDecodeError:
        raise TokenRejected("malformed") from None
    claims = _verified(token, typ, sender)
    rules.check(claims, issuer=sender.kid, audience=reader.kid, now=now, leeway=0, required=required)
    made = claims["iat"]
    # An exp of the sender's choice does not lengthen the time in which we remember what came before.
    if not isinstance(made, int) or abs(now - made) > WINDOW:
        raise TokenRejected("expired")
    return claims


def _signed(claims: Mapping[str, object], key: MessageKey, typ: str) -> bytes:
    text = f"{_header(key.handle.kid, typ)}.{base64url.encode(orjson.dumps(claims))}"
    return f"{text}.{base64url.encode(key.sign(text.encode('ascii')))}".encode("ascii")


def _verified(token: str, typ: str, sender: KeyHandle) -> dict[str, object]:
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRejected("malformed")
    if parts[0] != _header(sender.kid, typ):
        raise TokenRejected("header")
    try:
        signature, payload = base64url.decode(parts[2]), base64url.decode(parts[1])
    except ValueError:
        raise TokenRejected("malformed") from None
    try:
        Sm2PublicKey(jwk.elliptic_public(sender.public_jwk)).verify(
            token[: -len(parts[2]) - 1].encode(), signature
        )
    except VerificationError:
        raise TokenRejected("signature") from None
    try:
        return read_object(payload)
    except ValueError:
        raise TokenRejected("malformed") from None


@lru_cache(maxsize=64)
def _header(kid: str, typ: str) -> str:
    return base64url.encode(orjson.dumps({"alg": SM2, "kid": kid, "typ": typ}))
