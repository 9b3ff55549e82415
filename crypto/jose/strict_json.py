"""JSON objects from strangers, read strictly (RFC 8259, RFC 7519 §4, RFC 7515 §4)."""

import json

import orjson


def read_object(data: bytes) -> dict[str, object]:
    """Read one JSON object.

    Raises ValueError for anything else at the top, duplicate members at any depth, NaN, infinities and
    numbers too large to hold, invalid UTF-8, lone surrogates, a byte-order mark, and nesting too deep.
    """
    # Two readers, because each refuses what the other lets pass: orjson special numbers, lone surrogates and
    # depth, Python's own duplicate members.
    orjson.loads(data)
    try:
        value = json.loads(data, object_pairs_hook=_unique)
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
