"""From a `client_id` to the client: our own table, held in the process, at most a second old."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from crypto.jose.profile import PROFILES, Profile
from idp.applications import store as applications
from idp.applications.models import ApplicationState
from idp.applications.store import Application
from idp.identifiers.capacity import Capacity
from idp.oauth.clients import store
from idp.oauth.clients.protection import ENCRYPTED, check_response_protection, enc_for, profiles_of
from idp.storage.engine import Sql
from idp.storage.stamps import Cached, Stamps

PERSONS_ONLY = frozenset({Capacity.SELF})
"""What a client accepts that registered nothing else: people who act as themselves."""


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client (RFC 7591 §2) with the application behind it.

    `capacities` are those in which people may come to it, `least_aal` and `least_ial` the least levels of their sign-in and
    of themselves (1 to 3, 0 to 3),
    `profiles` is how it writes each algorithm; `protection_faults` say why its answers cannot be protected as
    registered, and with any of them it gets none.
    """

    client_id: str
    kind: str
    application: Application
    client_secret_digest: bytes | None = field(repr=False)
    token_endpoint_auth_method: str
    redirect_uris: frozenset[str]
    post_logout_redirect_uris: frozenset[str]
    grant_types: frozenset[str]
    scope: frozenset[str]
    optional_scope: frozenset[str]
    scope_purpose: dict[str, Any]
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    id_token_signed_response_alg: str
    access_token_signed_response_alg: str
    id_token_encrypted_response_alg: str | None
    id_token_encrypted_response_enc: str | None
    userinfo_signed_response_alg: str | None
    userinfo_encrypted_response_alg: str | None
    userinfo_encrypted_response_enc: str | None
    introspection_signed_response_alg: str | None
    introspection_encrypted_response_alg: str | None
    introspection_encrypted_response_enc: str | None
    profiles: Mapping[str, Profile]
    protection_faults: tuple[str, ...]
    sector_identifier: str
    backchannel_logout_uri: str | None
    may_introspect: bool
    least_aal: int
    least_ial: int
    capacities: frozenset[Capacity]
    origins: frozenset[str]

    @property
    def is_public(self) -> bool:
        """Whether the client can keep no secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105 - the registered name of a method


def is_usable(client: Client) -> bool:
    """Whether this client may be used now: asked at every endpoint that takes a client."""
    return client.application.state is ApplicationState.ACTIVE


class ClientResolver(Protocol):
    """Finds clients; OpenID Federation adds another implementation later."""

    def find(self, client_id: str) -> Client | None:
        """The client of this id, usable or not, or None."""
        ...


class TableClients:
    """The clients of our own table."""

    def __init__(self, sql: Sql, stamps: Stamps) -> None:
        self._sql = sql
        self._clients: Cached[dict[str, Client]] = Cached(stamps, applications.STAMP, self._load)

    def find(self, client_id: str) -> Client | None:
        return self._clients.value().get(client_id)

    def list_all(self) -> list[Client]:
        """All clients, usable or not, by their ids."""
        return [client for _, client in sorted(self._clients.value().items())]

    def application(self, client_id: str) -> Application | None:
        """The application behind a client, or None."""
        client = self.find(client_id)
        return client.application if client else None

    def knows_origin(self, origin: str) -> bool:
        """Whether some client registered an address of this origin: asked by preflights, which name no client."""
        return any(origin in client.origins for client in self._clients.value().values())

    def _load(self) -> dict[str, Client]:
        with self._sql.once() as db:
            owners = {application.id: application for application in applications.list_all(db)}
            rows = store.list_all(db)
        return {row.client_id: _client(row, owners[row.application_id]) for row in rows}


def origin_of(uri: str) -> str:
    """Scheme, host and port of an address that was checked when it was registered."""
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"


def _client(row: Any, application: Application) -> Client:
    return Client(
        client_id=row.client_id,
        kind=row.kind,
        application=application,
        client_secret_digest=row.client_secret_digest,
        token_endpoint_auth_method=row.token_endpoint_auth_method,
        redirect_uris=frozenset(row.redirect_uris),
        post_logout_redirect_uris=frozenset(row.post_logout_redirect_uris),
        grant_types=frozenset(row.grant_types),
        scope=frozenset(row.scope.split()),
        optional_scope=frozenset(row.optional_scope.split()),
        scope_purpose=row.scope_purpose,
        jwks=row.jwks,
        jwks_uri=row.jwks_uri,
        id_token_signed_response_alg=row.id_token_signed_response_alg,
        access_token_signed_response_alg=row.access_token_signed_response_alg,
        **_protection(row),
        sector_identifier=row.sector_identifier,
        backchannel_logout_uri=row.backchannel_logout_uri,
        may_introspect=row.may_introspect,
        least_aal=row.least_aal,
        least_ial=row.least_ial,
        capacities=frozenset(map(Capacity, row.capacities)) or PERSONS_ONLY,
        origins=frozenset(
            origin_of(uri) for uri in row.redirect_uris if uri.startswith(("https://", "http://"))
        ),
    )


def _protection(row: Any) -> dict[str, Any]:
    """How the client's answers are protected; a registration that cannot be carried out stays one, and is refused later."""
    faults = check_response_protection(row._mapping)
    members: dict[str, Any] = {
        "userinfo_signed_response_alg": row.userinfo_signed_response_alg,
        "introspection_signed_response_alg": row.introspection_signed_response_alg,
        "profiles": PROFILES if faults else profiles_of(row.jose_profile),
        "protection_faults": faults,
    }
    for name in ENCRYPTED:
        alg, enc = getattr(row, f"{name}_alg"), getattr(row, f"{name}_enc")
        members |= {f"{name}_alg": alg, f"{name}_enc": enc_for(alg, enc)}
    return members
