"""JSON objects from strangers, read strictly (RFC 8259, RFC 7519 §4, RFC 7515 §4)."""

import json
import math
from typing import NoReturn

import orjson


def read_object(data: bytes) -> dict[str, object]:
    """Read one JSON object.

    Raises ValueError for anything else at the top, duplicate members at any depth, NaN and infinities,
    numbers too large to hold, invalid UTF-8, lone surrogates, a byte-order mark, and nesting too deep.
    """
    try:
        orjson.loads(data)  # refuses what Python's reader lets pass: lone surrogates
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_float=_finite,
        )
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError("not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("number too large")
    return value
