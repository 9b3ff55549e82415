"""Sign-in sessions: open, find, touch, list, end.

open ──use──▶ open ──idle or absolute limit, sign-out, ended elsewhere, person frozen──▶ ended
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crypto.tokens import digest, random_token
from idp.accounts.models import PersonState
from idp.accounts.store import is_state_usable
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.authenticators.evidence import HIGHEST, Evidence, acr_of, amr_of, joined, level_of, oldest, write
from idp.clock import Clock, instant
from idp.sessions import store
from idp.sessions.events import SessionEnded
from idp.sessions.logout import Participant
from idp.sessions.settings import SessionSettings
from idp.sessions.standing import TOUCH_EVERY, is_standing
from idp.sessions.store import SsoSession
from idp.storage.engine import Db


class Sessions:
    """All acts on sessions; a session is usable only if `is_usable` says so."""

    def __init__(
        self, settings: SessionSettings, clock: Clock, audit: Audit, participants: Sequence[Participant]
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._audit = audit
        self._participants = participants

    def open(
        self,
        db: Db,
        person_id: str,
        proofs: Sequence[Evidence],
        place: str,
        device: str,
        *,
        is_shared: bool = False,
    ) -> tuple[SsoSession, str]:
        """Open a session on what was proved; returned with the value of its cookie, which is kept nowhere else.

        `is_shared` makes it short: others sit at the same computer next.
        """
        now = instant(self._clock)
        cookie = random_token()
        row = SsoSession(
            random_token(16),
            person_id,
            acr_of(proofs),
            amr_of(proofs),
            _signed_in_at(proofs),
            now,
            now,
            self._end(now, is_shared),
            place,
            device,
            None,
            PersonState.ACTIVE,
            evidence=write(proofs),
            idle_seconds=self._idle(proofs, None, is_shared),
        )
        values = {
            name: getattr(row, name) for name in SsoSession.__dataclass_fields__ if name != "person_state"
        }
        store.add(db, {**values, "cookie_digest": digest(cookie)})
        return row, cookie

    def renew(
        self, db: Db, sso: SsoSession, proofs: Sequence[Evidence], *, is_shared: bool = False
    ) -> tuple[SsoSession, str]:
        """The same session after its person proved more: a new cookie, the same `sid`; what was proved before stays proved.

        `is_shared` makes it short from now on.
        """
        cookie, now = random_token(), instant(self._clock)
        every = joined(sso.proofs, proofs)
        renewed = replace(
            sso,
            acr=acr_of(every),
            amr=amr_of(every),
            auth_time=_signed_in_at(every),
            seen_at=now,
            evidence=write(every),
            expires_at=min(sso.expires_at, self._end(now, is_shared)),
            idle_seconds=self._idle(every, sso.idle_seconds, is_shared),
        )
        store.renew(db, renewed, digest(cookie))
        return renewed, cookie

    def _end(self, now: datetime, is_shared: bool) -> datetime:
        """When a session that begins now ends, used or not."""
        longest = self._settings.absolute_seconds
        shared = self._settings.shared_absolute_seconds if is_shared else longest
        return now + timedelta(seconds=min(longest, shared))

    def _idle(self, proofs: Sequence[Evidence], before: int | None, is_shared: bool) -> int:
        """The idle limit by level and place: the shortest that holds, and one that held before stays."""
        limits = [self._settings.idle_seconds, before or self._settings.idle_seconds]
        if level_of(proofs) == HIGHEST:
            limits.append(self._settings.hardware_idle_seconds)
        if is_shared:
            limits.append(self._settings.shared_idle_seconds)
        return min(limits)

    def find(self, db: Db, cookie: str | None) -> SsoSession | None:
        """The usable session of this cookie, or None. One query; at most one write a minute."""
        sso = store.find_by_cookie(db, digest(cookie)) if cookie else None
        return sso if sso is not None and self.is_usable(sso) else None

    def is_usable(self, sso: SsoSession) -> bool:
        """Whether the session stands now: not ended, within both limits, and its person active."""
        idle = timedelta(seconds=self._settings.idle_seconds)
        return is_standing(sso, instant(self._clock), idle) and is_state_usable(sso.person_state)

    def needs_touch(self, sso: SsoSession) -> bool:
        """Whether the time of last use is more than a minute old."""
        return instant(self._clock) - sso.seen_at > TOUCH_EVERY

    def touch(self, db: Db, sso: SsoSession) -> None:
        """Remember the use, at most once a minute."""
        if self.needs_touch(sso):
            store.touch(db, sso.id, instant(self._clock))

    def list_open(self, db: Db, person_id: str) -> list[SsoSession]:
        """A person's open sessions, newest first."""
        now, idle = instant(self._clock), timedelta(seconds=self._settings.idle_seconds)
        found = store.list_open(db, person_id, now, now - idle)
        return [sso for sso in found if is_standing(sso, now, idle)]

    def list_not_ended(self, db: Db, person_id: str) -> list[SsoSession]:
        """A person's sessions that nobody has ended, whatever their limits say; at most 100 at once."""
        return store.list_not_ended(db, person_id)

    def person_gone(self, db: Db, person_id: str, why: str, actor: str, place: Place) -> None:
        """End every session of a person, at whatever number there are."""
        while sessions := store.list_not_ended(db, person_id):
            for sso in sessions:
                self.end(db, sso, why, actor, place)

    def end(self, db: Db, sso: SsoSession, why: str, actor: str, place: Place) -> bool:
        """End a session with all that hangs on it: tokens revoked, applications queued to be told. False if it had ended."""
        now = instant(self._clock)
        if not store.end(db, sso.id, now, why):
            return False
        client_ids = store.list_participants(db, sso.id)
        for participant in self._participants:
            participant.session_ended(db, sso, client_ids, why, now)
        self._audit.append(
            db, SessionEnded(actor=actor, object=sso.id, place=place, why=why, participants=len(client_ids))
        )
        return True


def _signed_in_at(proofs: Sequence[Evidence]) -> datetime:
    return datetime.fromtimestamp(oldest(proofs), UTC)
