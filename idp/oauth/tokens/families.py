"""Families of tokens: founded by a code, revoked as one, and usable only if `is_usable` says so.

(code swapped) ──found──▶ standing ──replay, sign-out, withdrawn consent, its client's wish──▶ revoked
             └──the replay came first: barred, found fails──────────────────────────────────────▲
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from idp.accounts.store import is_state_usable
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import Clock, instant
from idp.oauth.clients.resolve import Client
from idp.oauth.clients.resolve import is_usable as is_client_usable
from idp.oauth.details import objects
from idp.oauth.events import FamilyRevoked, TokenReplayed, client_actor
from idp.oauth.settings import OAuthSettings
from idp.oauth.tokens import store
from idp.oauth.tokens.acting import ActingPolicy
from idp.oauth.tokens.code import CodeGrant
from idp.oauth.tokens.store import Family, SessionTimes, Standing
from idp.sessions import store as session_store
from idp.sessions.standing import TOUCH_EVERY, is_standing
from idp.storage.engine import Db

OPENID = "openid"
OFFLINE = "offline_access"
ENDS_OFFLINE_TOO = frozenset(
    {
        "signed_out",
        "ended_by_person",
        "password_changed",
        "person_frozen",
        "person_closed",
        "person_deceased",
        "person_merged",
    }
)
"""Ends of a session that somebody wanted: only these reach families with `offline_access`."""
CODE_REPLAYED = "code_replayed"
REFRESH_REPLAYED = "refresh_replayed"


class Families:
    """All acts on families. `idle_seconds` is the idle limit of sessions."""

    def __init__(
        self,
        settings: OAuthSettings,
        idle_seconds: int,
        clock: Clock,
        audit: Audit,
        policy: ActingPolicy,
    ) -> None:
        self._settings = settings
        self._policy = policy
        self._idle = timedelta(seconds=idle_seconds)
        self._clock = clock
        self._audit = audit

    def look(self, db: Db, standing: Standing) -> Standing:
        """The same with what lets its person act for another, now; no query where the person acts as himself."""
        family = standing.family
        if family.delegation_id is None:
            return standing
        return replace(standing, acting=self._policy.find(db, family))

    def is_usable(
        self, standing: Standing, client: Client, *, on_session: bool = False, at_refresh: bool = False
    ) -> bool:
        """Whether tokens of this family may be used by anybody, now.

        The one answer for founding, refresh, introspection and userinfo: the family is the client's, neither revoked
        nor expired, client and person are usable, the session stands — which `offline_access` outlives, unless
        `on_session` asks for it — and its person may act for the one it is about. When that is over, or the session acts
        as somebody else, a refresh (`at_refresh`) is refused always, other uses as the policy says.
        """
        family = standing.family
        now = instant(self._clock)
        return (
            family.client_id == client.client_id
            and is_client_usable(client)
            and standing.revoked_at is None
            and not standing.is_revoked_alone
            and now < family.expires_at
            and is_state_usable(standing.person_state)
            and (
                (OFFLINE in family.scope and not on_session)
                or self._is_session_standing(standing.session, now)
            )
            and self._policy.may_be_used(standing, client, is_new=on_session, at_refresh=at_refresh)
        )

    def found(self, db: Db, grant: CodeGrant, code_digest: bytes, client: Client) -> Standing | None:
        """Add the family of a redeemed code and give it as it stands; None when it cannot.

        The primary key and the unique digest of the code are the second proof of its single use.
        """
        family = self._family(grant)
        found = store.find_founder(db, family)
        founder = None if found is None else self.look(db, found)
        if founder is None or not self.is_usable(founder, client, on_session=True):
            return None
        given = family.scope - {OPENID}
        # A consent may have been withdrawn since the code was issued.
        if given and not given <= store.find_consented_scope(db, family):
            return None
        return founder if store.add_family(db, self._row(grant, family, code_digest)) else None

    def revoke(self, db: Db, family_id: str, why: str, actor: str, place: Place) -> bool:
        """Revoke a family with its event; false if there was nothing to revoke."""
        if not store.revoke_family(db, family_id, instant(self._clock), why):
            return False
        self._audit.append(db, FamilyRevoked(actor=actor, object=family_id, place=place, why=why))
        return True

    def revoke_replayed_code(self, db: Db, grant: CodeGrant, code_digest: bytes, place: Place) -> None:
        """Revoke what a code led to, even when its first redemption has not written its family yet (RFC 9700 §4.5)."""
        row = self._row(grant, self._family(grant), code_digest)
        store.revoke_or_bar_family(
            db, {**row, "revoked_at": instant(self._clock), "revoked_for": CODE_REPLAYED}
        )
        self._note_replay(db, grant.family_id, grant.client_id, CODE_REPLAYED, place)

    def is_founded(self, db: Db, grant: CodeGrant) -> bool:
        """Whether the first redemption of this code has written its family."""
        return store.has_family(db, grant.family_id)

    def keep_session(self, db: Db, standing: Standing) -> None:
        """Count the use of a family as a use of its session, at most once a minute: whoever works in an application
        is not idle.
        """
        now = instant(self._clock)
        session = standing.session
        if session is not None and session.ended_at is None and now - session.seen_at > TOUCH_EVERY:
            session_store.touch(db, standing.family.session_id, now)

    def revoke_replayed_refresh(self, db: Db, family: Family, place: Place) -> None:
        """Revoke the family of a refresh token that came twice (RFC 9700 §4.14.2)."""
        store.revoke_family(db, family.id, instant(self._clock), REFRESH_REPLAYED)
        self._note_replay(db, family.id, family.client_id, REFRESH_REPLAYED, place)

    def revoke_session(self, db: Db, session_id: str, why: str) -> int:
        """Revoke the families of an ended session; how many. The session's own event tells of it.

        Families with `offline_access` outlive an end that nobody asked for (idle, absolute limit).
        """
        with_offline = why in ENDS_OFFLINE_TOO
        return store.revoke_of_session(db, session_id, instant(self._clock), why, with_offline)

    def revoke_switched(self, db: Db, session_id: str, delegation_id: str) -> int:
        """Revoke what a session holds on a grant that it acts on no more, where the policy says at once; how many."""
        families = store.list_for_another(db, session_id, delegation_id)
        now = instant(self._clock)
        at_once = [family_id for family_id, scope in families if self._policy.ends_at_once(scope)]
        return sum(store.revoke_family(db, family_id, now, "capacity_switched") for family_id in at_once)

    def revoke_consent(self, db: Db, person_id: str, client_id: str, why: str) -> int:
        """Revoke what a person's withdrawn consent had given a client; how many. The consent's own event tells of it."""
        return store.revoke_of_consent(db, person_id, client_id, instant(self._clock), why)

    def _is_session_standing(self, session: SessionTimes | None, now: datetime) -> bool:
        return session is not None and is_standing(session, now, self._idle)

    def _family(self, grant: CodeGrant) -> Family:
        scope = frozenset(grant.scope.split())
        seconds = self._settings.offline_seconds if OFFLINE in scope else self._settings.refresh_token_seconds
        return Family(
            grant.family_id,
            grant.client_id,
            grant.person_id,
            grant.session_id,
            scope,
            datetime.fromtimestamp(grant.auth_time, UTC),
            grant.acr,
            grant.amr,
            instant(self._clock) + timedelta(seconds=seconds),
            grant.capacity,
            grant.delegation_id,
            grant.via_delegation_id,
            frozenset(grant.details.split()),
        )

    def _row(self, grant: CodeGrant, family: Family, code_digest: bytes) -> dict[str, object]:
        return {
            "id": family.id,
            "code_digest": code_digest,
            "client_id": family.client_id,
            "person_id": family.person_id,
            "session_id": family.session_id,
            "scope": grant.scope,
            "auth_time": family.auth_time,
            "acr": family.acr,
            "amr": family.amr,
            "nonce": grant.nonce,
            "capacity": family.capacity,
            "delegation_id": family.delegation_id,
            "via_delegation_id": family.via_delegation_id,
            "details": objects(family.details) or None,
            "created_at": instant(self._clock),
            "expires_at": family.expires_at,
        }

    def _note_replay(self, db: Db, family_id: str, client_id: str, kind: str, place: Place) -> None:
        actor = client_actor(client_id)
        self._audit.append(
            db,
            TokenReplayed(actor=actor, object=family_id, place=place, kind=kind),
            FamilyRevoked(actor=actor, object=family_id, place=place, why=kind),
        )
