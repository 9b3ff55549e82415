"""Whose word makes a passkey hardware: a listed maker's, about a listed device that keeps its key; nobody else's (SEC-40)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from crypto.errors import SealError
from crypto.sm.sm4 import gcm_open, gcm_seal
from idp.authenticators.passkey import Passkey, PasskeyRefused
from idp.clock import instant
from idp.errors import SettingsRefused
from tests.support.at_once import at_once
from tests.support.attestation import Maker, SelfAttested
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import use_passkey
from tests.support.provider import ISSUER, Provider, SqliteTemplate
from tests.support.tokens import claims_of

LISTED = UUID("5a11e01d-0000-4000-8000-000000000001")
OTHER = UUID("5a11e01d-0000-4000-8000-000000000002")
BACKUP_ELIGIBLE = 0x08


@dataclass
class Shop:
    """Two makers, the first and the last of three roots in the settings, and one whose root is not there."""

    first: Maker = field(default_factory=lambda: Maker("First"))
    last: Maker = field(default_factory=lambda: Maker("Last"))
    foreign: Maker = field(default_factory=lambda: Maker("Foreign"))

    @contextmanager
    def provider(self, directory: Path, template: SqliteTemplate, **more: str) -> Iterator[Provider]:
        """A provider whose settings name the makers and the listed model."""
        made = Provider(
            {
                **template.copy(directory),
                "YIHAO_PASSKEYS__ROOTS": self.first.pem + Maker("Between").pem + self.last.pem,
                "YIHAO_PASSKEYS__LISTED": orjson.dumps([str(LISTED)]).decode(),
                **more,
            }
        )
        yield made
        made.close()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def provider(tmp_path: Path, sqlite_template: SqliteTemplate, shop: Shop) -> Iterator[Provider]:
    with shop.provider(tmp_path, sqlite_template) as made:
        yield made


def added(provider: Provider, device: Authenticator, person: MadePerson) -> Passkey | PasskeyRefused:
    """What comes of adding a passkey of this device."""
    passkeys = provider.services.signing_in.passkeys

    def add() -> Passkey | PasskeyRefused:
        with provider.sql.begin() as db:
            asked = passkeys.ask_to_add(db, "b", person.id, "x")
            assert asked is not None and asked.options["attestation"] == "direct"
            response = device.create(dict(asked.options))
            return passkeys.add(db, asked.id, "b", person.id, response, "n", instant(provider.clock))

    # In a thread of its own: what pyOpenSSL leaves in a thread's queue of errors would meet the next test there.
    (made,) = at_once([add])
    assert isinstance(made, Passkey | PasskeyRefused), made
    return made


@pytest.mark.clause("WebAuthn", "8.2")
def test_a_listed_device_that_its_maker_vouches_for_reaches_level_three(
    provider: Provider, shop: Shop
) -> None:
    """Enrolled with its attestation it signs in alone, and the class and methods say hardware."""
    person, device = provider.make.person(), shop.first.device(ISSUER, LISTED)
    made = added(provider, device, person)
    assert isinstance(made, Passkey) and made.is_bound
    party = RelyingParty(provider, provider.make.client(scope="openid"))
    browser = Browser(provider).open(party.authorize_url(scope="openid", acr_values="urn:yihao:aal:3"))
    use_passkey(browser, device)
    claims = claims_of(provider, party.redeem(party.answer(browser)["code"]).get_json()["id_token"])
    assert claims["acr"] == "urn:yihao:aal:3" and "hwk" in claims["amr"]


def test_every_maker_of_the_list_counts(provider: Provider, shop: Shop) -> None:
    """Not only the first root of the settings."""
    made = added(provider, shop.last.device(ISSUER, LISTED), provider.make.person())
    assert isinstance(made, Passkey) and made.is_bound


def test_roots_that_are_no_certificates_refuse_to_start(
    tmp_path: Path, sqlite_template: SqliteTemplate
) -> None:
    """Told at the start, not at somebody's enrolment."""
    with pytest.raises(SettingsRefused):
        Provider({**sqlite_template.copy(tmp_path), "YIHAO_PASSKEYS__ROOTS": "no certificate"})


