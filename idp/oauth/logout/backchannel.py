"""Telling applications that a session ended (OpenID Connect Back-Channel Logout 1.0), with retries and a ledger.

pending ──2xx──▶ delivered
   │ other answer, or none: again after 10 s, 1 min, 5 min, 30 min, 2 h
   └──sixth failure──▶ failed
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

from idp.claims.subject import Subjects
from idp.clock import Clock, instant
from idp.errors import IdpError
from idp.oauth.clients.resolve import PERSONS_ONLY, Client, ClientResolver
from idp.oauth.logout import store
from idp.oauth.logout.models import DeliveryState
from idp.oauth.logout.store import Delivery
from idp.oauth.tokens import logout_token
from idp.oauth.tokens.protect import Protect
from idp.observe.metrics import Metrics
from idp.outbound import Outbound
from idp.storage.engine import Sql

RETRY_SECONDS = (10, 60, 300, 1800, 7200)
AT_ONCE = 8
PATIENCE_SECONDS = 3.0
BATCH = 200


class BackchannelLogout:
    """Delivers queued notices: at once after a sign-out, and by the worker what is left."""

    def __init__(
        self,
        issuer: str,
        sql: Sql,
        clock: Clock,
        protect: Protect,
        subjects: Subjects,
        clients: ClientResolver,
        outbound: Outbound,
        metrics: Metrics,
    ) -> None:
        self._issuer = issuer
        self._sql = sql
        self._clock = clock
        self._protect = protect
        self._subjects = subjects
        self._clients = clients
        self._outbound = outbound
        self._metrics = metrics

    def deliver_session(self, session_id: str) -> list[Delivery]:
        """Try all notices about one session side by side, for three seconds at most, and give the ledger as it is then."""
        with self._sql.once() as db:
            waiting = [
                d.id for d in store.list_of_session(db, session_id) if d.state is DeliveryState.PENDING
            ]
        if waiting:
            pool = ThreadPoolExecutor(min(AT_ONCE, len(waiting)), "logout")
            wait([pool.submit(self._try, delivery_id) for delivery_id in waiting], PATIENCE_SECONDS)
            pool.shutdown(wait=False, cancel_futures=True)
        with self._sql.once() as db:
            return store.list_of_session(db, session_id)

    def deliver_due(self) -> int:
        """Try what is due; the number of tries. The worker calls this."""
        with self._sql.once() as db:
            due: Sequence[str] = store.list_due(db, instant(self._clock), BATCH)
        with ThreadPoolExecutor(AT_ONCE, "logout") as pool:
            list(pool.map(self._try, due))
        return len(due)

    def _try(self, delivery_id: str) -> None:
        now = instant(self._clock)
        with self._sql.begin() as db:
            # The next try is written before this one starts: a process that dies here loses no notice.
            delivery = store.claim(db, delivery_id, now, now + timedelta(seconds=RETRY_SECONDS[0]))
        if delivery is None:
            return
        state, result = self._send(delivery)
        delay = RETRY_SECONDS[min(delivery.attempts, len(RETRY_SECONDS)) - 1]
        with self._sql.begin() as db:
            store.settle(db, delivery, state, result, instant(self._clock) + timedelta(seconds=delay))
        self._metrics.logout_delivery(state.value)

    def _send(self, delivery: Delivery) -> tuple[DeliveryState, str]:
        client = self._clients.find(delivery.client_id)
        if client is None or client.backchannel_logout_uri is None:
            return DeliveryState.FAILED, "no address"
        try:
            answer = self._outbound.post_form(
                client.backchannel_logout_uri, {"logout_token": self._token(client, delivery)}
            )
        except IdpError as error:
            return self._after(delivery), error.code
        if 200 <= answer.status < 300:
            return DeliveryState.DELIVERED, str(answer.status)
        return self._after(delivery), str(answer.status)

    def _token(self, client: Client, delivery: Delivery) -> str:
        # Whom its tokens were about may differ by token: the session says it all (Back-Channel Logout §2.4).
        is_plain = client.capacities == PERSONS_ONLY
        subject = self._subjects.pairwise(delivery.person_id, client.sector_identifier) if is_plain else None
        return logout_token.build(
            self._issuer, self._protect, self._clock, client, subject, delivery.session_id
        )

    def _after(self, delivery: Delivery) -> DeliveryState:
        return DeliveryState.FAILED if delivery.attempts > len(RETRY_SECONDS) else DeliveryState.PENDING
