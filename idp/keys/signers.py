"""A signing key in use: loaded on first use, counted, and told about when its device goes and comes back."""

from collections.abc import Callable
from typing import Final

from crypto.errors import DeviceUnavailable, KeyUnusable, SealError
from crypto.keys.handle import KeyHandle, Signer
from idp.errors import Unavailable
from idp.keys.alarms import Alarms
from idp.keys.usage import Usage

USE_LIMIT: Final = 1 << 40
"""Signatures by one key: far beyond any schedule, so that reaching it means something is wrong."""
NEAR: Final = 0.8


class LiveSigner:
    """A signer that survives the loss of its device: it refuses while the device is gone and works again by itself."""

    __slots__ = ("_alarms", "_limit", "_load", "_provider", "_signer", "_usage", "_used", "handle")

    def __init__(
        self,
        handle: KeyHandle,
        provider: str,
        load: Callable[[], Signer],
        used: int,
        usage: Usage,
        alarms: Alarms,
        limit: int = USE_LIMIT,
    ) -> None:
        """`load` gives the provider's signer; `used` counts what other processes did."""
        self.handle = handle
        self._provider = provider
        self._load = load
        self._used = used
        self._usage = usage
        self._alarms = alarms
        self._limit = limit
        self._signer: Signer | None = None

    def sign(self, data: bytes) -> bytes:
        """Sign as `crypto.keys.handle.Signer` does. Raises Unavailable while the device is gone or the limit is reached."""
        signer = self._signer or self.load()
        self._count()
        try:
            return signer.sign(data)
        except DeviceUnavailable as error:
            raise self._gone() from error

    def load(self) -> Signer:
        """Load the key now. Raises Unavailable when its device is gone, SealError or KeyUnusable when it is not this key."""
        try:
            signer = self._signer = self._load()
        except DeviceUnavailable as error:
            raise self._gone() from error
        except (KeyUnusable, SealError):
            self._alarms.pair_unusable(self.handle.kid)
            raise
        self._alarms.device_back(self._provider)
        return signer

    def _count(self) -> None:
        used = self._used + self._usage.add(self.handle.kid)
        if used > self._limit * NEAR:
            self._alarms.use_near_limit(self.handle.kid, used, self._limit)
            if used > self._limit:
                raise Unavailable("svc.down", f"key {self.handle.kid} reached its limit of uses")

    def _gone(self) -> Unavailable:
        # The next use loads again, so that a device that is back is found by itself.
        self._signer = None
        self._alarms.device_gone(self._provider)
        return Unavailable("svc.down", f"key device {self._provider} does not answer")