PLAIN: dict[str, Callable[[Shop], Authenticator]] = {
    "a model that is not listed": lambda shop: shop.first.device(ISSUER, OTHER),
    "a maker that is not listed": lambda shop: shop.foreign.device(ISSUER, LISTED),
    "a maker with a listed one's name": lambda shop: Maker("First").device(ISSUER, LISTED),
    "a key that may be copied": lambda shop: shop.first.device(
        ISSUER, LISTED, flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE
    ),
    "no attestation": lambda shop: Authenticator(ISSUER, aaguid=LISTED.bytes),
    "its own word": lambda shop: SelfAttested(ISSUER, aaguid=LISTED.bytes),
    "a certificate of another model": lambda shop: shop.first.device(ISSUER, LISTED, OTHER),
}


@pytest.mark.sec("SEC-40")
@pytest.mark.parametrize("name", PLAIN)
def test_whatever_else_a_device_says_is_a_plain_passkey(provider: Provider, shop: Shop, name: str) -> None:
    """It is kept as one that may be copied, and a demand for hardware is not met by it."""
    person, device = provider.make.person(), PLAIN[name](shop)
    made = added(provider, device, person)
    assert isinstance(made, Passkey) and not made.is_bound
    party = RelyingParty(provider, provider.make.client(scope="openid"))
    browser = Browser(provider).open(party.authorize_url(scope="openid", acr_values="urn:yihao:aal:3"))
    use_passkey(browser, device)
    assert browser.left_to is None and "还没有能达到要求的方式" in browser.page
    plain = Browser(provider).open("/account")
    assert use_passkey(plain, device).path == "/account"


@pytest.mark.sec("SEC-40")
@pytest.mark.parametrize("name", PLAIN)
def test_where_only_listed_devices_are_taken_no_other_is(
    tmp_path: Path, sqlite_template: SqliteTemplate, shop: Shop, name: str
) -> None:
    """Refused, and the person has no passkey; the listed device is taken."""
    with shop.provider(tmp_path, sqlite_template, YIHAO_PASSKEYS__ONLY_LISTED="true") as provider:
        person = provider.make.person()
        assert isinstance(added(provider, PLAIN[name](shop), person), PasskeyRefused)
        with provider.sql.once() as db:
            assert provider.services.signing_in.passkeys.list_of(db, person.id) == []
        assert isinstance(added(provider, shop.first.device(ISSUER, LISTED), person), Passkey)


@pytest.mark.sec("SEC-40")
def test_a_forged_signature_of_a_maker_is_no_word_of_it(provider: Provider, shop: Shop) -> None:
    """The maker's certificate beside a signature that its device did not make gives nothing at all."""
    device = shop.first.device(ISSUER, LISTED, signature=bytes(70))
    assert isinstance(added(provider, device, provider.make.person()), PasskeyRefused)


@pytest.mark.sec("SEC-40")
def test_a_refused_maker_leaves_nothing_behind_in_its_thread(provider: Provider) -> None:
    """What was sealed and changed is refused as such after it, in the same thread too."""
    sealed = gcm_seal(bytes(16), bytes(12), b"abc", b"")
    passkeys, person = provider.services.signing_in.passkeys, provider.make.person()

    def refuse_then_open() -> None:
        with provider.sql.begin() as db:
            asked = passkeys.ask_to_add(db, "b", person.id, "x")
            assert asked is not None
            response = Maker("First").device(ISSUER, LISTED).create(dict(asked.options))
            passkeys.add(db, asked.id, "b", person.id, response, "n", instant(provider.clock))
        gcm_open(bytes(16), bytes(12), bytes([sealed[0] ^ 1]) + sealed[1:], b"")

    (outcome,) = at_once([refuse_then_open])
    assert isinstance(outcome, SealError), outcome
