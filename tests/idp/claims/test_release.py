"""What may leave about a person, and in which answers."""

from datetime import UTC, datetime

import pytest

from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.claims.catalogue import CLAIMS
from idp.claims.release import Release
from idp.settings import Profile
from idp.storage.labels import Label
from tests.support.clock import StandingClock
from tests.support.synthetic import synthetic_id_number

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLOCK = StandingClock()
PERSON = Person(
    "person-1",
    "resident_id",
    synthetic_id_number(1),
    "测试样例",
    "19900000001",
    3,
    PersonState.ACTIVE,
    NOW,
    NOW,
)
SCOPES = frozenset({"openid", "realname", "idcard", "mobile"})
SENSITIVE = {claim.name for claim in CLAIMS if claim.label is Label.SENSITIVE}


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_in_production_sensitive_claims_leave_encrypted_or_not_at_all(is_encrypted: bool) -> None:
    """Everything else leaves either way; the question and the answer agree about each claim."""
    release = Release(Profile.PRODUCTION, CLOCK)
    given = set(release.values(PERSON, SCOPES, is_encrypted=is_encrypted))
    everything = set(Release(Profile.SANDBOX, CLOCK).values(PERSON, SCOPES))
    assert {"id_number"} == SENSITIVE
    assert given == (everything if is_encrypted else everything - SENSITIVE)
    assert given == {name for name in everything if release.may_leave(name, is_encrypted=is_encrypted)}


def test_what_says_nothing_of_encryption_is_plain() -> None:
    """Nobody gets a sensitive claim by forgetting to say how the answer travels."""
    assert "id_number" not in Release(Profile.PRODUCTION, CLOCK).values(PERSON, SCOPES)
    assert not Release(Profile.PRODUCTION, CLOCK).may_leave("id_number")
