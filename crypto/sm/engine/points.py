"""Arithmetic on the SM2 curve by libcrypto, where an engine needs a point and not a finished operation.

Every secret number multiplies a point, alone, which libcrypto does by its constant-time ladder; no secret is
calculated with in Python.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from crypto.errors import EngineUnavailable, KeyUnusable
from crypto.sm import curve

_UNCOMPRESSED = 4
_ENCODED_SIZE = 1 + curve.POINT_SIZE


class Group:
    """The SM2 curve as libcrypto describes it: made once, only read afterwards, freed with the object."""

    __slots__ = ("_handle", "_lib")

    def __init__(self, lib: ctypes.CDLL) -> None:
        """Make the group; raises EngineUnavailable when the library was built without the curve."""
        self._lib = lib
        self._handle = lib.EC_GROUP_new_by_curve_name(lib.OBJ_txt2nid(b"SM2"))
        if not self._handle:
            lib.ERR_clear_error()
            raise EngineUnavailable("libcrypto on this machine was built without the SM2 curve")

    def __del__(self) -> None:
        self._lib.EC_GROUP_free(self._handle)

    def multiply_generator(self, d: bytes) -> bytes:
        """Give d·G as 64 bytes x‖y, in constant time."""
        with self._work() as work:
            return work.encoded(work.multiplied(None, d))

    def shared_point(self, d: bytes, ephemeral_d: bytes, public: bytes, ephemeral: bytes) -> bytes:
        """Give (d + x̄₁·r)·(P + x̄₂·R) as ``port.Engine.shared_point`` promises (GM/T 0003.3 §6.1).

        The sum is spread out to d·Q + x̄₁·(r·Q) with Q = P + x̄₂·R; the cofactor is 1.
        """
        for scalar in (d, ephemeral_d):
            curve.check_private(scalar)
        for point in (public, ephemeral):
            curve.check_public(point)
        with self._work() as work:
            own = curve.reduced_x(work.encoded(work.multiplied(None, ephemeral_d)))
            theirs = work.multiplied(work.point(ephemeral), curve.reduced_x(ephemeral))
            q = work.added(work.point(public), theirs)
            if work.is_infinity(q):
                raise KeyUnusable("the key agreement ends at infinity")
            mixed = work.multiplied(work.multiplied(q, ephemeral_d), own)
            shared = work.added(work.multiplied(q, d), mixed)
            if work.is_infinity(shared):
                raise KeyUnusable("the key agreement ends at infinity")
            return work.encoded(shared)

    @contextmanager
    def _work(self) -> Iterator["_Work"]:
        work = _Work(self._lib, self._handle)
        try:
            yield work
        finally:
            work.free()


class _Work:
    """The points and numbers of one calculation, cleared and freed together."""

    __slots__ = ("_group", "_lib", "_numbers", "_points")

    def __init__(self, lib: ctypes.CDLL, group: int) -> None:
        self._lib = lib
        self._group = group
        self._points: list[int] = []
        self._numbers: list[int] = []

    def free(self) -> None:
        for number in self._numbers:
            self._lib.BN_clear_free(number)
        for point in self._points:
            self._lib.EC_POINT_clear_free(point)

    def point(self, public: bytes) -> int:
        point = self._new_point()
        encoded = bytes((_UNCOMPRESSED,)) + public
        self._check(self._lib.EC_POINT_oct2point(self._group, point, encoded, len(encoded), None))
        return point

    def multiplied(self, point: int | None, scalar: bytes) -> int:
        """Multiply a point, or the generator; a number of 32 bytes is taken as secret."""
        product = self._new_point()
        number = self._lib.BN_bin2bn(scalar, len(scalar), None)
        self._check(1 if number else 0)
        self._numbers.append(number)
        generator, other = (number, None) if point is None else (None, number)
        self._check(self._lib.EC_POINT_mul(self._group, product, generator, point, other, None))
        return product

    def added(self, one: int, other: int) -> int:
        total = self._new_point()
        self._check(self._lib.EC_POINT_add(self._group, total, one, other, None))
        return total

    def is_infinity(self, point: int) -> bool:
        return bool(self._lib.EC_POINT_is_at_infinity(self._group, point))

    def encoded(self, point: int) -> bytes:
        out = ctypes.create_string_buffer(_ENCODED_SIZE)
        size = self._lib.EC_POINT_point2oct(self._group, point, _UNCOMPRESSED, out, len(out), None)
        self._check(1 if size == _ENCODED_SIZE else 0)
        encoded = out.raw[1:]
        ctypes.memset(out, 0, len(out))
        return encoded

    def _new_point(self) -> int:
        point: int = self._lib.EC_POINT_new(self._group) or 0
        self._check(1 if point else 0)
        self._points.append(point)
        return point

    def _check(self, done: int) -> None:
        if done != 1:
            self._lib.ERR_clear_error()
            raise EngineUnavailable("libcrypto cannot calculate on the SM2 curve")
