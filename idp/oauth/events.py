"""Events of the token side: what was issued, refused, revoked, replayed."""

from dataclasses import dataclass
from functools import lru_cache

from idp.audit.event import Event, Place
from idp.identifiers.masking import mask_ip
from idp.web.exchange import Request

_masked = lru_cache(maxsize=4096)(mask_ip)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAnswered(Event):
    """A person was sent to an application with a code."""

    act = "authorization.answered"
    scope: str
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssued(Event):
    """Tokens were issued; the object is their family, or the client itself where no person is behind them."""

    act = "token.issued"
    grant: str
    jti: str
    scope: str
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefused(Event):
    """An authenticated client was refused tokens; `error` is the OAuth code."""

    act = "token.refused"
    grant: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenReplayed(Event):
    """A code or refresh token came a second time; the object is its family, which is revoked with this event."""

    act = "token.replayed"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRevoked(Event):
    """All that followed from one authorization was revoked."""

    act = "token.family_revoked"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Event):
    """One access token was revoked by its client; the object is its `jti`."""

    act = "token.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRefused(Event):
    """A client did not prove itself; `method` is how it tried, `reason` a word of ours."""

    act = "client.refused"
    method: str
    reason: str


def place_of(request: Request) -> Place:
    """Where a request came from, with the caller's network instead of its address."""
    return Place(_masked(request.client_address), request.request_id)


def client_actor(client_id: str) -> str:
    """A client as the actor or object of an event."""
    return f"client:{client_id}"


def person_actor(person_id: str) -> str:
    """A person as the actor or object of an event."""
    return f"person:{person_id}"
