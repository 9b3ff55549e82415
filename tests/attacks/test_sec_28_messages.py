"""SEC-28 for sign-ins by text message: asking for a code takes as long for a registered number as for any other."""

import random
import sys
from time import perf_counter

import pytest

from idp.identifiers.mobile import Mobile
from idp.login.outcomes import Caller
from tests.support.delegating import PLACE
from tests.support.distributions import CRITICAL, distance
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_mobile

pytestmark = pytest.mark.sec("SEC-28")
SAMPLES = 1000
"""Of each of two kinds: 2,000 in all."""
ASKED_OFTEN = 5
"""How often one number may be asked about in an hour."""


def test_times_of_asking_for_a_code_are_of_one_distribution(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Registered and unknown numbers, interleaved at random: Kolmogorov-Smirnov finds no difference at 0.1 %."""
    known = [provider.make.person(password=None).mobile for _ in range(SAMPLES // ASKED_OFTEN)]
    unknown = [synthetic_mobile(5000 + number) for number in range(SAMPLES // ASKED_OFTEN)]
    asked = [("known", one) for one in known * ASKED_OFTEN] + [
        ("unknown", one) for one in unknown * ASKED_OFTEN
    ]
    random.Random(28).shuffle(asked)  # noqa: S311 - an order, no secret
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    way = provider.services.signing_in
    for number, (kind, mobile) in enumerate(asked):
        source = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        begun = perf_counter()
        way.by_sms.begin(Mobile(mobile), f"transaction-{number}", Caller(PLACE, source, "x"), "zh-CN")
        times[kind].append(perf_counter() - begun)
        if number % 20 == 0:
            way.aside.close()
    gap, bound = distance(times["known"], times["unknown"]), CRITICAL * (2 / SAMPLES) ** 0.5
    with capsys.disabled():
        sys.stdout.write(
            f"\nasking for a code: distance {gap:.4f}, bound {bound:.4f}, {len(asked)} samples\n"
        )
    assert gap < bound
