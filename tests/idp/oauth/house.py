"""The token side of a provider put together by hand, over any pair of stores, with a clock that stands still."""

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch
from urllib.parse import quote_plus, urlencode

import orjson
from sqlalchemy import event, func, select

from crypto.keys.handle import Algorithm
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.lookup import Lookup
from crypto.seal import Sealer
from crypto.tokens import random_bytes, random_token
from idp.accounts.models import PersonState
from idp.accounts.store import Person, PersonStore
from idp.acting.settings import ActingSettings
from idp.applications import store as applications
from idp.applications.models import ApplicationState
from idp.audit.models import AuditRow
from idp.audit.service import Audit
from idp.claims import store as release_store
from idp.claims.catalogue import claims_of as catalogue_claims_of
from idp.claims.grants import Grants
from idp.claims.log import ReleaseLog
from idp.claims.release import Release
from idp.claims.subject import Subjects
from idp.clock import instant
from idp.consent import store as consents
from idp.delegations.capacities import Capacities
from idp.delegations.store import DelegationStore
from idp.ephemeral.box import Box
from idp.ephemeral.port import Store
from idp.keys import store as key_store
from idp.keys.alarms import Alarms
from idp.keys.keyring import Keyring
from idp.keys.models import KeyPairRow, KeyState
from idp.keys.providers import Providers
from idp.matters.service import Matters
from idp.oauth.clients import assertion
from idp.oauth.clients import store as clients
from idp.oauth.clients.assertion import Assertions, UsedAssertion
from idp.oauth.clients.authentication import SECRET_KIND, ClientAuthentication
from idp.oauth.clients.keys import ClientKeys
from idp.oauth.clients.resolve import Client, TableClients
from idp.oauth.endpoints.discovery import DiscoveryEndpoint
from idp.oauth.endpoints.introspect import IntrospectionEndpoint
from idp.oauth.endpoints.jwks import JwksEndpoint
from idp.oauth.endpoints.revoke import RevocationEndpoint
from idp.oauth.endpoints.token import TokenEndpoint
from idp.oauth.endpoints.userinfo import UserinfoEndpoint
from idp.oauth.grants.base import GrantParts
from idp.oauth.grants.pkce import challenge_of
from idp.oauth.grants.table import GRANTS
from idp.oauth.metadata import address_of, metadata
from idp.oauth.settings import OAuthSettings
from idp.oauth.tokens.access_token import AccessTokens
from idp.oauth.tokens.acting import ActingPolicy
from idp.oauth.tokens.code import CodeGrant, Codes, code_box
from idp.oauth.tokens.device_code import device_codes
from idp.oauth.tokens.families import Families
from idp.oauth.tokens.id_token import IdTokens
from idp.oauth.tokens.inspect import Inspection
from idp.oauth.tokens.issue import Issue
from idp.oauth.tokens.protect import Protect
from idp.oauth.tokens.refresh_token import RefreshTokens
from idp.observe.metrics import Metrics
from idp.organisations.store import OrganisationStore
from idp.sessions import store as sessions
from idp.settings import Profile
from idp.storage.base import table_of
from idp.storage.direct import Plan
from idp.storage.engine import Sql
from idp.storage.stamps import Stamps, raise_stamp
from idp.web.exchange import Answer, Request
from tests.support.approving import approved
from tests.support.synthetic import synthetic_id_number

ISSUER = "https://idp.example.test"
REDIRECT_URI = "https://app.example.test/callback"
ORIGIN = "https://app.example.test"
VERIFIER = "v" * 43
SECRET = "a secret: with+signs%"
IDLE_SECONDS = 1800
SESSION_SECONDS = 8 * 3600
NOW = 1_795_000_000.0

Post = Callable[..., "Response"]


class StandingClock:
    """Moves only when told."""

    def __init__(self) -> None:
        self.now = NOW

    def timestamp(self) -> float:
        return self.now


class CountingStore:
    """Notes every call that goes to the short-lived store."""

    def __init__(self, store: Store) -> None:
        self.inner = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self.inner, name)


