"""The key agent: holds the root key in memory once m officers brought their shares.

::

    sealed ──share──▶ sealed, 1 of m ──▶ … ──m-th share, check value right──▶ open ──seal, or the process ends──▶ sealed

It writes nothing but audit events; a restart begins sealed. What stands on a socket is `agent_server`.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from crypto import compare
from crypto.errors import CryptoError, SealError, ShareRefused
from crypto.keys import shares
from crypto.keys.memory import LockedBytes
from crypto.keys.shares import Share
from crypto.sm.sm2 import Sm2PrivateKey, Sm2PublicKey
from crypto.tokens import short_reference
from idp.audit.event import Event, Place
from idp.keys.book import Book, share_check
from idp.keys.ceremonies import events
from idp.keys.unsealing import Contribution, UnsealRefused, signed_bytes

MOST_TICKETS: Final = 32
"""One-time keys that wait for a share; the oldest is forgotten first."""
ACTOR: Final = "key-agent"


@dataclass(frozen=True, slots=True)
class Status:
    """What may be told of the agent."""

    is_open: bool
    generation: int
    threshold: int
    contributed: int
    is_locked: bool


class Agent:
    """The state of the agent. Safe to share between threads."""

    def __init__(self, find_book: Callable[[], Book | None], note: Callable[[Event], None]) -> None:
        """`find_book` reads the present generation's book anew, `note` writes an audit event."""
        self._find_book = find_book
        self._note = note
        self._lock = threading.Lock()
        self._tickets: OrderedDict[bytes, Sm2PrivateKey] = OrderedDict()
        self._shares: dict[str, Share] = {}
        self._shares_of = 0
        self._held: tuple[int, LockedBytes] | None = None

    def status(self) -> Status:
        """What it holds and what it waits for."""
        book = self._find_book()
        with self._lock:
            generation = book.generation if book else 0
            held, secret = self._held or (0, None)
            return Status(
                is_open=secret is not None and (book is None or held == generation),
                generation=held or generation,
                threshold=book.threshold if book else 0,
                contributed=len(self._shares) if self._shares_of == generation else 0,
                is_locked=secret is not None and secret.is_locked,
            )

    def one_time_key(self) -> bytes:
        """A fresh SM2 public key for one contribution, x‖y."""
        key = Sm2PrivateKey.generate()
        with self._lock:
            self._tickets[key.public_key.raw] = key
            if len(self._tickets) > MOST_TICKETS:
                self._tickets.popitem(last=False)
        return key.public_key.raw

    def contribute(self, given: Contribution) -> Status:
        """Take an officer's share; with the m-th one the agent is open.

        Raises UnsealRefused, with one audit event; shares that are there already stay.
        """
        with self._lock:
            before = dict(self._shares)
            try:
                count, threshold, is_open = self._take(given)
            except UnsealRefused as refused:
                self._tell(
                    events.RootShareRefused, self._actor(given), self._shares_of, reason=refused.reason
                )
                raise
            try:
                self._tell_accepted(given, count, threshold, is_open)
            except Exception:
                # What cannot be audited has not happened: as it was before this share.
                self._forget()
                self._shares = before
                raise
        return self.status()

    def root_key(self, generation: int) -> bytes | None:
        """The root key of this generation, or None while it is not held."""
        with self._lock:
            if self._held is None or self._held[0] != generation:
                return None
            return self._held[1].read()

    def adopt(self, generation: int, key: bytes) -> None:
        """Take the key of the generation that a ceremony just made, from the process that made it.

        Raises UnsealRefused: sealed, generation for another one than the present, wrong for another key.
        """
        with self._lock:
            book = self._find_book()
            if self._held is None:
                raise UnsealRefused("sealed")
            if book is None or book.generation != generation:
                raise UnsealRefused("generation")
            if not compare.equal(shares.check_value(key, generation), book.check_value):
                raise UnsealRefused("wrong")
            self._tell(events.RootUnsealed, ACTOR, generation, way="ceremony")
            self._hold(generation, key)

    def seal(self, actor: str) -> None:
        """Forget the root key and every share."""
        with self._lock:
            generation = self._held[0] if self._held else self._shares_of
            self._forget()
            self._tell(events.RootSealed, actor, generation)

    def close(self) -> None:
        """Forget everything at the end of the process, without an event."""
        with self._lock:
            self._forget()

    def _tell_accepted(self, given: Contribution, count: int, threshold: int, is_open: bool) -> None:
        actor, officer, generation = self._actor(given), given.officer_id, given.generation
        self._tell(
            events.RootShareAccepted, actor, generation, officer=officer, count=count, threshold=threshold
        )
        if is_open:
            self._tell(events.RootUnsealed, actor, generation, way="shares")

    def _take(self, given: Contribution) -> tuple[int, int, bool]:
        book = self._find_book()
        if book is None:
            raise UnsealRefused("no_shares")
        if self._held is not None and self._held[0] == book.generation:
            raise UnsealRefused("open")
        if self._shares_of != book.generation:
            # The officers or the root key changed while shares were coming in: those are worth nothing now.
            self._shares, self._shares_of = {}, book.generation
        share = self._checked(given, book)
        self._shares[given.officer_id] = share
        count = len(self._shares)
        if count < book.threshold:
            return count, book.threshold, False
        try:
            key = shares.combine(list(self._shares.values()), book.check_value)
        except ShareRefused:
            # Each is the one that was made: then the check value of the key is not. The others stay.
            del self._shares[given.officer_id]
            raise UnsealRefused("check_value") from None
        self._hold(book.generation, key)
        return count, book.threshold, True

    def _checked(self, given: Contribution, book: Book) -> Share:
        """The officer's share, or the first reason why it does not count."""
        one_time = self._tickets.pop(given.agent_key, None)
        if one_time is None:
            raise UnsealRefused("stale")
        holder = book.holders.get(given.officer_id)
        if holder is None:
            raise UnsealRefused("stranger")
        if holder.is_removed:
            raise UnsealRefused("removed")
        if given.generation != book.generation:
            raise UnsealRefused("generation")
        data = signed_bytes(given.agent_key, given.generation, given.officer_id, given.encrypted)
        try:
            Sm2PublicKey(holder.officer.public_key).verify(data, given.signature)
        except CryptoError:
            raise UnsealRefused("signature") from None
        if given.officer_id in self._shares:
            raise UnsealRefused("duplicate")
        try:
            share = Share.from_bytes(one_time.decrypt(given.encrypted))
        except (SealError, ShareRefused):
            raise UnsealRefused("damaged") from None
        if share.generation != book.generation:
            raise UnsealRefused("generation")
        if not compare.equal(share_check(share), holder.share_check):
            raise UnsealRefused("wrong")
        return share

    def _hold(self, generation: int, key: bytes) -> None:
        self._forget()
        self._held = (generation, LockedBytes(key))

    def _forget(self) -> None:
        if self._held is not None:
            self._held[1].wipe()
        self._held = None
        self._shares.clear()
        self._tickets.clear()

    def _actor(self, given: Contribution) -> str:
        """The officer by id where there is such a one; what else was sent is in no log."""
        book = self._find_book()
        is_known = book is not None and given.officer_id in book.holders
        return f"officer:{given.officer_id}" if is_known else "officer:unknown"

    def _tell(self, kind: type[Event], actor: str, generation: int, **details: Any) -> None:
        place = Place(ACTOR, short_reference())
        self._note(kind(actor=actor, object=f"root:{generation}", place=place, **details))
