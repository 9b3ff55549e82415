"""A code by text message: bound to who asked and what for, and no burst learns more than its tries (SEC-29)."""

import pytest

from idp.authenticators.mobile_code import TRIES, Asker, CodeOver, MobileCodes, Proven, WrongCode
from tests.support.at_once import at_once
from tests.support.provider import Provider

MOBILE = "19900001234"
ASKER = Asker("browser", "test")


def begun(provider: Provider) -> tuple[MobileCodes, str, str]:
    """The service, a challenge, and its code."""
    codes = provider.services.people.codes
    challenge = codes.begin(MOBILE, ASKER, "192.0.2.1", "zh-CN")
    held = codes._box.get(challenge)
    assert held is not None
    return codes, challenge, held.codes[0]


@pytest.mark.sec("SEC-07")
def test_a_code_serves_its_asker_and_its_purpose_alone(any_provider: Provider) -> None:
    """Another browser and another purpose find nothing, and spoil nothing."""
    codes, challenge, code = begun(any_provider)
    for other in (Asker("other", "test"), Asker("browser", "other"), Asker("", "test")):
        assert codes.check(challenge, other, code) == CodeOver()
    assert codes.check(challenge, ASKER, code) == Proven(MOBILE)
    assert codes.check(challenge, ASKER, code) == CodeOver()


@pytest.mark.sec("SEC-29")
def test_a_burst_learns_no_more_than_its_tries(any_provider: Provider) -> None:
    """Of forty wrong guesses at one moment ten are told so, and all others nothing; the right code comes too late."""
    codes, challenge, code = begun(any_provider)
    wrong = [f"{number:06d}" for number in range(41) if f"{number:06d}" != code][:40]

    def guess(text: str) -> object:
        return codes.check(challenge, ASKER, text)

    told = at_once([lambda text=text: guess(text) for text in wrong])  # type: ignore[misc]
    assert sum(isinstance(one, WrongCode) for one in told) == TRIES
    assert sum(isinstance(one, CodeOver) for one in told) == len(wrong) - TRIES
    assert codes.check(challenge, ASKER, code) == CodeOver()


@pytest.mark.sec("SEC-07")
def test_of_many_right_answers_one_counts(any_provider: Provider) -> None:
    """Sixteen at once: one is proven."""
    codes, challenge, code = begun(any_provider)
    told = at_once([lambda: codes.check(challenge, ASKER, code)] * 16)
    assert told.count(Proven(MOBILE)) == 1
