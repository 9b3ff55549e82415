"""What we and a register say to each other: one question, one answer, each signed with SM2 (decision 0018).

Both are JWS in compact form (`application/jose`). A question names us (iss), the source (aud), its time (iat, exp) and itself
(jti), what is asked (op) and about whom (args). An answer names the question that it answers (req), so that none can be
replayed for another, and has a result code with its facts.
"""

from collections.abc import Mapping
from typing import Any, Final

from crypto.errors import TokenRejected
from crypto.jose import jwt
from crypto.keys.handle import Signer
from crypto.tokens import random_handle

CONTENT_TYPE: Final = "application/jose"
QUESTION: Final = "registry-question+jwt"
ANSWER: Final = "registry-answer+jwt"
ALGORITHM: Final = "SGD_SM3_SM2"
WINDOW: Final = 300
"""Seconds for which a question and an answer are good."""
MAX_BYTES: Final = 65_536


def ask(
    signer: Signer, system: str, source: str, op: str, args: Mapping[str, object], now: float
) -> tuple[str, str]:
    """A signed question, and its id."""
    jti = random_handle()
    claims: dict[str, object] = {
        "iss": system,
        "aud": source,
        "iat": int(now),
        "exp": int(now) + WINDOW,
        "jti": jti,
        "op": op,
        "args": dict(args),
    }
    return jwt.encode(claims, signer, QUESTION), jti


def read_question(text: str, keys: list[Mapping[str, object]], source: str, now: float) -> dict[str, Any]:
    """A question that was put to this source, within its time. Raises TokenRejected."""
    required = ("iss", "iat", "exp", "jti", "op", "args")
    return _read(text, keys, QUESTION, source, required, now)


def answer(
    signer: Signer, source: str, question: Mapping[str, Any], result: Mapping[str, object], now: float
) -> str:
    """The signed answer to a question."""
    claims: dict[str, object] = {
        "iss": source,
        "aud": question["iss"],
        "iat": int(now),
        "exp": int(now) + WINDOW,
        "req": question["jti"],
        "result": dict(result),
    }
    return jwt.encode(claims, signer, ANSWER)


def read_answer(
    text: str, key: Mapping[str, object], system: str, source: str, jti: str, now: float
) -> dict[str, Any]:
    """The result of the answer to just this question, signed by this source. Raises TokenRejected."""
    claims = _read(text, [key], ANSWER, system, ("iss", "iat", "exp", "req", "result"), now)
    if claims["iss"] != source or claims["req"] != jti:
        raise TokenRejected("claims")
    result = claims["result"]
    if not isinstance(result, dict) or not isinstance(result.get("code"), str):
        raise TokenRejected("malformed")
    return result


def _read(
    text: str,
    keys: list[Mapping[str, object]],
    typ: str,
    audience: str,
    required: tuple[str, ...],
    now: float,
) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        text,
        keys,
        algorithms=frozenset({ALGORITHM}),
        typ=frozenset({typ}),
        audience=audience,
        now=now,
        required=required,
        max_bytes=MAX_BYTES,
    )
    return claims
