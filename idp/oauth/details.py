"""Authorization details (RFC 9396): a matter asked for as an object. One type, `matter`, which is the structured form of the
scope `matter:<code>`: the same registration, consent, level and capacities stand behind both.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from idp.matters.catalogue import CODE
from idp.matters.service import SCOPE_PREFIX

TYPE: Final = "matter"
TYPES: Final = (TYPE,)
LONGEST: Final = 8_192
MOST: Final = 50
_MEMBERS: Final = {"type", "matter"}


class DetailsRefused(ValueError):
    """What is wrong with the parameter, for the developer; no value of it is repeated."""


def parse(text: str) -> tuple[str, ...]:
    """The codes of the matters that a parameter asks for, each once, in order. Raises DetailsRefused (RFC 9396 §2, §5)."""
    if len(text) > LONGEST:
        raise DetailsRefused(f"authorization_details has more than {LONGEST} characters")
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except DetailsRefused:
        raise
    except (ValueError, RecursionError):
        # A number of thousands of digits is a plain ValueError.
        raise DetailsRefused("authorization_details is not JSON") from None
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        raise DetailsRefused(f"authorization_details is an array of 1 to {MOST} objects")
    codes = [_code(one) for one in found]
    if len(set(codes)) != len(codes):
        raise DetailsRefused("authorization_details names a matter twice")
    return tuple(codes)


def scopes(codes: Iterable[str]) -> tuple[str, ...]:
    """The scopes that say the same."""
    return tuple(SCOPE_PREFIX + code for code in codes)


def objects(codes: Iterable[str]) -> list[dict[str, str]]:
    """The objects of these matters, as answers and tokens hold them (RFC 9396 §7, §9)."""
    return [{"type": TYPE, "matter": code} for code in sorted(codes)]


def codes_in(kept: Iterable[Any] | None) -> frozenset[str]:
    """The codes of objects that were kept."""
    return frozenset(str(one[TYPE]) for one in kept or ())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DetailsRefused("authorization_details has a member twice")
    return members


def _code(one: Any) -> str:
    if not isinstance(one, dict) or one.get("type") != TYPE:
        raise DetailsRefused("authorization_details holds an object of an unknown type")
    if set(one) != _MEMBERS or not isinstance(one["matter"], str) or not CODE.fullmatch(one["matter"]):
        raise DetailsRefused(
            "an object of the type matter has the members type and matter, a code, and no others"
        )
    return one["matter"]
