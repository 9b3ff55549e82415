"""What may leave about a person, and in which answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.applications import store as applications
from idp.applications.models import ApplicationState
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.claims import store
from idp.claims.catalogue import CLAIMS
from idp.claims.grants import Grants
from idp.claims.log import ReleaseLog
from idp.claims.release import Release
from idp.claims.store import Released
from idp.settings import Profile
from idp.storage.base import Base
from idp.storage.engine import Sql
from idp.storage.labels import Label
from idp.storage.stamps import Stamps
from tests.support.approving import approved
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
PLACE = Place("console", "test")
APP = "app-1"


class _Desk:
    """The part that decides, over a database with two applications; the first has every claim approved."""

    def __init__(self, folder: Path) -> None:
        self.clock = StandingClock()
        self.sql = Sql(f"sqlite:///{folder}/claims.db")
        Base.metadata.create_all(self.sql.engine)
        self.grants = Grants(self.sql, Stamps(self.sql, self.clock), self.clock, Audit(self.sql, self.clock))
        with self.sql.begin() as db:
            for number in (1, 2):
                applications.add(
                    db,
                    {
                        "id": f"app-{number}",
                        "name": "示例",
                        "name_en": "Example",
                        "department": "示例",
                        "department_en": "Example",
                        "home_url": "https://app.test/",
                        "state": ApplicationState.ACTIVE,
                        "created_at": NOW,
                    },
                )
            for claim in CLAIMS:
                store.put_grant(db, approved(APP, claim.name, NOW))

    def release(self, profile: Profile = Profile.PRODUCTION) -> Release:
        return Release(profile, self.clock, self.grants)


@pytest.fixture
def desk(tmp_path: Path) -> _Desk:
    return _Desk(tmp_path)


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_in_production_sensitive_claims_leave_encrypted_or_not_at_all(
    desk: _Desk, is_encrypted: bool
) -> None:
    """Everything else leaves either way; the question and the answer agree about each claim."""
    release = desk.release()
    allowed = release.allowed(APP, is_encrypted=is_encrypted)
    everything = release.values(PERSON, SCOPES, desk.release(Profile.SANDBOX).allowed(APP)).keys()
    assert {"id_number"} == SENSITIVE
    given = release.values(PERSON, SCOPES, allowed).keys()
    assert given == (everything if is_encrypted else everything - SENSITIVE)


def test_what_says_nothing_of_encryption_is_plain(desk: _Desk) -> None:
    """Nobody gets a sensitive claim by forgetting to say how the answer travels."""
    assert "id_number" not in desk.release().allowed(APP)
    assert not desk.release().may_leave("id_number")


@pytest.mark.parametrize("profile", list(Profile))
def test_nothing_leaves_to_an_application_that_nothing_is_approved_for(desk: _Desk, profile: Profile) -> None:
    """Whatever the scope, the profile and the encryption."""
    release = desk.release(profile)
    for application_id in ("app-2", "unknown", ""):
        allowed = release.allowed(application_id, is_encrypted=True)
        assert allowed == frozenset() and release.values(PERSON, SCOPES, allowed) == {}
        assert release.offered(application_id, SCOPES | {"api:read", "matter:TAX-001"}) == {
            "openid",
            "api:read",
            "matter:TAX-001",
        }


def test_a_grant_gives_no_claim_beyond_the_scope(desk: _Desk) -> None:
    """Approved for all, asked for the name: the name and the level."""
    given = desk.release().values(PERSON, frozenset({"openid", "realname"}), desk.release().allowed(APP))
    assert given == {"name": "测试样例", "ial": 3}


def test_a_grant_ends_on_its_day_and_by_an_officer(desk: _Desk) -> None:
    """Its last moment is not within it; ended, approved anew and ended again, all of it is told by events."""
    until = datetime.fromtimestamp(desk.clock.timestamp() + 100, UTC)
    with desk.sql.begin() as db:
        desk.grants.grant(db, approved("app-2", "name", NOW, expires_at=until), PLACE)
    desk.clock.advance(99)
    assert desk.grants.standing("app-2") == {"name"}
    desk.clock.advance(1)
    assert desk.grants.standing("app-2") == frozenset()
    with desk.sql.begin() as db:
        later = until + timedelta(days=1)
        desk.grants.grant(db, approved("app-2", "name", NOW, expires_at=later), PLACE)
        assert desk.grants.end(db, "app-2", "name", "cli:test", PLACE)
        assert not desk.grants.end(db, "app-2", "name", "cli:test", PLACE)
        assert not desk.grants.end(db, "app-2", "ial", "cli:test", PLACE)
    desk.clock.advance(1)
    assert desk.grants.standing("app-2") == frozenset()


def test_a_process_that_remembers_much_forgets_the_oldest(
    desk: _Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was forgotten is written again, which changes nothing."""
    written: list[Released] = []
    monkeypatch.setattr("idp.claims.log.MOST", 3)
    monkeypatch.setattr(store, "note_release", lambda _db, released, _now: written.append(released))
    log = ReleaseLog(desk.clock)
    told = [Released("p", None, "c", f"family-{number}", ("name",)) for number in range(5)]
    with desk.sql.once() as db:
        for one in (*told, *told[2:], told[0]):
            log.note(db, one)
        log.note(db, told[4]._replace(claims=()))
    assert written == [*told, told[0]]


def test_every_claim_tells_officers_what_it_is() -> None:
    """Both languages, and a scope by which it is asked for."""
    for claim in CLAIMS:
        assert claim.meaning_in("zh-CN") and claim.meaning_in("en") and claim.scopes
        assert claim.meaning_in("en").isascii() and not claim.meaning_in("zh-CN").isascii()
