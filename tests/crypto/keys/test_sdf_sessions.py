"""The sessions with an SDF device: counted, waited for, given up after a fault, opened again."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from crypto.errors import DeviceUnavailable, KeyUnusable
from crypto.keys.sdf_abi import SDR_HARDFAIL, SDR_OPENSESSION, Library
from crypto.keys.sdf_sessions import FIRST_PAUSE, LONGEST_PAUSE, Sessions
from tests.support.clock import StandingClock
from tests.support.sdf.device import SdfTestDevice

BRIEFLY = 0.1

pytestmark = pytest.mark.clause("GM/T 0018", "6")


class Opened:
    """A device, the sessions of this process with it, and their time."""

    def __init__(self, folder: Path) -> None:
        self.device = SdfTestDevice(folder)
        self.clock = StandingClock()
        self.library = Library(self.device.library, "none")
        self._made: list[Sessions] = []

    def sessions(self, limit: int = 8, wait: float = 0.0, stands: bool = True) -> Sessions:
        """Sessions whose pauses pass with `clock`, or with the machine's when time must pass by itself."""
        time = (self.clock.timestamp,) if stands else ()
        made = Sessions(self.library, limit, wait, *time)
        self._made.append(made)
        return made

    def close(self) -> None:
        """Close all."""
        for sessions in self._made:
            sessions.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A device whose sessions are closed after the test."""
    made = Opened(tmp_path / "device")
    yield made
    made.close()


def test_a_session_is_used_again_and_all_is_closed_in_the_end(opened: Opened) -> None:
    """One session serves one thread for long, and nothing stays open after closing."""
    sessions = opened.sessions()
    for _ in range(5):
        with sessions.use():
            assert opened.device.open_handles("sessions") == 1
    assert opened.device.open_handles("devices") == 1
    sessions.close()
    assert opened.device.open_handles("sessions") == opened.device.open_handles("devices") == 0


def test_two_threads_never_share_a_session(opened: Opened) -> None:
    """While one is in use another thread gets a second."""
    sessions = opened.sessions()
    with sessions.use() as first, sessions.use() as second:
        assert first.handle.value != second.handle.value


def test_our_own_limit_makes_a_thread_wait_and_then_refuses(opened: Opened) -> None:
    """With every session in use there is a clear refusal, and no session beyond the limit."""
    sessions = opened.sessions(limit=2)
    with sessions.use(), sessions.use():
        with pytest.raises(DeviceUnavailable, match="became free"), sessions.use():
            pytest.fail("a third session was given")
        assert opened.device.open_handles("sessions") == 2
    with sessions.use():
        assert opened.device.open_handles("sessions") == 2


def test_a_waiting_thread_gets_the_session_that_comes_back(opened: Opened) -> None:
    """Nobody is refused while a session comes back in time."""
    sessions = opened.sessions(limit=1, wait=20.0, stands=False)
    got, waiting = threading.Event(), threading.Event()

    def use_one() -> None:
        waiting.set()
        with sessions.use():
            got.set()

    with sessions.use():
        thread = threading.Thread(target=use_one)
        thread.start()
        waiting.wait(10)
        assert not got.wait(BRIEFLY)
    assert got.wait(10)
    thread.join()


def test_the_limit_of_the_device_counts_too(opened: Opened) -> None:
    """A device that allows fewer than we would open is waited for, not taken for broken."""
    opened.device.limit_sessions(1)
    sessions = opened.sessions(limit=8)
    with sessions.use():
        with pytest.raises(DeviceUnavailable, match="became free"), sessions.use():
            pytest.fail("the device allows one only")
        with pytest.raises(DeviceUnavailable, match="became free"), sessions.use():
            pytest.fail("the device allows one only")
    with sessions.use():
        assert opened.device.open_handles("sessions") == 1


def test_sessions_held_by_another_process_are_waited_for(opened: Opened) -> None:
    """A device full of others' sessions serves us as soon as one of them is given back."""
    opened.device.limit_sessions(1)
    theirs, ours = opened.sessions(), opened.sessions(wait=20.0, stands=False)
    got = threading.Event()

    def use_one() -> None:
        with ours.use():
            got.set()

    with theirs.use():
        thread = threading.Thread(target=use_one)
        thread.start()
        assert not got.wait(BRIEFLY)
    theirs.close()
    assert got.wait(10)
    thread.join()


