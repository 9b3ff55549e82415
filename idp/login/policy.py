"""Pure: what has a person still to do? Decided from evidence, never from the position in a flow."""

from enum import StrEnum

from idp.login.requirement import Requirement
from idp.sessions.store import SsoSession


class Next(StrEnum):
    """The next step of a sign-in."""

    SIGN_IN = "sign_in"
    NOTHING = "nothing"


def next_step(requirement: Requirement, sso: SsoSession | None) -> Next:
    """What is missing to satisfy the requirement, given the usable session of this browser, if any."""
    if sso is None:
        return Next.SIGN_IN
    since = requirement.signed_in_since
    if since is not None and sso.auth_time.timestamp() < since:
        return Next.SIGN_IN
    return Next.NOTHING
