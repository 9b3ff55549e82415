"""The line to sign: its form, for whom it is good, and how often."""

import re

import pytest

from crypto import base64url
from idp.ephemeral.port import Store
from idp.ukey.challenge import SECONDS
from tests.idp.ukey.house import BROWSER, CLIENT, ORIGIN, challenges
from tests.support.at_once import at_once
from tests.support.clock import StandingClock
from tests.support.stores import ALL, on_stores

CALLERS = 40


def test_the_line_says_nonce_client_origin_and_time(store: Store) -> None:
    """Five fields; 32 random bytes that never come twice; the second of the clock in UTC."""
    made = challenges(store, StandingClock())
    lines = [made.begin(BROWSER, CLIENT)[1] for _ in range(20)]
    fields = [line.split("|") for line in lines]
    assert {(version, client, origin) for version, _, client, origin, _ in fields} == {("v1", CLIENT, ORIGIN)}
    assert {len(base64url.decode(nonce)) for _, nonce, _, _, _ in fields} == {32}
    assert len({nonce for _, nonce, _, _, _ in fields}) == len(lines)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for *_, time in fields)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (
            "Shop|https://evil.example|2020-01-01T00:00:00Z",
            "Shop｜https://evil.example｜2020-01-01T00:00:00Z",
        ),
        ("Shop\r\nv1\x00", "Shop  v1 "),
        ("Shop\u202egro.live", "Shop gro.live"),
        ("长" * 500, "长" * 100),
    ],
)
def test_a_clients_name_ends_no_field_and_hides_nothing(store: Store, name: str, shown: str) -> None:
    """Separators, line ends and marks that turn the writing are replaced, and a long name is cut."""
    _, line = challenges(store, StandingClock()).begin(BROWSER, name)
    assert line.split("|")[2:4] == [shown, ORIGIN]
    assert line.count("|") == 4


def test_a_challenge_is_given_out_once(store: Store) -> None:
    """The second answer finds nothing, whatever the first one was."""
    made = challenges(store, StandingClock())
    challenge_id, line = made.begin(BROWSER, CLIENT)
    assert made.take(challenge_id, BROWSER) == line
    assert made.take(challenge_id, BROWSER) is None


@pytest.mark.parametrize("browser", ["browser-two", ""])
def test_another_browser_gets_nothing_and_spoils_nothing(store: Store, browser: str) -> None:
    """Who knows the id alone can neither answer for the person nor keep the person from answering."""
    made = challenges(store, StandingClock())
    challenge_id, line = made.begin(BROWSER, CLIENT)
    assert made.take(challenge_id, browser) is None
    assert made.take(challenge_id, BROWSER) == line


def test_a_challenge_of_no_browser_is_nobodys(store: Store) -> None:
    """Two browsers without a mark are not the same browser."""
    made = challenges(store, StandingClock())
    challenge_id, _ = made.begin("", CLIENT)
    assert made.take(challenge_id, "") is None


@pytest.mark.parametrize(("seconds", "is_good"), [(SECONDS, True), (SECONDS + 1, False)])
def test_a_challenge_is_over_after_two_minutes(store: Store, seconds: int, is_good: bool) -> None:
    """The house's clock counts, however late the store forgets."""
    clock = StandingClock()
    made = challenges(store, clock)
    challenge_id, line = made.begin(BROWSER, CLIENT)
    clock.advance(seconds)
    assert made.take(challenge_id, BROWSER) == (line if is_good else None)


@on_stores(*ALL)
def test_of_many_answers_at_once_one_gets_the_line(store: Store) -> None:
    """Forty nodes receive the same answer at the same moment; one of them may judge it."""
    clock = StandingClock()
    challenge_id, line = challenges(store, clock).begin(BROWSER, CLIENT)
    nodes = [challenges(store, clock) for _ in range(CALLERS)]
    results = at_once([lambda node=node: node.take(challenge_id, BROWSER) for node in nodes])
    assert [result for result in results if result is not None] == [line]
