"""What is still to do is decided from evidence (a table of all cases)."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.accounts.models import PersonState
from idp.login.policy import Next, next_step
from idp.login.requirement import Requirement
from idp.sessions.store import SsoSession

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)


def _session(auth_time: datetime) -> SsoSession:
    end = auth_time + timedelta(hours=8)
    return SsoSession(
        "s", "p", "acr", "pwd", auth_time, auth_time, auth_time, end, "x", "y", None, PersonState.ACTIVE
    )


@pytest.mark.parametrize(
    ("since", "has_session", "expected"),
    [
        (None, False, Next.SIGN_IN),
        (None, True, Next.NOTHING),
        (0.0, False, Next.SIGN_IN),
        (AT.timestamp() - 1, True, Next.NOTHING),
        (AT.timestamp(), True, Next.NOTHING),
        (AT.timestamp() + 0.001, True, Next.SIGN_IN),
        (AT.timestamp() + 3600, True, Next.SIGN_IN),
    ],
)
def test_a_session_serves_when_it_is_young_enough(
    since: float | None, has_session: bool, expected: Next
) -> None:
    """No session, or one from before the demanded moment, means signing in; nothing else does."""
    sso = _session(AT) if has_session else None
    assert next_step(Requirement(signed_in_since=since), sso) is expected
