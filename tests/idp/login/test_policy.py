"""What is still to do is decided from evidence (tables of all cases)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authenticators.evidence import ACRS, HIGHEST, PHR, PHRH, Evidence, Way
from idp.login.policy import Next, is_met, leading, next_step, raised
from idp.login.requirement import Proven, Requirement

AT = 1_800_000_000.0
WAYS = tuple(Way)


def proven(*ways: Way, at: float = AT) -> Proven:
    """One person who proved himself by these ways."""
    return Proven("p", tuple(Evidence(way, at) for way in ways))


@pytest.mark.parametrize(
    ("since", "has_session", "expected"),
    [
        (None, False, Next.SIGN_IN),
        (None, True, Next.NOTHING),
        (0.0, False, Next.SIGN_IN),
        (AT - 1, True, Next.NOTHING),
        (AT, True, Next.NOTHING),
        (AT + 0.001, True, Next.SIGN_IN),
        (AT + 3600, True, Next.SIGN_IN),
    ],
)
def test_proofs_serve_when_they_are_young_enough(
    since: float | None, has_session: bool, expected: Next
) -> None:
    """Nothing proved, or everything before the demanded moment, means signing in; nothing else does."""
    known = proven(Way.PASSWORD) if has_session else None
    assert next_step(Requirement(signed_in_since=since), known) is expected


@pytest.mark.parametrize(
    ("ways", "level", "expected"),
    [
        ((Way.PASSWORD,), 1, Next.NOTHING),
        ((Way.PASSWORD,), 2, Next.MORE),
        ((Way.PASSWORD,), 3, Next.MORE),
        ((Way.PASSWORD, Way.SMS), 2, Next.NOTHING),
        ((Way.PASSWORD, Way.TOTP), 2, Next.NOTHING),
        ((Way.SMS, Way.TOTP), 2, Next.MORE),
        ((Way.PASSWORD, Way.TOTP), 3, Next.MORE),
        ((Way.PASSKEY,), 2, Next.NOTHING),
        ((Way.PASSKEY,), 3, Next.MORE),
        ((Way.BOUND_PASSKEY,), 3, Next.NOTHING),
        ((Way.SMS, Way.RECOVERY_CODE), 2, Next.MORE),
    ],
)
def test_a_level_takes_two_kinds_of_factor_or_a_stronger_way(
    ways: tuple[Way, ...], level: int, expected: Next
) -> None:
    """Two proofs of one kind stay one factor, whatever their number."""
    assert next_step(Requirement(least_level=level), proven(*ways), WAYS) is expected


def test_nobody_is_sent_on_a_way_that_leads_nowhere() -> None:
    """Of a person's ways those are offered that reach what is asked; with none of them it cannot be met."""
    wanted = Requirement(least_level=2)
    known = proven(Way.SMS)
    assert leading(wanted, known, (Way.TOTP, Way.PASSWORD, Way.PASSKEY)) == (Way.PASSWORD, Way.PASSKEY)
    assert next_step(wanted, known, (Way.TOTP, Way.RECOVERY_CODE)) is Next.UNMET


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ((Way.PASSWORD,), False),
        ((Way.SMS, Way.TOTP), True),
        ((Way.SMS, Way.RECOVERY_CODE), True),
        ((Way.PASSKEY,), True),
        ((Way.QR,), False),
        ((Way.TOTP, Way.TOTP), False),
    ],
)
def test_two_steps_are_two_ways_or_a_strong_one(ways: tuple[Way, ...], expected: bool) -> None:
    """Who forgot the password still has two things; a level is not told of that."""
    assert is_met(Requirement(is_twofold=True), proven(*ways)) is expected


def test_another_person_proves_nothing() -> None:
    """What is asked of one person is not met by the proofs of another."""
    assert not is_met(Requirement(person_id="q"), proven(Way.BOUND_PASSKEY))
    assert is_met(Requirement(person_id="p"), proven(Way.PASSWORD))


@pytest.mark.parametrize(
    ("acr", "ways", "expected"),
    [
        (ACRS[1], (Way.PASSWORD,), True),
        (ACRS[2], (Way.PASSWORD,), False),
        (ACRS[2], (Way.PASSWORD, Way.SMS), True),
        (PHR, (Way.PASSWORD, Way.TOTP), False),
        (PHR, (Way.PASSKEY,), True),
        (PHRH, (Way.PASSKEY,), False),
        (PHRH, (Way.BOUND_PASSKEY,), True),
        ("urn:yihao:aal:4", (Way.BOUND_PASSKEY,), False),
        ("", (Way.BOUND_PASSKEY,), False),
    ],
)
def test_a_class_is_met_by_what_it_stands_for(acr: str, ways: tuple[Way, ...], expected: bool) -> None:
    """Levels compare as numbers; the phishing-resistant classes ask for their own ways."""
    assert is_met(Requirement(acr_values=(acr,)), proven(*ways)) is expected


def test_an_old_proof_does_not_help_a_young_one() -> None:
    """A second step now and a password of this morning are not two fresh proofs."""
    mixed = Proven("p", (Evidence(Way.PASSWORD, AT - 3600), Evidence(Way.SMS, AT)))
    assert is_met(Requirement(least_level=2), mixed)
    assert not is_met(Requirement(least_level=2, signed_in_since=AT - 60), mixed)
    assert is_met(Requirement(least_level=1, signed_in_since=AT - 60), mixed)


_proofs = st.lists(st.builds(Evidence, st.sampled_from(Way), st.floats(AT - 100, AT)), max_size=5)


@given(
    st.builds(
        Requirement,
        signed_in_since=st.none() | st.floats(AT - 100, AT),
        least_level=st.integers(1, HIGHEST),
        is_twofold=st.booleans(),
        acr_values=st.lists(st.sampled_from([*ACRS.values(), PHR, PHRH]), max_size=2).map(tuple),
    ),
    _proofs,
    st.builds(Evidence, st.sampled_from(Way), st.just(AT)),
    st.booleans(),
)
def test_more_evidence_never_hurts_and_more_demand_never_helps(
    wanted: Requirement, proofs: list[Evidence], more: Evidence, is_second: bool
) -> None:
    """What is met stays met with one more proof; what is not met is not met by asking for more."""
    known = Proven("p", tuple(proofs))
    if is_met(wanted, known):
        assert is_met(wanted, Proven("p", (*proofs, more)))
    else:
        assert not is_met(raised(wanted, is_second), known)
