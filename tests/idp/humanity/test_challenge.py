"""A challenge: what answers it, how often, for whom, and what it earns."""

from collections import Counter

import pytest

from idp.ephemeral.port import Store
from idp.errors import NotFound, TooMany
from idp.humanity.challenge import PASS_SECONDS, SECONDS, TRIES, Over, Passed, Wrong
from idp.limits.rules import RULES, Counts, Rule
from tests.idp.humanity.house import PURPOSE, House, new_browser
from tests.support.at_once import at_once
from tests.support.stores import ALL, on_stores


@pytest.fixture
def house(store: Store) -> House:
    """Proofs of humanity over the store under test."""
    return House(store)


def _passed(house: House) -> str:
    challenge_id = house.begin()
    outcome = house.humanity.check(challenge_id, house.browser, house.answers(challenge_id)[0])
    assert isinstance(outcome, Passed)
    return outcome.token


@on_stores(*ALL)
@pytest.mark.parametrize("way", ["picture", "sound"])
def test_both_ways_are_right(house: House, way: str) -> None:
    """Digits of the picture and counts of the sound each earn a pass."""
    challenge_id = house.begin()
    digits, counts = house.answers(challenge_id)
    outcome = house.humanity.check(challenge_id, house.browser, digits if way == "picture" else counts)
    assert isinstance(outcome, Passed)
    assert house.humanity.spend(outcome.token, house.browser, PURPOSE)


@pytest.mark.parametrize("between", [" ", "\u3000", "-", ""])
def test_spaces_and_full_width_digits_are_forgiven(house: House, between: str) -> None:
    """What a Chinese keyboard writes, and digits written apart, are the same answer."""
    challenge_id = house.begin()
    digits, _ = house.answers(challenge_id)
    typed = between.join(chr(ord(digit) - ord("0") + ord("０")) for digit in digits)
    assert isinstance(house.humanity.check(challenge_id, house.browser, f" {typed} "), Passed)


@pytest.mark.parametrize(
    "typed", ["", " ", "-----", "①②③④⑤", pytest.param("9" * 100_000, id="endless"), "👀", "\ud800"]
)
def test_what_is_no_answer_is_wrong(house: House, typed: str) -> None:
    """Nothing, signs, look-alikes, endless text and half characters cost a try and pass nobody."""
    challenge_id = house.begin()
    assert house.humanity.check(challenge_id, house.browser, typed) == Wrong(TRIES - 1)


def test_half_of_both_answers_is_wrong(house: House) -> None:
    """Both answers in one field, and an answer with more behind it, are no answer."""
    challenge_id = house.begin()
    digits, counts = house.answers(challenge_id)
    assert house.humanity.check(challenge_id, house.browser, digits + counts) == Wrong(2)
    assert house.humanity.check(challenge_id, house.browser, digits + "0") == Wrong(1)


@on_stores(*ALL)
def test_third_miss_ends_it(house: House) -> None:
    """Two tries are left, then one, then it is over, also for the right answer, its picture and its sound."""
    challenge_id = house.begin()
    right, wrong = house.answers(challenge_id)[0], house.wrong(challenge_id)
    told = [house.humanity.check(challenge_id, house.browser, wrong) for _ in range(TRIES)]
    assert told == [Wrong(2), Wrong(1), Over()]
    assert house.humanity.check(challenge_id, house.browser, right) == Over()
    for show in (house.humanity.image, house.humanity.sound):
        with pytest.raises(NotFound):
            show(challenge_id, house.browser)


def test_last_try_may_be_right(house: House) -> None:
    """Two misses take nothing from a right third answer."""
    challenge_id = house.begin()
    for _ in range(TRIES - 1):
        house.humanity.check(challenge_id, house.browser, house.wrong(challenge_id))
    assert isinstance(
        house.humanity.check(challenge_id, house.browser, house.answers(challenge_id)[1]), Passed
    )


@on_stores(*ALL)
def test_answer_is_good_once(house: House) -> None:
    """The same right answer a second time finds nothing, nor does the other way's answer."""
    challenge_id = house.begin()
    digits, counts = house.answers(challenge_id)
    assert isinstance(house.humanity.check(challenge_id, house.browser, digits), Passed)
    assert house.humanity.check(challenge_id, house.browser, digits) == Over()
    assert house.humanity.check(challenge_id, house.browser, counts) == Over()


@pytest.mark.parametrize("other", ["other", ""])
def test_other_browser_has_no_part_in_it(house: House, other: str) -> None:
    """Another browser, and one without a mark, see nothing, answer nothing, and take no try from the first."""
    challenge_id = house.begin()
    digits, _ = house.answers(challenge_id)
    browser = new_browser()[1] if other else ""
    for _ in range(TRIES + 1):
        assert house.humanity.check(challenge_id, browser, "00000") == Over()
    assert house.humanity.check(challenge_id, browser, digits) == Over()
    with pytest.raises(NotFound):
        house.humanity.image(challenge_id, browser)
    assert isinstance(house.humanity.check(challenge_id, house.browser, digits), Passed)


def test_a_challenge_made_without_a_mark_is_nobodys(house: House) -> None:
    """Two browsers without a cookie do not share a challenge."""
    challenge_id = house.humanity.begin("", PURPOSE, "192.0.2.7")
    assert house.humanity.check(challenge_id, "", house.answers(challenge_id)[0]) == Over()


