"""The weighing of risk: what counts, how much, and that more of it never leads to less."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.risk.regions import Regions, read_regions
from idp.risk.settings import RiskSettings
from idp.risk.weigh import Action, Before, Facts, Signal, weigh
from tests.support.places import NORTH, NOWHERE, SOUTH, TABLE

SETTINGS = RiskSettings()
ORDER = list(Action)
AT_HOME = Facts(NORTH, 100_000.0, True, (Before(NORTH, 50_000.0),), 1, 0, is_means_changed=False)
pytestmark = pytest.mark.sec("SEC-29")


def _signals(facts: Facts) -> set[Signal]:
    return {signal for signal, _ in weigh(facts, SETTINGS, TABLE).signals}


def test_a_known_device_at_home_and_the_very_first_sign_in_are_usual() -> None:
    """Nothing counts where all is as it was, and where nothing was."""
    first = Facts(SOUTH, 100_000.0, False, (), 1, 0, is_means_changed=False)
    for facts in (AT_HOME, first):
        assert weigh(facts, SETTINGS, TABLE).action is Action.NOTHING
        assert _signals(facts) == set()


@pytest.mark.parametrize(
    ("changes", "signal"),
    [
        ({"is_known_device": False}, Signal.NEW_DEVICE),
        ({"place": NOWHERE}, Signal.NEW_NETWORK),
        ({"lately": 11}, Signal.OFTEN),
        ({"failed_there": 21}, Signal.STUFFING),
        ({"is_means_changed": True}, Signal.CHANGED_MEANS),
    ],
)
def test_each_signal_counts_by_itself(changes: dict[str, object], signal: Signal) -> None:
    """One unusual thing gives one signal with the weight of the settings."""
    weighed = weigh(replace(AT_HOME, **changes), SETTINGS, TABLE)  # type: ignore[arg-type]
    assert weighed.signals == ((signal, getattr(SETTINGS, signal.value)),)
    assert weighed.text == f"{signal.value}={weighed.score}"


@pytest.mark.parametrize(("hours", "is_told"), [(1.0, True), (1.5, True), (2.5, False), (24.0, False)])
def test_travel_is_impossible_by_speed(hours: float, is_told: bool) -> None:
    """Harbin to Guangzhou is some 2,800 km: nobody flies it in an hour and a half, a plane does in three."""
    facts = replace(AT_HOME, place=SOUTH, at=50_000 + hours * 3600 * 1.2)
    assert (Signal.TRAVEL in _signals(facts)) is is_told


def test_the_last_sign_in_counts_for_travel_whichever_device_it_was() -> None:
    """A device that was last used in the south long ago does not excuse it."""
    facts = replace(AT_HOME, place=SOUTH, at=50_600.0, before=(Before(SOUTH, 10.0), Before(NORTH, 50_000.0)))
    assert _signals(facts) == {Signal.TRAVEL}


def test_an_unknown_place_tells_no_travel() -> None:
    """What the table does not know is not guessed."""
    assert _signals(replace(AT_HOME, place=NOWHERE, at=50_001.0)) == {Signal.NEW_NETWORK}
    assert Signal.TRAVEL not in {
        signal for signal, _ in weigh(replace(AT_HOME, place=SOUTH), SETTINGS, Regions(())).signals
    }


def test_a_weight_of_nothing_leaves_the_signal_out() -> None:
    """An officer can take a signal out by the settings."""
    weighed = weigh(replace(AT_HOME, is_known_device=False), RiskSettings(new_device=0), TABLE)
    assert weighed.signals == () and weighed.action is Action.NOTHING


@given(
    st.booleans(),
    st.sampled_from((NORTH, SOUTH, NOWHERE)),
    st.integers(0, 40),
    st.integers(0, 40),
    st.booleans(),
)
def test_more_that_is_unusual_never_leads_to_less(
    known: bool, place: str, lately: int, failed: int, changed: bool
) -> None:
    """Whatever is the case already, one more signal gives at least the same action."""
    facts = replace(
        AT_HOME,
        is_known_device=known,
        place=place,
        lately=lately,
        failed_there=failed,
        is_means_changed=changed,
    )
    was = weigh(facts, SETTINGS, TABLE)
    for more in (
        replace(facts, is_known_device=False),
        replace(facts, lately=lately + 20),
        replace(facts, failed_there=failed + 30),
        replace(facts, is_means_changed=True),
    ):
        now = weigh(more, SETTINGS, TABLE)
        assert now.score >= was.score and ORDER.index(now.action) >= ORDER.index(was.action)


def test_thresholds_lie_in_the_settings() -> None:
    """The same facts lead to each action, by the sums that the settings name."""
    facts = replace(AT_HOME, is_known_device=False, place=NOWHERE)
    for action, limits in {
        Action.NOTHING: (36, 36, 36),
        Action.RAISE: (35, 36, 36),
        Action.SLOW: (35, 35, 36),
        Action.REFUSE: (35, 35, 35),
    }.items():
        settings = RiskSettings(**dict(zip(("raise_at", "slow_at", "refuse_at"), limits, strict=True)))
        assert weigh(facts, settings, TABLE).action is action


@pytest.mark.parametrize("limits", [{"raise_at": 91}, {"slow_at": 39}, {"refuse_at": 89}])
def test_thresholds_that_do_not_rise_are_refused(limits: dict[str, int]) -> None:
    """A refusal below a pause would shut everybody out by a slip of the pen."""
    with pytest.raises(ValueError, match="must rise"):
        RiskSettings(**limits)


def test_no_file_is_an_empty_table() -> None:
    """Without a table no place is known."""
    assert read_regions("").find(NORTH) is None
