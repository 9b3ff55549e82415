"""Typed, sealed, expiring boxes: the only way the rest of the house keeps short-lived things.

A box is one declared kind of thing: a name, a payload type and a life. Entries lie under
HMAC-SM3("box:<name>", id) and are sealed for exactly that place, so an id of one kind can neither read nor
remove an entry of another (SEC-07), and an entry moved to another place in the store does not open.

    one-time thing:   put ──► find ──► swap(held, spent) ──► found again: a replay ──► expires
"""

import logging
import re
from dataclasses import dataclass, field, is_dataclass
from typing import Final, Generic, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from crypto.errors import SealError
from crypto.lookup import Lookup
from crypto.seal import Sealer
from crypto.tokens import random_token
from idp.ephemeral.port import Store

_log = logging.getLogger(__name__)
MAX_SECONDS: Final = 7200
"""No entry lives longer: the key that sealed it may be retired after that."""
_NAME = re.compile(r"[a-z][a-z0-9_.-]*")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held(Generic[T]):
    """An entry as it was read: what `Box.swap` will replace, and nothing newer."""

    value: T
    box: str
    key: bytes = field(repr=False)
    raw: bytes = field(repr=False)


class Box(Generic[T]):
    """One kind of short-lived thing. Raises StoreUnavailable from every method when the store does not
    answer.
    """

    def __init__(
        self, store: Store, sealer: Sealer, lookup: Lookup, name: str, payload: type[T], seconds: int
    ) -> None:
        """Declare the box `name`, unique in the house, for the frozen dataclass `payload`, living `seconds`
        by default.

        Fields of the payload are what JSON can carry (with enums, tuples, dates and nested dataclasses).
        Raises ValueError for a name or payload that cannot serve, and everywhere for a life of more than two hours.
        """
        if not _NAME.fullmatch(name):
            raise ValueError("a box name is lower-case letters, digits, dot, dash and underscore")
        if not is_dataclass(payload):
            raise ValueError("a box holds a dataclass")
        self._store = store
        self._sealer = sealer
        self._lookup = lookup
        self._kind = f"box:{name}"
        self._payload: TypeAdapter[T] = TypeAdapter(payload)
        self.name = name
        self.seconds = _life(seconds)

    def new(self, value: T) -> str:
        """Keep `value` under a fresh random id of 256 bits and return the id."""
        id_ = random_token()
        self.put(id_, value)
        return id_

    def put(self, id_: str, value: T, seconds: int | None = None) -> None:
        """Keep `value` under an id known to the caller, in place of what was there."""
        key = self._key(id_)
        self._store.put(key, self._seal(key, value), self.seconds if seconds is None else _life(seconds))

    def get(self, id_: str) -> T | None:
        """The value, or None when there is none (never kept, taken, expired, unreadable)."""
        held = self.find(id_)
        return None if held is None else held.value

    def find(self, id_: str) -> Held[T] | None:
        """The value in the form that `swap` takes, or None."""
        key = self._key(id_)
        raw = self._store.get(key)
        return None if raw is None else self._open(key, raw)

    def take(self, id_: str) -> T | None:
        """The value, removed by the same act: of any number of callers exactly one receives it."""
        key = self._key(id_)
        raw = self._store.take(key)
        held = None if raw is None else self._open(key, raw)
        return None if held is None else held.value

    def swap(self, held: Held[T], new: T, seconds: int | None = None) -> bool:
        """Replace exactly the entry that was read by `new`; false when it changed, was taken or expired
        meanwhile.

        Of any number of callers holding the same entry exactly one gets true. The remaining life is kept, or
        becomes `seconds` where given. Raises ValueError for an entry of another box.
        """
        if held.box != self.name:
            raise ValueError("an entry of another box")
        life = None if seconds is None else _life(seconds)
        return self._store.swap(held.key, held.raw, self._seal(held.key, new), life)

    def add_once(self, id_: str, value: T, seconds: int | None = None) -> bool:
        """Keep `value` unless the id has an entry; true for exactly one of any number of callers."""
        key = self._key(id_)
        life = self.seconds if seconds is None else _life(seconds)
        return self._store.add_once(key, self._seal(key, value), life)

    def _key(self, id_: str) -> bytes:
        return self._lookup.digest(self._kind, id_)

    def _seal(self, key: bytes, value: T) -> bytes:
        return self._sealer.seal(orjson.dumps(value), "box", self.name, key.hex())

    def _open(self, key: bytes, raw: bytes) -> Held[T] | None:
        try:
            clear = self._sealer.open(raw, "box", self.name, key.hex())
            # An unknown field could be a restriction that this release cannot honour: parsed whole or not at
            # all.
            value = self._payload.validate_json(clear, strict=True, extra="forbid")
        except SealError:
            self._note_unreadable("sealed")
            return None
        except ValidationError:
            self._note_unreadable("payload")
            return None
        return Held(value, self.name, key, raw)

    def _note_unreadable(self, reason: str) -> None:
        _log.warning("ephemeral.unreadable", extra={"box": self.name, "reason": reason})


def _life(seconds: int) -> int:
    if seconds > MAX_SECONDS:
        raise ValueError("a short-lived entry lives two hours at most")
    return seconds
