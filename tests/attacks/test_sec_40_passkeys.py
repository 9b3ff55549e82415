"""What a passkey's response has to be: everything that WebAuthn §7 checks, each thing wrong by itself (SEC-40)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from idp.authenticators.passkey import (
    MOST,
    Passkey,
    PasskeyProved,
    PasskeyRefused,
    PasskeyUnknown,
)
from idp.clock import instant
from tests.support.at_once import at_once
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator, data, text
from tests.support.factories import MadePerson
from tests.support.methods import give_passkey
from tests.support.provider import ISSUER, Provider

Outcome = PasskeyProved | PasskeyUnknown | PasskeyRefused


def assertion(
    provider: Provider,
    device: Authenticator,
    person_id: str | None = None,
    browser: str = "b",
    **changes: Any,
) -> Outcome:
    """One whole question and answer."""
    passkeys = provider.services.signing_in.passkeys
    with provider.sql.begin() as db:
        asked = passkeys.ask(db, "b", person_id)
        return passkeys.check(db, asked.id, browser, device.get(dict(asked.options), **changes))


@pytest.mark.clause("WebAuthn", "7.2")
def test_a_right_response_proves_whose_it_is(any_provider: Provider) -> None:
    """Found by the credential alone; the use is remembered."""
    person = any_provider.make.person()
    device = give_passkey(any_provider, person)
    outcome = assertion(any_provider, device)
    assert isinstance(outcome, PasskeyProved) and outcome.person_id == person.id
    with any_provider.sql.once() as db:
        (own,) = any_provider.services.signing_in.passkeys.list_of(db, person.id)
    assert own.last_used_at == instant(any_provider.clock)


WRONG: dict[str, dict[str, Any]] = {
    "origin": {"origin": "https://id.province.test.evil.example"},
    "origin-scheme": {"origin": "http://id.province.test"},
    "origin-port": {"origin": "https://id.province.test:8443"},
    "rp-id": {"rp_id": "province.test"},
    "challenge": {"challenge": text(bytes(32))},
    "type": {"type": "webauthn.create"},
    "signature": {"signature": bytes(70)},
    "user": {"user": text(b"somebody else")},
    "counter": {"count": 0},
}


@pytest.mark.sec("SEC-40")
@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_part_is_refused(provider: Provider, name: str) -> None:
    """After a right one whose counter stands at 5, the same device with one thing wrong proves nothing."""
    device = give_passkey(provider, provider.make.person())
    assert isinstance(assertion(provider, device, count=5), PasskeyProved)
    changes = {"count": 6, **WRONG[name]}
    assert isinstance(assertion(provider, device, **changes), PasskeyRefused)
    assert isinstance(assertion(provider, device, count=7), PasskeyProved)


@pytest.mark.sec("SEC-40")
@pytest.mark.parametrize("flags", [0, PRESENT, VERIFIED])
def test_nobody_present_or_nobody_verified_is_refused(provider: Provider, flags: int) -> None:
    """Both flags have to be set, at registration and at sign-in."""
    person = provider.make.person()
    device = give_passkey(provider, person)
    device.flags = flags
    assert isinstance(assertion(provider, device), PasskeyRefused)
    assert isinstance(_registration(provider, person, Authenticator(ISSUER, flags)), PasskeyRefused)


@pytest.mark.sec("SEC-40")
def test_a_page_within_another_is_refused(provider: Provider) -> None:
    """A response that was made in a frame of another origin proves nothing."""
    device = give_passkey(provider, provider.make.person())
    device.cross_origin = True
    assert isinstance(assertion(provider, device), PasskeyRefused)


@pytest.mark.sec("SEC-40")
@pytest.mark.sec("SEC-07")
def test_a_response_is_good_once_and_in_its_browser(any_provider: Provider) -> None:
    """A replay, another browser's challenge and sixteen at once: one is let in, the others prove nothing."""
    device = give_passkey(any_provider, any_provider.make.person())
    assert isinstance(assertion(any_provider, device, browser="other"), PasskeyRefused)
    passkeys = any_provider.services.signing_in.passkeys
    with any_provider.sql.once() as db:
        asked = passkeys.ask(db, "b")
    response = device.get(dict(asked.options))

    def use() -> bool:
        with any_provider.sql.begin() as db:
            return isinstance(passkeys.check(db, asked.id, "b", response), PasskeyProved)

    assert at_once([use] * 16).count(True) == 1
    assert not use()


@pytest.mark.sec("SEC-40")
def test_a_passkey_of_another_account_is_not_this_persons(provider: Provider) -> None:
    """Where a person is known, only that person's passkeys count."""
    person, other = provider.make.person(), provider.make.person()
    theirs = give_passkey(provider, other)
    assert isinstance(assertion(provider, theirs, person.id), PasskeyRefused)
    stranger = Authenticator(ISSUER)
    stranger.create({"rp": {"id": "id.province.test"}, "user": {"id": "x"}, "challenge": "x"})
    assert isinstance(assertion(provider, stranger), PasskeyUnknown)


