"""A token that other parts can rely on: one log-in, a limited number of sessions, and a way back after a loss.

::

    absent ──first use──► open ──Lost──► module started anew ──► open
                           ▲                    │ fails, or the token is still not there
                           └── next use after a pause that doubles from 0.1 s to 5 s ◄──┘

While a pause runs every use is refused at once, so that a dead token is not stormed. A refused PIN ends all: the
token counts wrong PINs and locks itself, so there is no second try in this process.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, TypeVar

from crypto.errors import DeviceUnavailable
from crypto.keys import pkcs11
from crypto.keys.handle import Algorithm
from crypto.keys.pkcs11 import Bench, Lost, PinRefused, Token
from crypto.keys.pkcs11_module import Module

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
_WAIT_SECONDS: Final = 5.0

T = TypeVar("T")

_modules: dict[str, Module] = {}
"""One for each library: PKCS#11 state belongs to the process, however many tokens are used."""


class _Missed(Exception):
    """Nothing was done in this epoch of the module."""

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch)
        self.epoch = epoch


@dataclass(slots=True)
class _Line:
    """The sessions of one epoch of the module; ``anchor`` holds the log-in and does nothing else."""

    epoch: int
    token: Token
    anchor: Bench | None
    free: threading.Semaphore
    idle: list[Bench] = field(default_factory=list)


class Device:
    """The token of one label behind one module. Safe to share between threads and to carry over a fork."""

    __slots__ = (
        "_algorithms",
        "_label",
        "_limit",
        "_line",
        "_lock",
        "_module",
        "_now",
        "_path",
        "_pause",
        "_pin",
        "_refusal",
        "_retry_at",
    )

    def __init__(
        self, path: str, label: str, pin: str, sessions: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the module's path, the token's label, the user PIN and how many sessions may be open at once."""
        self._path, self._label, self._pin, self._limit, self._now = path, label, pin, sessions, now
        if path not in _modules:
            _modules[path] = Module(path, lambda: pkcs11.load(path))
        self._module = _modules[path]
        self._lock = threading.Lock()  # taken inside the module only, so a fork never finds it held
        self._line: _Line | None = None
        self._algorithms: frozenset[Algorithm] | None = None
        self._refusal: PinRefused | None = None
        self._pause = self._retry_at = 0.0

    def algorithms(self) -> frozenset[Algorithm]:
        """What the token can do; nothing as long as it was never reached."""
        if self._algorithms is None:
            with suppress(DeviceUnavailable, PinRefused):
                self.use(Bench.probe)
        return self._algorithms or frozenset()

    def use(self, act: Callable[[Bench], T]) -> T:
        """Do one thing in a session, once more after a loss that could be mended at once.

        Raises DeviceUnavailable, PinRefused, and what ``act`` raises.
        """
        if self._now() < self._retry_at:
            raise DeviceUnavailable("the token did not answer, and it is too early to try again")
        try:
            return self._once(act)
        except _Missed as missed:
            epoch = missed.epoch
        try:
            self._module.restart(epoch)
            return self._once(act)
        except DeviceUnavailable:
            self._fail()
            raise
        except _Missed:
            self._fail()
            raise DeviceUnavailable("the token does not answer") from None

    def _once(self, act: Callable[[Bench], T]) -> T:
        if self._refusal is not None:
            raise PinRefused("the token refused the PIN; it is not tried again by this process")
        with self._module.inside() as epoch:
            if not self._module.started:
                raise _Missed(epoch)
            try:
                with self._session(epoch) as bench:
                    result = act(bench)
            except Lost:
                raise _Missed(epoch) from None
        self._pause = self._retry_at = 0.0
        return result

    @contextmanager
    def _session(self, epoch: int) -> Iterator[Bench]:
        line = self._current(epoch)
        if not line.free.acquire(timeout=_WAIT_SECONDS):
            raise DeviceUnavailable("all sessions of the token are busy")
        try:
            try:
                bench = line.idle.pop()
            except IndexError:
                bench = line.token.open(None)
            try:
                yield bench
            except BaseException:
                bench.close()  # an operation may be left half done in it
                raise
            line.idle.append(bench)
        finally:
            line.free.release()

    def _current(self, epoch: int) -> _Line:
        line = self._line
        if line is not None and line.epoch == epoch:
            return line
        with self._lock:
            if self._line is None or self._line.epoch != epoch:
                self._line = self._open_line(epoch)
            return self._line

    def _open_line(self, epoch: int) -> _Line:
        if self._refusal is not None:
            raise PinRefused("the token refused the PIN; it is not tried again by this process")
        token = Token(self._path, self._label)
        self._algorithms = token.algorithms()
        anchor = None
        if token.slot not in self._module.logged_in:
            try:
                anchor = token.open(self._pin)
            except PinRefused as refusal:
                self._refusal = refusal
                raise
            self._module.logged_in.add(token.slot)
        return _Line(epoch, token, anchor, threading.Semaphore(self._limit))

    def _fail(self) -> None:
        """Lengthen the pause, once however many threads failed together."""
        now = self._now()
        if now >= self._retry_at:
            self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
            self._retry_at = now + self._pause
