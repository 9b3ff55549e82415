"""Who may be inside a PKCS#11 module when: restarts and forks."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from crypto.errors import DeviceUnavailable
from crypto.keys import pkcs11_module
from crypto.keys.pkcs11_module import Module
from tests.support.forking import in_child


class Recorded(Module):
    """A module without a library, whose starts are written down with how many callers were inside."""

    def __init__(self) -> None:
        super().__init__("none", lambda: None)
        self.inside_at_start: list[int] = []
        self.fails = False

    def _start(self) -> None:
        self.inside_at_start.append(self._inside)
        if self.fails:
            raise DeviceUnavailable("does not start")


@pytest.fixture
def module() -> Recorded:
    """A fresh one."""
    return Recorded()


def test_a_restart_waits_for_calls_and_calls_wait_for_it(module: Recorded) -> None:
    """C_Finalize never meets a call under way; threads that saw the same loss restart once."""

    def call(_: int) -> None:
        with module.inside() as epoch:
            time.sleep(0.002)
        module.restart(epoch)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(64)))
    assert set(module.inside_at_start) == {0}
    assert len(module.inside_at_start) == module.epoch < 64
    assert module.started


def test_a_failed_restart_leaves_the_module_stopped(module: Recorded) -> None:
    """The next one may succeed; log-ins of before are forgotten."""
    module.restart(0)
    module.logged_in.add(7)
    module.fails = True
    with pytest.raises(DeviceUnavailable):
        module.restart(1)
    assert (module.started, module.logged_in, module.epoch) == (False, set(), 2)
    module.restart(1)
    assert not module.started, "another thread's restart is not repeated"
    module.fails = False
    module.restart(2)
    assert module.started


def test_a_call_that_does_not_end_stops_the_restart(
    module: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module is not torn down under it."""
    monkeypatch.setattr(pkcs11_module, "_QUIET_SECONDS", 0.05)
    with module.inside(), pytest.raises(DeviceUnavailable, match="do not end"):
        module.restart(0)
    assert module.inside_at_start == []
    module.restart(0)
    assert module.started


def test_callers_do_not_wait_for_ever_for_a_start(module: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that hangs while it starts is an absent device to everybody else."""
    monkeypatch.setattr(pkcs11_module, "_QUIET_SECONDS", 0.05)
    module._close()
    with pytest.raises(DeviceUnavailable, match="takes long"), module.inside():
        pass
    module._open()
    with module.inside():
        pass


def test_a_child_finds_the_module_stopped_and_empty(module: Recorded) -> None:
    """It must initialise for itself; the parent goes on in its epoch."""
    module.restart(0)
    module.logged_in.add(7)

    def child() -> bytes:
        assert (module.started, module.logged_in, module.epoch) == (False, set(), 2)
        with module.inside() as epoch:
            return str(epoch).encode()

    assert in_child(child) == b"2"
    assert (module.started, module.logged_in, module.epoch) == (True, {7}, 1)


def test_a_child_forked_in_the_middle_of_a_hung_call_does_not_enter(
    module: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's own locks may be held by a thread that the child does not have: it is told, not hung."""
    monkeypatch.setattr(pkcs11_module, "_QUIET_SECONDS", 0.05)
    inside, leave = threading.Event(), threading.Event()

    def hang() -> None:
        with module.inside():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=hang)
    thread.start()
    inside.wait(10)

    def child() -> bytes:
        with pytest.raises(DeviceUnavailable, match="forked"), module.inside():
            pass
        return b"told"

    try:
        assert in_child(child) == b"told"
    finally:
        leave.set()
        thread.join()
    with module.inside() as epoch:
        assert epoch == 0
