"""What OAuth does when a session ends or a consent is withdrawn: tokens revoked, notices queued, in that transaction."""

from datetime import datetime

from crypto.tokens import random_token
from idp.oauth.clients.resolve import ClientResolver
from idp.oauth.logout import store
from idp.oauth.logout.models import DeliveryState
from idp.oauth.tokens.families import Families
from idp.sessions.store import SsoSession
from idp.storage.engine import Db


class OAuthParticipant:
    """Implements `sessions.logout.Participant`, `consent.service.ConsentListener` and `acting.service.SwitchListener`."""

    def __init__(self, clients: ClientResolver, families: Families) -> None:
        self._clients = clients
        self._families = families

    def session_ended(self, db: Db, sso: SsoSession, client_ids: list[str], why: str, now: datetime) -> None:
        self._families.revoke_session(db, sso.id, why)
        store.add(
            db, [self._notice(sso, client_id, now) for client_id in client_ids if self._wants(client_id)]
        )

    def capacity_switched(self, db: Db, former: SsoSession, now: datetime) -> None:
        if former.delegation_id is not None:
            self._families.revoke_switched(db, former.id, former.delegation_id)

    def consent_withdrawn(self, db: Db, person_id: str, client_id: str, now: datetime) -> None:
        self._families.revoke_consent(db, person_id, client_id, "consent_withdrawn")

    def _wants(self, client_id: str) -> bool:
        client = self._clients.find(client_id)
        return client is not None and client.backchannel_logout_uri is not None

    def _notice(self, sso: SsoSession, client_id: str, now: datetime) -> dict[str, object]:
        return {
            "id": random_token(16),
            "session_id": sso.id,
            "client_id": client_id,
            "person_id": sso.person_id,
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "next_at": now,
            "last_result": "",
            "created_at": now,
        }
