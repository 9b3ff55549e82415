"""Makes what a test needs, with sensible defaults: persons, applications, clients. Synthetic values only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crypto.tokens import random_token
from idp.accounts.models import PersonState
from idp.accounts.store import Person
from idp.applications import store as application_store
from idp.applications.models import ApplicationState
from idp.claims import store as release_store
from idp.claims.catalogue import claims_of
from idp.oauth.clients import store as client_store
from idp.organisations.models import OrganisationType, RegistrationStatus
from idp.organisations.store import Organisation
from idp.wiring import Services
from tests.support.approving import approved
from tests.support.synthetic import synthetic_id_number, synthetic_mobile, synthetic_uscc

PASSWORD = "correct horse 电池 staple"


@dataclass(frozen=True, slots=True)
class MadePerson:
    """A person with the password that signs in."""

    id: str
    id_number: str
    name: str
    mobile: str
    password: str


@dataclass(frozen=True, slots=True)
class MadeClient:
    """A client with its secret, None for a public one."""

    client_id: str
    client_secret: str | None
    application_id: str
    redirect_uri: str


class Factories:
    """Writes through the stores of the provider."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._made = 0

    def person(self, **changes: Any) -> MadePerson:
        """A person who can sign in by password. Changes: name, id_number, mobile, level, state, password."""
        self._made += 1
        now = datetime.fromtimestamp(self._services.clock.timestamp(), UTC)
        password = changes.pop("password", PASSWORD)
        values: dict[str, Any] = {
            "id": random_token(16),
            "id_kind": "111",
            "id_number": synthetic_id_number(self._made),
            "name": "测试甲",
            "mobile": synthetic_mobile(self._made),
            "mobile_verified_at": now,
            "level": 2,
            "state": PersonState.ACTIVE,
            "created_at": now,
            "updated_at": now,
        }
        person = Person(**{**values, **changes})
        with self._services.sql.begin() as db:
            self._services.persons.add(db, [person])
            if password is not None:
                self._services.passwords.enrol(db, [(person.id, password)], now)
        return MadePerson(person.id, person.id_number, person.name, person.mobile or "", password or "")

    def organisation(self, **changes: Any) -> Organisation:
        """A registered organisation. Changes: any field of Organisation."""
        self._made += 1
        now = datetime.fromtimestamp(self._services.clock.timestamp(), UTC)
        values: dict[str, Any] = {
            "id": random_token(16),
            "uscc": synthetic_uscc(self._made),
            "name": f"示范公司{self._made}",
            "kind": OrganisationType.ENTERPRISE,
            "status": RegistrationStatus.REGISTERED,
            "region": "140100",
            "created_at": now,
            "updated_at": now,
        }
        made = Organisation(**{**values, **changes})
        with self._services.sql.begin() as db:
            self._services.people.organisation_store.add(db, [made])
        return made

    def client(self, client_id: str = "dept-one", **changes: Any) -> MadeClient:
        """A confidential web client of an application of its own. Changes: any column of `oauth_client`."""
        now = datetime.fromtimestamp(self._services.clock.timestamp(), UTC)
        secret = None if changes.get("token_endpoint_auth_method") == "none" else random_token()
        redirect_uri = f"https://{client_id}.test/callback"
        row: dict[str, Any] = {
            "client_id": client_id,
            "application_id": random_token(16),
            "kind": "web",
            "client_secret_digest": self._services.client_secrets.digest("client_secret", secret)
            if secret
            else None,
            "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": [redirect_uri],
            "post_logout_redirect_uris": [f"https://{client_id}.test/"],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid realname idcard mobile offline_access",
            "optional_scope": "mobile",
            "scope_purpose": {"realname": "核对办事人"},
            "jwks": None,
            "jwks_uri": None,
            "id_token_signed_response_alg": "ES256",
            "access_token_signed_response_alg": "ES256",
            "sector_identifier": f"{client_id}.test",
            "backchannel_logout_uri": None,
            "may_introspect": False,
            "created_at": now,
        }
        row.update(changes)
        application = {
            "id": row["application_id"],
            "name": f"应用 {client_id}",
            "name_en": f"App {client_id}",
            "department": "某部门",
            "department_en": "A department",
            "home_url": f"https://{client_id}.test/",
            "state": ApplicationState.ACTIVE,
            "created_at": now,
        }
        with self._services.sql.begin() as db:
            application_store.add(db, application)
            client_store.add(db, row)
            for claim in claims_of(frozenset(row["scope"].split())):
                release_store.put_grant(db, approved(row["application_id"], claim.name, now))
        # The caches look for changes once a second.
        self._services.clock.advance(1.5)  # type: ignore[attr-defined] # tests run on a standing clock
        return MadeClient(client_id, secret, row["application_id"], row["redirect_uris"][0])
