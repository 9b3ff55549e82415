"""A person with several ways to sign in, and the steps of using them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from idp.authenticators.totp import Secret, new_secret
from idp.clock import instant
from idp.keys.models import KeyPurpose
from tests.support.authenticator import Authenticator
from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.phone import Phone, phone
from tests.support.provider import ISSUER, Provider, SqliteTemplate

PATIENCE = 10.0


class LateClock:
    """The clock of a provider that is made after who needs it."""

    provider: Provider | None = None

    def timestamp(self) -> float:
        assert self.provider is not None
        return self.provider.clock.timestamp()


@dataclass
class World:
    """A provider with a telephone beside it."""

    provider: Provider
    phone: Phone
    seen: dict[str, int] = field(default_factory=dict)

    def code(self, mobile: str) -> str:
        """The code that comes to a number next: sending goes on beside the answer."""
        until = monotonic() + PATIENCE
        while len(self._codes(mobile)) <= self.seen.get(mobile, 0) and monotonic() < until:
            sleep(0.01)
        codes = self._codes(mobile)
        assert len(codes) > self.seen.get(mobile, 0), "no code came"
        self.seen[mobile] = len(codes)
        return codes[0]

    def settle(self) -> None:
        """Wait until nothing is under way beside the answers."""
        self.provider.services.signing_in.aside.close()

    def _codes(self, mobile: str) -> list[str]:
        found = (re.search(r"(?<![0-9])([0-9]{6})(?![0-9])", text) for text in self.phone.texts(mobile))
        return [one.group(1) for one in found if one is not None]


@contextmanager
def world(directory: Path, template: SqliteTemplate, **environment: str) -> Iterator[World]:
    """A provider on SQLite whose messages come to a telephone."""
    clock = LateClock()
    with phone(clock) as telephone:
        provider = Provider({**template.copy(directory), **telephone.environment(), **environment})
        clock.provider = provider
        signer = provider.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
        telephone.twin.keys.append(dict(signer.handle.public_jwk))
        try:
            yield World(provider, telephone)
        finally:
            provider.close()


def give_app(provider: Provider, person: MadePerson, secret: Secret | None = None) -> Secret:
    """Give a person an authenticator app."""
    made = secret or new_secret()
    with provider.sql.begin() as db:
        provider.services.signing_in.totp.enrol(db, person.id, made, 0, instant(provider.clock))
    return made


def app_code(provider: Provider, secret: Secret, steps: int = 0) -> str:
    """What an app shows now, or so many steps from now."""
    return secret.code(int(provider.clock.timestamp()) // secret.seconds + steps)


def give_passkey(
    provider: Provider, person: MadePerson, device: Authenticator | None = None
) -> Authenticator:
    """Give a person a passkey."""
    made = device or Authenticator(ISSUER)
    passkeys = provider.services.signing_in.passkeys
    with provider.sql.begin() as db:
        asked = passkeys.ask_to_add(db, "test", person.id, "x")
        assert asked is not None
        response = made.create(dict(asked.options))
        passkeys.add(db, asked.id, "test", person.id, response, "test key", instant(provider.clock))
    return made


def transaction_of(browser: Browser) -> str:
    """The transaction of the page that is shown."""
    found = re.search(
        r"transaction=([A-Za-z0-9_-]{43})|name=\"transaction\" value=\"([^\"]+)\"", browser.page
    )
    assert found is not None
    return unescape(found.group(1) or found.group(2))


def passkey_options(browser: Browser, transaction: str) -> dict[str, Any]:
    """What the page's script is given: the challenge's id and the options."""
    seen = browser.page
    browser.open(f"/login/passkey/options?transaction={transaction}")
    given: dict[str, Any] = json.loads(browser.page)
    browser.page = seen
    return given


def use_passkey(browser: Browser, device: Authenticator, **changes: Any) -> Browser:
    """Answer by a passkey from any page of signing in."""
    transaction = transaction_of(browser)
    browser.open(f"/login/passkey?transaction={transaction}")
    asked = passkey_options(browser, transaction)
    response = device.get(asked["options"], **changes)
    fields = {**browser.hidden(), "challenge": asked["challenge"], "response": response}
    return browser.post("/login/passkey", fields)
