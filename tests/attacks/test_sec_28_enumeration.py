"""SEC-28: nobody learns from an answer, its headers or its time whether somebody has an account."""

import random
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from urllib.parse import urlencode

import pytest

from crypto.passwords import PasswordHasher
from idp.accounts.models import PersonState
from tests.support import secret_comparisons
from tests.support.distributions import CRITICAL, distance
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import RawAnswer, ask, cookie_header, masked
from tests.support.synthetic import synthetic_id_number, synthetic_mobile

pytestmark = pytest.mark.sec("SEC-28")
SAMPLES = 670
"""Of each of three kinds: 2,010 in all."""
NOBODY = synthetic_id_number(999)


class Form:
    """One browser's sign-in form, sent again and again from addresses of the test's choice."""

    def __init__(self, provider: Provider) -> None:
        browser = Browser(provider).open("/login")
        self._provider = provider
        self._hidden = browser.hidden()
        self._headers = cookie_header(browser) | {"Origin": provider.issuer}
        self._sent = 0

    def send(self, identifier: str, password: str = "wrong", address: str | None = None) -> RawAnswer:
        """One sign-in; without an address from one that was never seen before."""
        self._sent += 1
        fields = {**self._hidden, "identifier": identifier, "password": password}
        fresh = f"10.{self._sent >> 16}.{self._sent >> 8 & 255}.{self._sent & 255}"
        return ask(
            self._provider,
            "POST",
            "/login",
            body=urlencode(fields).encode(),
            headers=self._headers,
            address=address or fresh,
        )


def shown(answer: RawAnswer, identifier: str) -> tuple[object, ...]:
    """What a stranger sees, without what is new each time and without what he typed himself."""
    status, headers, body = masked(answer)
    return status, headers, body.replace(identifier, "typed")


def with_older_hash(provider: Provider, memory_kib: int = 4096) -> str:
    """The ID number of a person whose password was hashed under cheaper parameters than today's."""
    person = provider.make.person(password=None)
    peppers = provider.services.foundation.data_keys.versions("pepper")
    older = PasswordHasher(peppers, max(peppers), memory_kib, 1)
    credentials = provider.services.passwords._credentials
    with provider.sql.begin() as db:
        credentials.add(db, "password", [(person.id, older.hash("older"))], datetime.now(UTC))
    return person.id_number


@pytest.mark.parametrize("kind", ["known", "frozen", "without password", "older hash", "mobile"])
def test_wrong_sign_ins_show_the_same_for_known_and_unknown(provider: Provider, kind: str) -> None:
    """Twelve misses in a row, through warning and pause: status, headers and page tell no account from none."""
    unknown = synthetic_mobile(999) if kind == "mobile" else NOBODY
    makers: dict[str, Callable[[], str]] = {
        "known": lambda: provider.make.person().id_number,
        "frozen": lambda: provider.make.person(state=PersonState.FROZEN).id_number,
        "without password": lambda: provider.make.person(password=None).id_number,
        "older hash": lambda: with_older_hash(provider),
        "mobile": lambda: provider.make.person().mobile,
    }
    known = makers[kind]()
    form = Form(provider)
    for miss in range(1, 13):
        seen = shown(form.send(known, address="192.0.2.1"), known)
        assert seen == shown(form.send(unknown, address="192.0.2.2"), unknown), f"miss {miss}"
    assert "sign_in.done" not in {event.act for event in provider.events()}


def test_times_of_wrong_sign_ins_are_of_one_distribution(provider: Provider) -> None:
    """Known, unknown and older-hash sign-ins, interleaved at random: Kolmogorov-Smirnov finds no difference at 0.1 %."""
    known, older = provider.make.person().id_number, with_older_hash(provider)
    form = Form(provider)
    for _ in range(3):
        times = sampled(form, known, older)
        statistics = [distance(times["unknown"], times[kind]) for kind in ("known", "older")]
        if max(statistics) < CRITICAL * (2 / SAMPLES) ** 0.5:
            return
    pytest.fail(f"distances of known and older from unknown: {statistics}")