@pytest.mark.parametrize(("seconds", "is_over"), [(SECONDS - 1, False), (SECONDS, True)])
def test_challenge_ends_after_five_minutes(house: House, seconds: int, is_over: bool) -> None:
    """The right answer counts up to the last second, whatever the store keeps."""
    challenge_id = house.begin()
    digits, _ = house.answers(challenge_id)
    house.clock.advance(seconds)
    outcome = house.humanity.check(challenge_id, house.browser, digits)
    assert (outcome == Over()) is is_over


@on_stores(*ALL)
def test_of_many_right_answers_at_once_one_passes(house: House) -> None:
    """Sixteen right answers at one moment earn one pass; the others hear that it is over, never that they were wrong."""
    challenge_id = house.begin()
    digits, counts = house.answers(challenge_id)
    house.let_read_together(16)
    acts = [
        lambda typed=typed: house.humanity.check(challenge_id, house.browser, typed)
        for typed in (digits, counts) * 8
    ]
    outcomes = Counter(type(outcome) for outcome in at_once(acts))
    assert outcomes == {Passed: 1, Over: 15}


@on_stores(*ALL)
def test_a_burst_of_guesses_has_three_tries(house: House) -> None:
    """Twenty wrong answers at one moment are counted one by one, so that a burst tries no more than three."""
    challenge_id = house.begin()
    wrong = house.wrong(challenge_id)
    house.let_read_together(20)
    outcomes = Counter(
        at_once([lambda: house.humanity.check(challenge_id, house.browser, wrong) for _ in range(20)])
    )
    assert outcomes == {Wrong(2): 1, Wrong(1): 1, Over(): 18}


@on_stores(*ALL)
def test_a_right_guess_within_a_burst_is_counted_like_the_others(house: House) -> None:
    """Of twenty guesses at one moment the right one passes or hears Over, as every guess after the third does."""
    challenge_id = house.begin()
    typed = [house.answers(challenge_id)[0], *[house.wrong(challenge_id)] * 19]
    house.let_read_together(20)
    outcomes = at_once(
        [lambda guess=guess: house.humanity.check(challenge_id, house.browser, guess) for guess in typed]
    )
    told = Counter(type(outcome) for outcome in outcomes)
    assert told[Over] >= 17
    assert told[Wrong] <= 2
    assert isinstance(outcomes[0], Passed | Over)
    assert not any(isinstance(outcome, Passed) for outcome in outcomes[1:])


@on_stores(*ALL)
def test_pass_is_spent_once(house: House) -> None:
    """Of sixteen who spend one pass at one moment one may go on, and nobody after them."""
    token = _passed(house)
    spent = at_once([lambda: house.humanity.spend(token, house.browser, PURPOSE) for _ in range(16)])
    assert sorted(map(bool, spent)) == [False] * 15 + [True]
    assert not house.humanity.spend(token, house.browser, PURPOSE)


def test_pass_is_good_for_its_browser_and_purpose_only(house: House) -> None:
    """Elsewhere it does nothing and stays unspent; an unknown one and the challenge itself are no pass."""
    token = _passed(house)
    assert not house.humanity.spend(token, new_browser()[1], PURPOSE)
    assert not house.humanity.spend(token, "", PURPOSE)
    assert not house.humanity.spend(token, house.browser, "sign-in")
    assert not house.humanity.spend("unknown", house.browser, PURPOSE)
    assert not house.humanity.spend(house.begin(), house.browser, PURPOSE)
    assert house.humanity.spend(token, house.browser, PURPOSE)


@pytest.mark.parametrize(("seconds", "is_good"), [(PASS_SECONDS - 1, True), (PASS_SECONDS, False)])
def test_pass_ends_after_ten_minutes(house: House, seconds: int, is_good: bool) -> None:
    """A pass that is kept too long is none."""
    token = _passed(house)
    house.clock.advance(seconds)
    assert house.humanity.spend(token, house.browser, PURPOSE) is is_good


def test_a_source_begins_a_limited_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing by chance needs many challenges: a source has so many, whichever browsers it shows; others go on."""
    monkeypatch.setitem(RULES, "humanity_source", Rule(Counts.EVERY, 3, 3600))
    for _ in range(3):
        house.humanity.begin(new_browser()[1], PURPOSE, "192.0.2.7")
    with pytest.raises(TooMany):
        house.humanity.begin(new_browser()[1], PURPOSE, "192.0.2.7")
    house.begin("192.0.2.8")


def test_answers_use_all_they_may(house: House) -> None:
    """Every digit but 1 and 7, which look alike, and every count of one to five comes up; no answer is usual."""
    answers = [house.answers(house.begin(f"192.0.2.{number}")) for number in range(200)]
    assert set("".join(digits for digits, _ in answers)) == set("02345689")
    assert set("".join(counts for _, counts in answers)) == set("12345")
    assert {(len(digits), len(counts)) for digits, counts in answers} == {(5, 4)}
    assert max(Counter(digits for digits, _ in answers).values()) < 5


def test_nothing_of_it_is_written_out(house: House) -> None:
    """Neither answer nor token stands in what a log or a traceback would show."""
    challenge_id = house.begin()
    digits, counts = house.answers(challenge_id)
    held = house.box.find(challenge_id)
    passed = house.humanity.check(challenge_id, house.browser, digits)
    assert isinstance(passed, Passed)
    assert not any(secret in repr((held, passed)) for secret in (digits, f"'{counts}'", passed.token))