def _registration(
    provider: Provider,
    person: MadePerson,
    device: Authenticator,
    browser: str = "b",
    owner: str | None = None,
    **changes: Any,
) -> Passkey | PasskeyRefused:
    passkeys = provider.services.signing_in.passkeys
    with provider.sql.begin() as db:
        asked = passkeys.ask_to_add(db, "b", person.id, "x")
        assert asked is not None
        response = device.create(dict(asked.options), **changes)
        now = instant(provider.clock)
        return passkeys.add(db, asked.id, browser, owner or person.id, response, "n", now)


@pytest.mark.sec("SEC-40")
@pytest.mark.clause("WebAuthn", "7.1")
def test_a_wrong_registration_adds_nothing(provider: Provider) -> None:
    """Another origin, challenge, type, browser or person: refused, and the person has no passkey."""
    person, other = provider.make.person(), provider.make.person()
    device = Authenticator(ISSUER)
    for changes in (
        {"origin": "https://evil.example"},
        {"challenge": text(bytes(32))},
        {"type": "webauthn.get"},
        {"browser": "other"},
        {"owner": other.id},
    ):
        assert isinstance(_registration(provider, person, device, **changes), PasskeyRefused)
    with provider.sql.once() as db:
        for one in (person, other):
            assert provider.services.signing_in.passkeys.list_of(db, one.id) == []


def test_an_assertion_cannot_answer_a_registration(provider: Provider) -> None:
    """A challenge for adding is none for signing in, and the other way round."""
    person = provider.make.person()
    device = give_passkey(provider, person)
    passkeys = provider.services.signing_in.passkeys
    with provider.sql.begin() as db:
        adding = passkeys.ask_to_add(db, "b", person.id, "x")
        assert adding is not None
        options = {"challenge": adding.options["challenge"], "rpId": "id.province.test"}
        assert isinstance(passkeys.check(db, adding.id, "b", device.get(options)), PasskeyRefused)


def test_nobody_has_more_passkeys_than_may_be(provider: Provider) -> None:
    """The last one that may be is taken, the next is not asked for."""
    person = provider.make.person()
    for _ in range(MOST):
        give_passkey(provider, person)
    with provider.sql.once() as db:
        assert provider.services.signing_in.passkeys.ask_to_add(db, "b", person.id, "x") is None


def test_the_name_on_the_device_is_masked_and_the_user_handle_tells_nothing(provider: Provider) -> None:
    """What a browser keeps beside a passkey: neither name nor number nor our own id of the person."""
    person = provider.make.person(name="王小明")
    with provider.sql.once() as db:
        asked = provider.services.signing_in.passkeys.ask_to_add(db, "b", person.id, "王*明")
    assert asked is not None
    whole = json.dumps(asked.options, ensure_ascii=False)
    for secret in ("王小明", person.id_number, person.mobile, person.id):
        assert secret not in whole
    assert person.id.encode() not in data(asked.options["user"]["id"])


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "no json": lambda whole: "{",
    "a list": lambda whole: [],
    "a number": lambda whole: 7,
    "no response": lambda whole: {"id": whole["id"]},
    "a response that is text": lambda whole: {**whole, "response": "x"},
    "no client data": lambda whole: {**whole, "response": {**whole["response"], "clientDataJSON": None}},
    "client data that is no json": lambda whole: {
        **whole,
        "response": {**whole["response"], "clientDataJSON": "AA"},
    },
    "a user handle that is no base64url": lambda whole: {
        **whole,
        "response": {**whole["response"], "userHandle": "a"},
    },
    "a signature that is no base64url": lambda whole: {
        **whole,
        "response": {**whole["response"], "signature": "a"},
    },
    "client data that is a list": lambda whole: {
        **whole,
        "response": {**whole["response"], "clientDataJSON": text(b"[]")},
    },
    "no base64": lambda whole: {**whole, "response": {**whole["response"], "authenticatorData": "!!"}},
    "short data": lambda whole: {**whole, "response": {**whole["response"], "authenticatorData": "AA"}},
    "an id that is a number": lambda whole: {**whole, "id": 5},
    "ids that differ": lambda whole: {**whole, "rawId": "AAAA"},
    "another type": lambda whole: {**whole, "type": "password"},
    "a user handle that is a list": lambda whole: {
        **whole,
        "response": {**whole["response"], "userHandle": []},
    },
}


@pytest.mark.sec("SEC-40")
@pytest.mark.parametrize("name", BROKEN)
def test_a_malformed_response_is_refused_and_breaks_nothing(provider: Provider, name: str) -> None:
    """Every shape that a response may be broken into is a refusal, never an error."""
    device = give_passkey(provider, provider.make.person())
    passkeys = provider.services.signing_in.passkeys
    with provider.sql.begin() as db:
        asked = passkeys.ask(db, "b")
        broken = BROKEN[name](json.loads(device.get(dict(asked.options))))
        response = broken if isinstance(broken, str) else json.dumps(broken)
        outcome = passkeys.check(db, asked.id, "b", response)
    assert isinstance(outcome, PasskeyRefused | PasskeyUnknown)