@dataclass(frozen=True)
class Response:
    """An answer as a client sees it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return dict(orjson.loads(self.body))

    @property
    def error(self) -> str:
        return str(self.json["error"])


@dataclass
class House:
    """Everything a test of the token side asks for."""

    sql: Sql
    store: Store
    clock: StandingClock = field(default_factory=StandingClock)
    fetched: list[str] = field(default_factory=list)
    published: dict[str, object] = field(default_factory=dict)
    profile: Profile = Profile.SANDBOX

    def __post_init__(self) -> None:
        clock, sql = self.clock, self.sql
        self.calls = CountingStore(self.store)
        self.provider = provider = SoftwareKeys(new_root_key())
        self.sealer, self.lookup = Sealer({1: random_bytes(16)}, 1), Lookup(random_bytes(32))
        self.audit = Audit(sql, clock)
        self.keyring = Keyring(
            sql, Providers(provider), Stamps(sql, clock), clock, Alarms(Audit(sql, clock), Metrics())
        )
        self.keyring.create_missing()
        self.clients = TableClients(sql, Stamps(sql, clock))
        self.persons = PersonStore(self.sealer, self.lookup)
        self.subjects = Subjects(random_bytes(32))
        self.settings = OAuthSettings.model_validate({})
        capacities = Capacities(DelegationStore(self.sealer, self.lookup))
        matters = Matters(sql, Stamps(sql, clock), clock, self.audit)
        policy = ActingPolicy(ActingSettings.model_validate({}), clock, capacities, matters)
        self.families = Families(self.settings, IDLE_SECONDS, clock, self.audit, policy)
        self.codes = Codes(code_box(self.calls, self.sealer, self.lookup, self.settings.code_seconds))
        refresh_tokens = RefreshTokens(clock)
        self.find_refresh = refresh_tokens.find
        self.access_tokens = AccessTokens(ISSUER, self.keyring, self.settings.access_token_seconds, clock)
        keys = ClientKeys(self._fetch, clock)
        self.protect = protect = Protect(ISSUER, self.keyring, keys, clock)
        id_tokens = IdTokens(ISSUER, protect, self.settings.id_token_seconds, clock)
        self.grants = Grants(sql, Stamps(sql, clock), clock, self.audit)
        self.release = release = Release(self.profile, clock, self.grants)
        self.log = ReleaseLog(clock)
        issue = Issue(self.access_tokens, id_tokens, self.subjects, release, self.log)
        parts = GrantParts(
            sql,
            self.codes,
            device_codes(self.calls, self.sealer, self.lookup, clock),
            self.families,
            refresh_tokens,
            issue,
            self.audit,
        )
        used = Box(self.calls, self.sealer, self.lookup, "assertion", UsedAssertion, assertion.MAX_SECONDS)
        audiences = frozenset({ISSUER, address_of(ISSUER, "token.answer")})
        assertions = Assertions(keys, used, audiences, clock)
        authentication = ClientAuthentication(self.clients, self.lookup, assertions, self.audit)
        inspection = Inspection(self.clients, self.access_tokens, refresh_tokens, self.families)
        organisations = OrganisationStore(self.sealer, self.lookup)
        self.endpoints: dict[str, Callable[[Request], Answer]] = {
            "token": TokenEndpoint(
                authentication, {name: make(parts) for name, make in GRANTS.items()}, self.audit, Metrics()
            ).answer,
            "introspect": IntrospectionEndpoint(
                authentication, inspection, sql, protect, release, self.log
            ).answer,
            "revoke": RevocationEndpoint(authentication, inspection, self.families, sql, self.audit).answer,
            "userinfo": UserinfoEndpoint(
                inspection, self.persons, release, sql, protect, organisations, self.log, matters
            ).answer,
            "jwks": JwksEndpoint(self.keyring).answer,
            "discovery": DiscoveryEndpoint(partial(metadata, ISSUER, release), self.keyring).answer,
        }

    def _fetch(self, url: str) -> object:
        self.fetched.append(url)
        published = self.published[url]
        if isinstance(published, Exception):
            raise published
        return published

    def add_client(self, client_id: str, **changes: Any) -> str:
        """A confidential web client with the secret `SECRET` and all grants, unless told otherwise."""
        now = instant(self.clock)
        application = {
            "id": f"app-{client_id}",
            "name": "示例应用",
            "name_en": "Example",
            "department": "示例单位",
            "department_en": "Office",
            "home_url": ORIGIN,
            "state": ApplicationState.ACTIVE,
            "created_at": now,
        }
        row: dict[str, object] = {
            "client_id": client_id,
            "application_id": application["id"],
            "kind": "web",
            "client_secret_digest": self.lookup.digest(SECRET_KIND, SECRET),
            "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": [REDIRECT_URI],
            "post_logout_redirect_uris": [],
            "grant_types": list(GRANTS),
            "scope": "openid offline_access realname idcard mobile api:read",
            "optional_scope": "",
            "scope_purpose": {},
            "jwks": None,
            "jwks_uri": None,
            "id_token_signed_response_alg": "ES256",
            "access_token_signed_response_alg": "ES256",
            "sector_identifier": f"{client_id}.example.test",
            "backchannel_logout_uri": None,
            "may_introspect": False,
            "created_at": now,
        }
        with self.sql.begin() as db:
            applications.add(db, application)
            clients.add(db, row | changes)
            for claim in catalogue_claims_of(frozenset(str((row | changes)["scope"]).split())):
                release_store.put_grant(db, approved(f"app-{client_id}", claim.name, now))
        self.clock.now += 2
        return client_id

    def change_client(self, client_id: str, **values: object) -> None:
        """Change a client and let the caches learn of it."""
        with self.sql.begin() as db:
            clients.change(db, client_id, values)
        self.clock.now += 2

    def suspend(self, client_id: str) -> None:
        """Suspend the application of a client and let the caches learn of it."""
        with self.sql.begin() as db:
            applications.change_state(db, f"app-{client_id}", ApplicationState.SUSPENDED)
        self.clock.now += 2

    def add_signing_key(self, algorithm: Algorithm) -> str:
        """Publish a further key of an algorithm; its id."""
        made = self.provider.generate(algorithm)
        row = {
            "kid": made.handle.kid,
            "purpose": "token",
            "provider": self.provider.name,
            "used": 0,
            "algorithm": algorithm,
            "state": KeyState.PUBLISHED,
            "public_jwk": dict(made.handle.public_jwk),
            "wrapped": made.wrapped,
            "created_at": instant(self.clock),
            "published_at": instant(self.clock),
        }
        with self.sql.begin() as db:
            key_store.add_key_pair(db, row)
        return made.handle.kid

    def retire_keys(self, algorithm: str) -> None:
        """Retire all keys of an algorithm and let the caches learn of it."""
        keys = table_of(KeyPairRow)
        with self.sql.begin() as db:
            db.execute(keys.update().where(keys.c.algorithm == algorithm).values(state=KeyState.RETIRED))
            raise_stamp(db, key_store.STAMP)
        self.clock.now += 2

    def client(self, client_id: str) -> Client:
        """A client as the endpoints see it."""
        found = self.clients.find(client_id)
        assert found is not None
        return found

    def add_person(self, person_id: str = "person-1") -> str:
        """A synthetic person with a session of the same number."""
        now = instant(self.clock)
        number = int(person_id.rpartition("-")[2])
        person = Person(
            person_id,
            "resident_id",
            synthetic_id_number(number),
            "测试样例",
            None,
            3,
            PersonState.ACTIVE,
            now,
            now,
        )
        session = {
            "id": f"session-{number}",
            "cookie_digest": random_bytes(32),
            "person_id": person_id,
            "acr": "urn:yihao:aal:1",
            "amr": "pwd",
            "evidence": "",
            "auth_time": now,
            "created_at": now,
            "seen_at": now,
            "idle_seconds": None,
            "expires_at": now + timedelta(seconds=SESSION_SECONDS),
            "place": "",
            "device": "",
            "ended_at": None,
            "ended_for": None,
        }
        with self.sql.begin() as db:
            self.persons.add(db, [person])
            sessions.add(db, session)
        return person_id

    def touch_session(self, session_id: str) -> None:
        """Use a session, as a sign-on to another application does."""
        with self.sql.begin() as db:
            sessions.touch(db, session_id, instant(self.clock))

    def end_session(self, session_id: str, why: str) -> None:
        """End a session as the session service does, with what hangs on it."""
        with self.sql.begin() as db:
            sessions.end(db, session_id, instant(self.clock), why)
            self.families.revoke_session(db, session_id, why)

    def grant(self, client_id: str, scope: str = "openid realname", **changes: Any) -> CodeGrant:
        """What the authorization endpoint would put behind a code."""
        values: dict[str, Any] = {
            "family_id": random_token(16),
            "client_id": client_id,
            "redirect_uri": REDIRECT_URI,
            "code_challenge": challenge_of(VERIFIER),
            "nonce": "n-1",
            "scope": " ".join(sorted(scope.split())),
            "person_id": "person-1",
            "session_id": "session-1",
            "auth_time": self.clock.now,
            "acr": "urn:yihao:aal:1",
            "amr": "pwd",
        }
        grant = CodeGrant(**values | changes)
        self._consent(grant)
        return grant

    def _consent(self, grant: CodeGrant) -> None:
        """The person's consent to what is granted, which the consent page would have kept."""
        with self.sql.begin() as db:
            if self.persons.find(db, grant.person_id) is not None:
                now = instant(self.clock)
                consents.put(db, grant.person_id, grant.client_id, grant.scope, grant.scope, now)

    def code(self, client_id: str, scope: str = "openid realname", **changes: Any) -> str:
        """A fresh code of a grant."""
        return self.codes.issue(self.grant(client_id, scope, **changes))

    def redeem(self, client_id: str, code: str, **changes: str) -> Response:
        """A code sent to the token endpoint as an honest client would, unless told otherwise."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
        return self.post("token", form | {"code_verifier": VERIFIER} | changes, basic(client_id))

    def tokens(self, client_id: str, scope: str = "openid realname", **changes: Any) -> dict[str, Any]:
        """The tokens of a whole exchange."""
        answer = self.redeem(client_id, self.code(client_id, scope, **changes))
        assert answer.status == 200, answer.body
        return answer.json

    def refresh(self, client_id: str, token: str, **changes: str) -> Response:
        """A refresh token sent to the token endpoint."""
        return self.post(
            "token", {"grant_type": "refresh_token", "refresh_token": token} | changes, basic(client_id)
        )

    def introspect(self, client_id: str, token: str) -> dict[str, Any]:
        """What introspection tells a client of a token."""
        answer = self.post("introspect", {"token": token}, basic(client_id))
        assert answer.status == 200, answer.body
        return answer.json

    def userinfo(self, token: str) -> Response:
        """What userinfo answers for a token."""
        return self.get("userinfo", {"Authorization": f"Bearer {token}"})

    def post(
        self, endpoint: str, form: Mapping[str, str] | str, headers: Mapping[str, str] | None = None
    ) -> Response:
        """A form sent to an endpoint; text is sent as it is."""
        body = (form if isinstance(form, str) else urlencode(form)).encode()
        more = {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        return self._send(endpoint, more, headers or {})

    def get(self, endpoint: str, headers: Mapping[str, str] | None = None, query: str = "") -> Response:
        """A GET request to an endpoint."""
        return self._send(endpoint, {"REQUEST_METHOD": "GET", "QUERY_STRING": query}, headers or {})

    def _send(self, endpoint: str, environ: dict[str, Any], headers: Mapping[str, str]) -> Response:
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        named = {
            name.removeprefix("HTTP_") if "CONTENT_TYPE" in name else name: v for name, v in named.items()
        }
        request = Request({**environ, **named}, "0123456789abcdef", "192.0.2.7")
        answer = self.endpoints[endpoint](request)
        return Response(answer.status, dict(answer.headers), answer.body)

    def events(self, act: str) -> list[Any]:
        """The audit events of a kind, oldest first."""
        rows = table_of(AuditRow)
        with self.sql.once() as db:
            return list(db.execute(select(rows).where(rows.c.act == act).order_by(rows.c.id)))

    def count_rows(self, model: Any) -> int:
        """How many rows a table has."""
        with self.sql.once() as db:
            return int(db.execute(select(func.count()).select_from(table_of(model))).scalar_one())

    def statements(self, act: Callable[[], object]) -> list[str]:
        """The first words of the SQL statements that an act sends."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(" ".join(statement.split()[:3]))

        written = Plan.values

        def noting(plan: Plan, parameters: Mapping[str, object]) -> list[bytes | None]:
            # On PostgreSQL hot statements go straight to the driver and tell no listener of SQLAlchemy.
            note(None, None, plan.text.decode())
            return written(plan, parameters)

        event.listen(self.sql.engine, "before_cursor_execute", note)
        try:
            with patch.object(Plan, "values", noting):
                act()
        finally:
            event.remove(self.sql.engine, "before_cursor_execute", note)
        return [statement for statement in seen if not statement.startswith(("BEGIN", "COMMIT"))]


def basic(client_id: str, secret: str = SECRET) -> dict[str, str]:
    """The Authorization header of a client (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, not verified."""
    return dict(orjson.loads(_part(token, 1)))


def header_of(token: str) -> dict[str, Any]:
    """The header of a JWT."""
    return dict(orjson.loads(_part(token, 0)))


def _part(token: str, index: int) -> bytes:
    part = token.split(".")[index]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
