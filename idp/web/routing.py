"""Routes as values: what a path takes, who may call it, which limit counts it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from idp.web.exchange import Answer, Request

Endpoint = Callable[[Request], Answer]


class Auth(StrEnum):
    """What a caller must show; each endpoint enforces its own, a test asks every route."""

    PUBLIC = "public"
    CLIENT = "client"
    BEARER = "bearer"
    BROWSER = "browser"
    SESSION = "session"
    INNER = "inner"


class Kind(StrEnum):
    """A machine endpoint is called straight from the table and answers JSON; a page goes through Flask."""

    MACHINE = "machine"
    PAGE = "page"


class Cors(StrEnum):
    """Who may read the answer from a browser script: nobody, everybody, or origins registered for the client."""

    NONE = "none"
    ANY = "any"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `endpoint` is `part.method`: the method of the object that wiring gives for that part.

    `is_direct` marks a page that mostly answers by redirect and is called straight from the table like a machine endpoint.
    """

    path: str
    methods: tuple[str, ...]
    endpoint: str
    auth: Auth
    limit: str
    kind: Kind = Kind.PAGE
    cors: Cors = Cors.NONE
    is_direct: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A route with the function that answers it."""

    route: Route
    answer: Endpoint


def bind(routes: tuple[Route, ...], parts: dict[str, object]) -> dict[str, Bound]:
    """Give every route its function; a path stands once. Fails at boot when one is missing."""
    table: dict[str, Bound] = {}
    for route in routes:
        part, _, method = route.endpoint.partition(".")
        if route.path in table:
            raise ValueError(f"two routes for {route.path}")
        table[route.path] = Bound(route, getattr(parts[part], method))
    return table
