"""Pure: what has a person still to do? Decided from evidence, never from the position in a flow."""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from idp.authenticators.evidence import Evidence, Way, is_acr, is_twofold, level_of, since
from idp.login.requirement import Proven, Requirement


class Next(StrEnum):
    """The next step of a sign-in."""

    SIGN_IN = "sign_in"
    MORE = "more"
    UNMET = "unmet"
    NOTHING = "nothing"


def counted(requirement: Requirement, proven: Proven | None) -> tuple[Evidence, ...]:
    """The proofs that count towards a requirement: its person's, and young enough."""
    if proven is None or requirement.person_id not in {None, proven.person_id}:
        return ()
    return since(proven.evidence, requirement.signed_in_since)


def is_met(requirement: Requirement, proven: Proven | None) -> bool:
    """Whether what was proved is all that the requirement asks for."""
    proofs = counted(requirement, proven)
    if not proofs or level_of(proofs) < requirement.least_level:
        return False
    if requirement.is_twofold and not is_twofold(proofs):
        return False
    return not requirement.acr_values or any(is_acr(acr, proofs) for acr in requirement.acr_values)


def next_step(requirement: Requirement, proven: Proven | None, ways: Iterable[Way] = ()) -> Next:
    """What is missing, where `ways` are those by which the person could prove more."""
    if not counted(requirement, proven) or proven is None:
        return Next.SIGN_IN
    if is_met(requirement, proven):
        return Next.NOTHING
    return Next.MORE if leading(requirement, proven, ways) else Next.UNMET


def leading(requirement: Requirement, proven: Proven, ways: Iterable[Way]) -> tuple[Way, ...]:
    """Of the ways of a person those that, once gone, leave nothing to do; in the order given."""
    at = max(one.at for one in proven.evidence)
    return tuple(
        way
        for way in dict.fromkeys(ways)
        if is_met(requirement, replace(proven, evidence=(*proven.evidence, Evidence(way, at))))
    )


def raised(requirement: Requirement, is_second_step: bool) -> Requirement:
    """The requirement with the second step that somebody else wants too: the person, or the weighing of risk. Never less."""
    return replace(requirement, is_twofold=requirement.is_twofold or is_second_step)
