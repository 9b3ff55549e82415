"""The sessions of one process with an SDF device: opened on demand, counted, reopened after a fault (GM/T 0018 §6).

::

    no device ──open──► device ──fault──► given up: its idle sessions closed at once, the others as they come back,
        ▲                                 the device with the last of them
        └────────── after a pause that doubles from 0.25 s to 8 s while opening or the first use fails ◄──────┘
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_void_p
from typing import Final

from crypto.errors import DeviceUnavailable
from crypto.keys.sdf_abi import SDR_OK, SDR_OPENSESSION, Library, name_of

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 8.0
_LOOK_AGAIN = 0.05
"""Seconds after which a full device is asked again: another process may have given a session back."""


class _Device:
    """An open device: its idle sessions, and how many there are in all."""

    __slots__ = ("handle", "idle", "is_given_up", "sessions")

    def __init__(self, handle: c_void_p) -> None:
        self.handle = handle
        self.idle: list[Session] = []
        self.sessions = 0
        self.is_given_up = False


class Session:
    """An open session, used by one thread at a time; ``granted`` holds the key indexes it may use."""

    __slots__ = ("device", "granted", "handle")

    def __init__(self, device: _Device, handle: c_void_p) -> None:
        self.device = device
        self.handle = handle
        self.granted: set[int] = set()


class Sessions:
    """At most ``limit`` sessions with one device, for the threads of one process.

    A child of fork makes its own: handles are worth nothing in another process.
    """

    __slots__ = ("_device", "_library", "_limit", "_now", "_pause", "_retry_at", "_state", "_wait")

    def __init__(
        self, library: Library, limit: int, wait: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        """``wait`` is how many seconds a thread waits for a session while all are in use."""
        self._library = library
        self._limit = limit
        self._wait = wait
        self._now = now
        self._state = threading.Condition()
        self._device: _Device | None = None
        self._pause = FIRST_PAUSE
        self._retry_at = 0.0

    @contextmanager
    def use(self) -> Iterator[Session]:
        """Give a session to this thread while the block lasts.

        Raises DeviceUnavailable when the device does not open, when no session becomes free in time, and at once for a
        moment after a fault. A DeviceUnavailable raised in the block gives the device up.
        """
        session = self._borrow()
        try:
            yield session
        except DeviceUnavailable:
            with self._state:
                self._give_up(session.device)
            raise
        else:
            self._pause = FIRST_PAUSE
        finally:
            with self._state:
                self._take_back(session)
                self._state.notify()

    def close(self) -> None:
        """Close what is idle; sessions in use are closed when they come back."""
        with self._state:
            if self._device is not None:
                self._drop(self._device)

    def _borrow(self) -> Session:
        deadline = self._now() + self._wait
        # Whoever opens a device that hangs holds the state: the others do not hang with it.
        if not self._state.acquire(timeout=max(self._wait, _LOOK_AGAIN)):
            raise DeviceUnavailable("the SDF device takes long to open")
        try:
            while True:
                session = self._free_session()
                if session is not None:
                    return session
                left = deadline - self._now()
                if left <= 0:
                    # Not one of ours is open: the device refuses all, and opening it anew may mend that.
                    if self._device is not None and not self._device.sessions:
                        self._give_up(self._device)
                    raise DeviceUnavailable("no session of the SDF device became free in time")
                self._state.wait(min(left, _LOOK_AGAIN))
        finally:
            self._state.release()

    def _free_session(self) -> Session | None:
        """An idle session or a new one; None while all that there may be are in use."""
        if self._device is None:
            self._device = self._open_device()
        device = self._device
        if device.idle:
            return device.idle.pop()
        if device.sessions >= self._limit:
            return None
        handle = c_void_p()
        code = self._library.call("SDF_OpenSession", device.handle, byref(handle))
        if code == SDR_OK:
            device.sessions += 1
            return Session(device, handle)
        if code == SDR_OPENSESSION:
            return None
        self._give_up(device)
        raise DeviceUnavailable(f"the SDF device opens no session: {name_of(code)}")

    def _open_device(self) -> _Device:
        if self._now() < self._retry_at:
            raise DeviceUnavailable("the SDF device failed a moment ago")
        handle = c_void_p()
        code = self._library.call("SDF_OpenDevice", byref(handle))
        if code != SDR_OK:
            self._postpone()
            raise DeviceUnavailable(f"the SDF device does not open: {name_of(code)}")
        return _Device(handle)

    def _give_up(self, device: _Device) -> None:
        if device is self._device:
            self._postpone()
        self._drop(device)

    def _postpone(self) -> None:
        self._retry_at = self._now() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _drop(self, device: _Device) -> None:
        if device is self._device:
            self._device = None
        if device.is_given_up:
            return
        device.is_given_up = True
        while device.idle:
            self._close_session(device.idle.pop())
        self._close_when_empty(device)

    def _take_back(self, session: Session) -> None:
        if not session.device.is_given_up:
            session.device.idle.append(session)
            return
        self._close_session(session)
        self._close_when_empty(session.device)

    def _close_session(self, session: Session) -> None:
        for index in session.granted:
            self._library.call("SDF_ReleasePrivateKeyAccessRight", session.handle, index)
        self._library.call("SDF_CloseSession", session.handle)
        session.device.sessions -= 1

    def _close_when_empty(self, device: _Device) -> None:
        if device.sessions == 0:
            self._library.call("SDF_CloseDevice", device.handle)