def sampled(form: Form, known: str, older: str) -> dict[str, list[float]]:
    """Seconds of so many wrong sign-ins of each kind, in random order within each round."""
    times: dict[str, list[float]] = {"known": [], "older": [], "unknown": []}
    for number in range(SAMPLES):
        typed = {"known": known, "older": older, "unknown": synthetic_id_number(100 + number)}
        for kind in random.sample(sorted(times), 3):
            started = perf_counter()
            answer = form.send(typed[kind])
            times[kind].append(perf_counter() - started)
            assert answer.status == 200
    return times


def test_distance_finds_what_it_is_for() -> None:
    """The statistic is 0 for one sample twice, 1 for samples apart, and a half where half is moved."""
    sample = [float(number) for number in range(100)]
    assert distance(sample, sample) < 0.011
    assert distance(sample, [value + 1000 for value in sample]) == pytest.approx(1)
    assert distance(sample, [value + 50 for value in sample]) == pytest.approx(0.5, abs=0.011)


def test_clients_are_refused_alike_whether_known_or_not(provider: Provider) -> None:
    """A wrong secret, an unknown client and a client of another method get one answer at every client endpoint."""
    provider.make.client("dept-one")
    provider.make.client("dept-spa", token_endpoint_auth_method="none")
    for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
        seen = set()
        for client_id in ("dept-one", "dept-spa", "dept-nobody"):
            pair = b64encode(f"{client_id}:wrong".encode()).decode()
            body = urlencode({"grant_type": "client_credentials", "token": "x"}).encode()
            answer = ask(provider, "POST", path, body=body, headers={"Authorization": f"Basic {pair}"})
            assert answer.status == 401
            seen.add(masked(answer))
        assert len(seen) == 1, path


def test_foreign_and_unknown_tokens_are_inactive_alike(provider: Provider) -> None:
    """Introspection by another client answers a live token of others and a made-up one with the same bytes."""
    owner = RelyingParty(provider, provider.make.client("dept-one"))
    asker = RelyingParty(provider, provider.make.client("dept-two"))
    tokens = owner.tokens(Browser(provider), provider.make.person())
    given = [tokens["access_token"], tokens["refresh_token"], "A" * 43, "e30.e30.e30"]
    answers = [asker.call("/oauth/introspect", {"token": token}) for token in given]
    assert {(answer.status_code, answer.data) for answer in answers} == {(200, b'{"active":false}')}


def test_foreign_and_unknown_sessions_are_missing_alike(provider: Provider) -> None:
    """The handle of somebody else's session and a made-up one end in the same page."""
    mine, theirs = Browser(provider), Browser(provider, "192.0.2.11")
    for browser in (mine, theirs):
        browser.open("/account/devices").sign_in(provider.make.person())
    handle = theirs.page.partition('name="handle" value="')[2].partition('"')[0]
    assert handle
    token = mine.hidden()["csrf_token"]
    pages = []
    for given in (handle, "A" * len(handle)):
        body = urlencode({"csrf_token": token, "handle": given, "confirm": "yes"}).encode()
        headers = cookie_header(mine) | {"Origin": provider.issuer}
        pages.append(masked(ask(provider, "POST", "/account/sessions/end", body=body, headers=headers)))
    assert pages[0] == pages[1] and pages[0][0] == 404


def test_secrets_are_compared_in_constant_time_only() -> None:
    """No source compares a secret, digest, mac, token or password by an operator: crypto.compare does."""
    assert secret_comparisons.in_product() == []
    slip = "if given.client_secret == kept: pass\nif mac != computed(x): pass\nif digest == b'': pass"
    assert len(secret_comparisons.bare_comparisons("slip.py", slip)) == 2, "the search finds what it is for"
