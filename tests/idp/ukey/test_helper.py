"""The helper's protocol over HTTP on loopback, from the line of the house to the judgement of the answer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from idp.ephemeral.port import Store
from idp.ukey.answer import read_answer
from idp.ukey.check import Holder, UkeyRefused, Why
from tests.idp.ukey.house import BROWSER, CLIENT, ORIGIN, House, why
from tests.support.at_once import at_once
from tests.support.stores import ALL, on_stores
from tests.support.ukey_helper import PIN, Shown, SoftwareKey, UkeyHelper

ANSWERS = 12


@dataclass
class Desk:
    """A person at a desk: the house, the helper on the machine, the key in its slot."""

    house: House
    types: Callable[[Shown], str | None] = lambda _shown: PIN
    helper: UkeyHelper = field(init=False)

    def __post_init__(self) -> None:
        key = SoftwareKey(self.house.key.sign, (self.house.certificate().der,))
        self.helper = UkeyHelper({ORIGIN}, key, self._typed)

    def _typed(self, shown: Shown) -> str | None:
        return self.types(shown)

    def call(
        self, path: str, body: object = None, origin: str | None = ORIGIN, **headers: str
    ) -> tuple[int, Any]:
        """Status and JSON of one call, as a page of `origin` makes it."""
        sent = {"Content-Type": "application/json", **headers, **({"Origin": origin} if origin else {})}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.helper.port}/yihao/v1/{path}", data, sent)
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text else None

    def post(self, challenge_id: str, answer: Any, browser: str = BROWSER) -> Holder | UkeyRefused:
        """What the house makes of the fields of the form."""
        line = self.house.challenges.take(challenge_id, browser)
        fields = read_answer(" ".join(answer["certificates"]), answer["signature"])
        return self.house.check.check_answer(line, fields)


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    """A desk whose helper runs."""
    desk = Desk(House(store))
    with desk.helper.running():
        yield desk


def test_a_person_signs_in_with_the_key(desk: Desk) -> None:
    """Status, line, PIN, signature, judgement; the person was shown where the signature goes."""
    assert desk.call("status") == (200, {"version": 1, "keys": 1})
    challenge_id, text = desk.house.challenges.begin(BROWSER, CLIENT)
    status, answer = desk.call("sign", {"text": text})
    assert status == 200
    assert isinstance(desk.post(challenge_id, answer), Holder)
    assert desk.helper.shown == [Shown(ORIGIN, CLIENT, text.split("|")[4], 3)]


def test_an_answer_in_another_browser_signs_nobody_in(desk: Desk) -> None:
    """A line that was passed on to a victim's key is of no use to who passed it on, nor to anybody later."""
    challenge_id, text = desk.house.challenges.begin("browser of the attacker", CLIENT)
    _, answer = desk.call("sign", {"text": text})
    assert why(desk.post(challenge_id, answer)) is Why.CHALLENGE


def test_an_answer_that_comes_too_late_signs_nobody_in(desk: Desk) -> None:
    """Three minutes over the PIN are too many."""
    challenge_id, text = desk.house.challenges.begin(BROWSER, CLIENT)
    _, answer = desk.call("sign", {"text": text})
    desk.house.clock.advance(180)
    assert why(desk.post(challenge_id, answer)) is Why.CHALLENGE


@on_stores(*ALL)
def test_of_one_answer_sent_many_times_at_once_one_signs_in(store: Store) -> None:
    """The same right form from twelve places at the same moment: one Holder, and eleven told that it is used."""
    desk = Desk(House(store))
    with desk.helper.running():
        challenge_id, text = desk.house.challenges.begin(BROWSER, CLIENT)
        _, answer = desk.call("sign", {"text": text})
    results = at_once([lambda: desk.post(challenge_id, answer)] * ANSWERS)
    holders = [each for each in results if isinstance(each, Holder)]
    assert len(holders) == 1
    assert results.count(UkeyRefused(Why.CHALLENGE)) == ANSWERS - 1


def test_a_wrong_pin_costs_a_try_and_the_last_one_locks(desk: Desk) -> None:
    """The person is told how many are left; a locked key asks for no PIN any more, and nothing was signed."""
    desk.types = lambda _shown: "000000"
    line = {"text": desk.house.challenges.begin(BROWSER, CLIENT)[1]}
    assert [desk.call("sign", line) for _ in range(4)] == [
        (403, {"error": "wrong_pin", "tries_left": 2}),
        (403, {"error": "wrong_pin", "tries_left": 1}),
        (423, {"error": "locked"}),
        (423, {"error": "locked"}),
    ]
    assert [each.tries_left for each in desk.helper.shown] == [3, 2, 1]
    assert desk.helper.key is not None
    assert desk.helper.key.signed == []


def test_cancelling_signs_nothing(desk: Desk) -> None:
    """No PIN, no signature, no try lost."""
    desk.types = lambda _shown: None
    line = {"text": desk.house.challenges.begin(BROWSER, CLIENT)[1]}
    assert desk.call("sign", line) == (409, {"error": "cancelled"})
    assert desk.helper.key is not None
    assert (desk.helper.key.signed, desk.helper.key.tries_left) == ([], 3)


def test_two_pages_get_one_window(desk: Desk) -> None:
    """While one line waits for its PIN another is turned away, so that nobody types a PIN into the wrong window."""
    line = {"text": desk.house.challenges.begin(BROWSER, CLIENT)[1]}
    second: list[tuple[int, Any]] = []

    def types(_shown: Shown) -> str:
        second.append(desk.call("sign", line))
        return PIN

    desk.types = types
    assert desk.call("sign", line)[0] == 200
    assert second == [(409, {"error": "busy"})]


def test_without_a_key_the_status_says_so(desk: Desk) -> None:
    """Pulled out before or after the status."""
    desk.helper.key = None
    line = {"text": desk.house.challenges.begin(BROWSER, CLIENT)[1]}
    assert desk.call("status") == (200, {"version": 1, "keys": 0})
    assert desk.call("sign", line) == (404, {"error": "no_key"})


@pytest.mark.parametrize("origin", ["https://phish.example.test", "null", "http://id.example.test", None])
def test_a_page_of_another_origin_gets_nothing(desk: Desk, origin: str | None) -> None:
    """Not even whether a key is there; nobody is asked for a PIN."""
    line = {"text": desk.house.challenges.begin(BROWSER, CLIENT)[1]}
    assert desk.call("status", origin=origin) == (403, None)
    assert desk.call("sign", line, origin=origin) == (403, None)
    assert desk.helper.shown == []


def test_a_foreign_name_for_this_machine_is_refused(desk: Desk) -> None:
    """A name that an attacker points at 127.0.0.1 carries his own origin's calls."""
    assert desk.call("status", Host="attacker.example.test") == (403, None)


def test_the_helper_signs_lines_of_the_calling_origin_alone(desk: Desk) -> None:
    """Another origin in the line, no line, more than a line, another type: refused before anybody is asked."""
    text = desk.house.challenges.begin(BROWSER, CLIENT)[1]
    for body in (
        {"text": text.replace(ORIGIN, "https://bank.example.test")},
        {"text": "pay 1000 to eve"},
        {"text": text + "\n" + text},
        {"text": text.replace("v1", "v2")},
        {"text": text, "pin": PIN},
        {"text": 5},
        [text],
    ):
        assert desk.call("sign", body) == (400, {"error": "malformed"}), body
    assert desk.call("sign", {"text": text}, **{"Content-Type": "text/plain"})[0] == 400
    assert desk.helper.shown == []
