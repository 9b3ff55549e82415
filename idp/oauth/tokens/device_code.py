"""Device codes: a machine without a keyboard waits, a person answers for it elsewhere (RFC 8628).

waiting ──code typed and machine confirmed──▶ confirmed ──signed in, agreed──▶ approved ──redeemed──▶ spent
   └──────────────"not my machine", or the sign-in turned back──▶ denied        five minutes: over, from any state
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from crypto.lookup import Lookup
from crypto.seal import Sealer
from crypto.tokens import random_bytes
from idp.clock import Clock
from idp.ephemeral.box import Box, Held
from idp.ephemeral.port import Store
from idp.errors import Unavailable

SECONDS: Final = 300
REMEMBERED: Final = 600
"""How long a code that is over is told from one that never was."""
INTERVAL: Final = 5
SLOWER: Final = 5
"""What each poll that comes too early adds to the interval (RFC 8628 §3.5)."""
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants only, so that no code is a word (RFC 8628 §6.1): 20⁸ codes, 34 bits."""
LENGTH: Final = 8
RACES: Final = 10


class DeviceState(StrEnum):
    """See the picture above."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    APPROVED = "approved"
    DENIED = "denied"
    SPENT = "spent"


@dataclass(frozen=True, slots=True)
class DeviceGrant:
    """What a machine asked for, where it stands (its network, masked), and how far its person is.

    Times are seconds since 1970, `interval` is in seconds; `code` is the authorization code that the approval brought.
    """

    client_id: str
    scope: tuple[str, ...]
    details: tuple[str, ...]
    acr_values: tuple[str, ...]
    user_code: str
    place: str
    begun_at: float
    polled_at: float = 0.0
    interval: int = INTERVAL
    state: DeviceState = DeviceState.WAITING
    code: str = ""


@dataclass(frozen=True, slots=True)
class DeviceName:
    """The device code behind a user code."""

    device_code: str


@dataclass(frozen=True, slots=True)
class DeviceLook:
    """A machine that a browser was shown, and may decide about."""

    browser: str
    device_code: str


def device_codes(store: Store, sealer: Sealer, lookup: Lookup, clock: Clock) -> "DeviceCodes":
    """The device codes in a store."""
    return DeviceCodes(
        Box(store, sealer, lookup, "device_code", DeviceGrant, SECONDS + REMEMBERED),
        Box(store, sealer, lookup, "device_name", DeviceName, SECONDS),
        Box(store, sealer, lookup, "device_look", DeviceLook, SECONDS),
        clock,
    )


class DeviceCodes:
    """All acts on device codes. Raises StoreUnavailable when the store does not answer."""

    def __init__(
        self, box: Box[DeviceGrant], names: Box[DeviceName], looks: Box[DeviceLook], clock: Clock
    ) -> None:
        self._box = box
        self._names = names
        self._looks = looks
        self._clock = clock

    def begin(self, grant: DeviceGrant) -> tuple[str, str]:
        """Keep what a machine asks for; the device code and the user code of it."""
        for _ in range(RACES):
            user_code = _new_user_code()
            device_code = self._box.new(replace(grant, user_code=user_code))
            if self._names.add_once(user_code, DeviceName(device_code)):
                return device_code, user_code
        raise Unavailable("svc.busy", "ten user codes in a row were taken")

    def find(self, device_code: str) -> Held[DeviceGrant] | None:
        """What a device code stands for; None for one that never was."""
        return self._box.find(device_code)

    def is_over(self, grant: DeviceGrant) -> bool:
        """Whether its time is over."""
        return self._clock.timestamp() >= grant.begun_at + SECONDS

    def look(self, typed: str, browser: str) -> tuple[str, DeviceGrant] | None:
        """The machine that shows this user code and still waits, shown to a browser: the look's id, and the machine."""
        name = self._names.get(normalised(typed))
        grant = self._waiting(name.device_code) if name is not None else None
        if name is None or grant is None:
            return None
        return self._looks.new(DeviceLook(browser, name.device_code)), grant

    def looked(self, look_id: str, browser: str) -> tuple[str, DeviceGrant] | None:
        """The device code and the machine that this browser was shown, while it waits (RFC 8628 §5.4)."""
        look = self._looks.get(look_id)
        grant = self._waiting(look.device_code) if look is not None and look.browser == browser else None
        return (look.device_code, grant) if look is not None and grant is not None else None

    def _waiting(self, device_code: str) -> DeviceGrant | None:
        held = self._box.find(device_code)
        is_waiting = held is not None and held.value.state is DeviceState.WAITING
        return held.value if held is not None and is_waiting and not self.is_over(held.value) else None

    def confirm(self, device_code: str) -> bool:
        """A person says that it is the machine before him: true for exactly one caller."""
        return self._change(device_code, (DeviceState.WAITING,), DeviceState.CONFIRMED)

    def approve(self, device_code: str, code: str) -> bool:
        """The person signed in and agreed; `code` is what it brought. False when the time is over."""
        return self._change(device_code, (DeviceState.CONFIRMED,), DeviceState.APPROVED, code)

    def deny(self, device_code: str) -> bool:
        """The person does not want it."""
        return self._change(device_code, (DeviceState.WAITING, DeviceState.CONFIRMED), DeviceState.DENIED)

    def polled(self, held: Held[DeviceGrant]) -> bool:
        """Remember a poll; whether it came no sooner than allowed."""
        now, grant = self._clock.timestamp(), held.value
        is_early = now < grant.polled_at + grant.interval
        interval = grant.interval + SLOWER if is_early else grant.interval
        self._box.swap(held, replace(grant, polled_at=now, interval=interval))
        return not is_early

    def spend(self, held: Held[DeviceGrant]) -> bool:
        """Take an approval: true for exactly one of any number of callers."""
        return self._box.swap(held, replace(held.value, state=DeviceState.SPENT, code=""))

    def _change(
        self, device_code: str, before: tuple[DeviceState, ...], after: DeviceState, code: str = ""
    ) -> bool:
        """A poll may come between looking and writing, so it is tried some times."""
        for _ in range(RACES):
            held = self._box.find(device_code)
            if held is None or held.value.state not in before or self.is_over(held.value):
                return False
            if self._box.swap(held, replace(held.value, state=after, code=code)):
                return True
        return False


def normalised(typed: str) -> str:
    """A user code as it is kept, from whatever case and marks it was typed in (RFC 8628 §6.1)."""
    return "".join(letter for letter in typed[:40].upper() if letter in LETTERS)


def shown(user_code: str) -> str:
    """A user code as people read it: two groups of four."""
    return f"{user_code[: LENGTH // 2]}-{user_code[LENGTH // 2 :]}"


def _new_user_code() -> str:
    """Every letter as likely as any other: octets from 240 on are thrown away."""
    letters = ""
    while len(letters) < LENGTH:
        letters += "".join(LETTERS[octet % 20] for octet in random_bytes(16) if octet < 240)
    return letters[:LENGTH]
