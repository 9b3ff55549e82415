"""One PKCS#11 library in this process: initialised for threads, anew in a forked child, and again when its device was lost.

PKCS #11 asks for three things that python-pkcs11 leaves to its caller (Base Specification v2.40 §5.4):
``C_Initialize`` with CKF_OS_LOCKING_OK where threads call, ``C_Initialize`` in the child of a fork, and no call under
way during ``C_Finalize``.
"""

import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakSet

from crypto.errors import DeviceUnavailable

_CKR_OK = 0x0
_CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191
_CKF_OS_LOCKING_OK = 0x2
_QUIET_SECONDS: Final = 10.0

_Call = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)


class _InitializeArgs(ctypes.Structure):
    """CK_C_INITIALIZE_ARGS."""

    _fields_ = (
        ("create_mutex", ctypes.c_void_p),
        ("destroy_mutex", ctypes.c_void_p),
        ("lock_mutex", ctypes.c_void_p),
        ("unlock_mutex", ctypes.c_void_p),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


class _FunctionList(ctypes.Structure):
    """The head of CK_FUNCTION_LIST, in the form that it has everywhere but on Windows."""

    _fields_ = (("version", ctypes.c_ubyte * 2), ("initialize", _Call), ("finalize", _Call))


class Module:
    """The library and who is inside it.

    ``epoch`` counts initialisations: sessions and objects of an earlier epoch are void. Safe to share between
    threads and to carry over a fork; the child finds it not started.
    """

    def __init__(self, path: str, prepare: Callable[[], object]) -> None:
        """Take the path of the library and what must have happened in this process before its first start."""
        self._path = path
        self._prepare = prepare
        self._functions: _FunctionList | None = None
        self._is_torn = False
        self._is_torn_below = False
        self._gate = threading.Condition(threading.Lock())
        self._is_closed = False
        self._inside = 0
        self.epoch = 0
        self.started = False
        self.logged_in: set[int] = set()
        """Slots whose user is logged in, which all sessions of this process share."""
        _modules.add(self)

    @contextmanager
    def inside(self) -> Iterator[int]:
        """Hold the library open for one call and give the epoch; waits while it is restarted or the process forks.

        Raises DeviceUnavailable when that takes long, and in a child that was forked in the middle of a call.
        """
        with self._gate:
            if not self._gate.wait_for(lambda: not self._is_closed, _QUIET_SECONDS):
                raise DeviceUnavailable("the PKCS#11 module takes long to start")
            if self._is_torn:
                raise DeviceUnavailable("the process was forked while its PKCS#11 module was busy")
            self._inside += 1
            epoch = self.epoch
        try:
            yield epoch
        finally:
            with self._gate:
                self._inside -= 1
                if self._is_closed and not self._inside:
                    self._gate.notify_all()

    def restart(self, seen: int) -> None:
        """Initialise the library anew, unless another thread has since the epoch that the caller saw.

        Raises DeviceUnavailable when calls under way do not end, or the library does not load or start.
        """
        is_quiet = self._close()
        try:
            if self.epoch != seen:
                return
            if not is_quiet:
                raise DeviceUnavailable("calls into the PKCS#11 module do not end")
            self.epoch += 1
            self.started = False
            self.logged_in = set()
            self._start()
            self.started = True
        finally:
            self._open()

    def _start(self) -> None:
        if self._functions is None:
            self._prepare()
            self._functions = _functions(self._path)
        self._functions.finalize(None)
        code = self._functions.initialize(ctypes.byref(_InitializeArgs(flags=_CKF_OS_LOCKING_OK)))
        if code not in {_CKR_OK, _CKR_CRYPTOKI_ALREADY_INITIALIZED}:
            raise DeviceUnavailable(f"the PKCS#11 module does not start: code 0x{code:x}")

    def _close(self) -> bool:
        """Let nobody in any more, and say whether everybody left."""
        with self._gate:
            while self._is_closed:
                self._gate.wait()
            self._is_closed = True
            return self._gate.wait_for(lambda: not self._inside, _QUIET_SECONDS)

    def _open(self) -> None:
        with self._gate:
            self._is_closed = False
            self._gate.notify_all()

    def before_fork(self) -> None:
        """Wait until nobody is inside, so that the child inherits no lock of the library that nobody will open."""
        self._is_torn_below = not self._close()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        self._open()

    def after_fork_in_child(self) -> None:
        """Forget what belongs to the parent: sessions, log-in, the state of the library."""
        self._is_torn = self._is_torn or self._is_torn_below
        self.epoch += 1
        self.started = False
        self.logged_in = set()
        self._gate = threading.Condition(threading.Lock())
        self._is_closed = False
        self._inside = 0


def _functions(path: str) -> _FunctionList:
    try:
        library = ctypes.CDLL(path)
        table = ctypes.POINTER(_FunctionList)()
        code = library.C_GetFunctionList(ctypes.byref(table))
    except (OSError, AttributeError):
        raise DeviceUnavailable("the PKCS#11 module does not load") from None
    if code != _CKR_OK:
        raise DeviceUnavailable("the PKCS#11 module gives no function list")
    functions: _FunctionList = table.contents
    return functions


_modules: WeakSet[Module] = WeakSet()


def _each(act: Callable[[Module], None]) -> Callable[[], None]:
    def on_all() -> None:
        for module in list(_modules):
            act(module)

    return on_all


os.register_at_fork(
    before=_each(Module.before_fork),
    after_in_parent=_each(Module.after_fork_in_parent),
    after_in_child=_each(Module.after_fork_in_child),
)