def test_a_fault_gives_up_the_device_and_everything_opened_in_it(opened: Opened) -> None:
    """After a fault nothing of the broken device is used again, and nothing of it stays open."""
    sessions = opened.sessions()
    with ExitStack() as stack:
        stack.enter_context(sessions.use())
        with pytest.raises(DeviceUnavailable), sessions.use():
            raise DeviceUnavailable("a call failed")
        assert opened.device.open_handles("sessions") == 1
    assert opened.device.open_handles("sessions") == opened.device.open_handles("devices") == 0


def test_a_device_that_hangs_while_it_opens_holds_nobody_else(opened: Opened) -> None:
    """One thread waits for the device; the others are refused in time and do not queue behind it."""
    hanging, go_on = threading.Event(), threading.Event()

    class Hanging(Library):
        def call(self, name: str, *arguments: object) -> int:
            if name == "SDF_OpenDevice":
                hanging.set()
                go_on.wait(20)
            return super().call(name, *arguments)

    sessions = Sessions(Hanging(opened.device.library, "none"), 8, BRIEFLY)

    def use_one() -> None:
        with sessions.use():
            pass

    thread = threading.Thread(target=use_one)
    thread.start()
    assert hanging.wait(10)
    with pytest.raises(DeviceUnavailable, match="long to open"), sessions.use():
        pytest.fail("it hangs")
    go_on.set()
    thread.join()
    sessions.close()


def test_a_refusal_that_is_no_fault_keeps_the_session(opened: Opened) -> None:
    """A wrong key or ciphertext costs nobody a session."""
    sessions = opened.sessions()
    with pytest.raises(KeyUnusable), sessions.use():
        raise KeyUnusable("no such key")
    assert opened.device.open_handles("sessions") == 1


def test_after_a_fault_the_answer_is_quick_and_the_pauses_grow(opened: Opened) -> None:
    """The device is left alone for a moment, each time for longer, and serves again by itself."""
    sessions = opened.sessions()
    opened.device.unplug(SDR_HARDFAIL)
    pause, pauses = FIRST_PAUSE, 0
    while pause < LONGEST_PAUSE:
        with pytest.raises(DeviceUnavailable, match="SDR_HARDFAIL"), sessions.use():
            pytest.fail("it is unplugged")
        opened.clock.advance(pause * 0.9)
        with pytest.raises(DeviceUnavailable, match="a moment ago"), sessions.use():
            pytest.fail("it is left alone")
        opened.clock.advance(pause * 0.2)
        pause, pauses = pause * 2, pauses + 1
    assert pauses == 5
    opened.device.plug()
    with sessions.use():
        assert opened.device.open_handles("sessions") == 1
    with pytest.raises(DeviceUnavailable), sessions.use():
        raise DeviceUnavailable("a call failed")
    opened.clock.advance(FIRST_PAUSE)
    with sessions.use():
        assert opened.device.open_handles("devices") == 1


def test_a_device_that_refuses_every_session_is_opened_anew(opened: Opened) -> None:
    """When not even one session opens in time, the device itself is closed and opened again later."""
    sessions = opened.sessions()
    with sessions.use():
        pass
    sessions.close()
    opened.device.limit_sessions(0)
    with pytest.raises(DeviceUnavailable), sessions.use():
        pytest.fail("no session is allowed")
    assert opened.device.open_handles("devices") == 0
    opened.device.limit_sessions(1)
    opened.clock.advance(FIRST_PAUSE)
    with sessions.use():
        assert opened.device.open_handles("sessions") == 1


def test_a_session_that_does_not_open_for_another_reason_is_a_fault(opened: Opened) -> None:
    """Only the one code of a full device is waited for."""
    sessions = opened.sessions(wait=20.0)
    with sessions.use():
        opened.device.unplug()
        with pytest.raises(DeviceUnavailable, match="SDR_COMMFAIL"), sessions.use():
            pytest.fail("it is unplugged")
        opened.device.plug()
    opened.device.unplug(SDR_OPENSESSION)
    with pytest.raises(DeviceUnavailable, match="moment ago"), sessions.use():
        pytest.fail("it is left alone")
    opened.device.plug()
