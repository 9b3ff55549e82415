"""A provider beside the registers and a telephone, as tests of claims and of the register check need it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from idp.keys.models import KeyPurpose
from idp.organisations.store import Organisation
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.phone import Phone, phone
from tests.support.provider import Provider
from tests.support.registers import Registers, at, registers
from tests.support.synthetic import synthetic_uscc

DAY = 86_400


class _LateClock:
    """The clock of a provider that is made after who needs it."""

    provider: Provider | None = None

    def timestamp(self) -> float:
        assert self.provider is not None
        return self.provider.clock.timestamp()


@dataclass
class ClaimWorld:
    """A provider with registers and a telephone beside it."""

    provider: Provider
    twin: Registers
    phone: Phone

    def registered(self, serial: int, representative: MadePerson, **facts: Any) -> str:
        """The unified code of an organisation that the register knows, represented by this person."""
        uscc = synthetic_uscc(serial)
        self.twin.registers(
            uscc=uscc,
            name=f"认领公司{serial}",
            representative_name=representative.name,
            representative_number=representative.id_number,
            **facts,
        )
        return uscc

    def changed(self, uscc: str, **facts: Any) -> None:
        """Let the register say something else."""
        self.twin.data.organisations[uscc].update(facts)

    def signed_in(self, person: MadePerson, address: str = "192.0.2.10") -> Browser:
        """A browser that has just signed in."""
        return Browser(self.provider, address).open("/login").sign_in(person)

    def claim(self, browser: Browser, code: str) -> Browser:
        """Fill the form of E02."""
        return browser.open("/account/organisations/claim").submit(code=code)

    def found(self, uscc: str) -> Organisation | None:
        """The organisation as it stands here."""
        with self.provider.sql.once() as db:
            return self.provider.services.people.organisations.find_by_uscc(db, uscc)

    def later(self, seconds: float) -> None:
        """Let time pass for all of them."""
        self.provider.clock.advance(seconds)
        at(self.provider.clock.timestamp())

    def texts(self, person: MadePerson) -> list[str]:
        """What somebody's telephone got, newest first."""
        self.provider.services.people.notices.run()
        return self.phone.texts(person.mobile)


@contextmanager
def claim_world(settings: dict[str, str]) -> Iterator[ClaimWorld]:
    """A world over an instance that is prepared already."""
    clock = _LateClock()
    with registers() as twin, phone(clock) as telephone:
        provider = Provider({**settings, **twin.environment(), **telephone.environment()})
        clock.provider = provider
        signer = provider.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
        key = dict(signer.handle.public_jwk)
        twin.callers.append(key)
        telephone.twin.keys.append(key)
        at(provider.clock.timestamp())
        try:
            yield ClaimWorld(provider, twin, telephone)
        finally:
            provider.close()
