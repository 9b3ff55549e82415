"""An authorization request once it is checked: a frozen value; the raw parameters are not read twice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks of a person (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1), all of it checked.

    `details` are the codes of the matters that were asked for as authorization details; their scopes are in `scope` too.
    `device_code` is that of a machine that waits for the answer in place of a redirect.
    `acr_values` are the known classes of which one has to be reached.
    `begun_at` is in seconds since 1970; `signed_in_since` is the evidence that `prompt=login` or `max_age` wants.
    """

    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    state: str | None
    nonce: str | None
    code_challenge: str
    prompt: tuple[str, ...]
    signed_in_since: float | None
    login_hint: str | None
    ui_locales: str | None
    begun_at: float
    details: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    device_code: str = ""


@dataclass(frozen=True, slots=True)
class PendingRequest:
    """An authorization request that waits for its person; `browser` is the mark of the browser that brought it,
    `is_declined` says that the person does not want to reach the level that it needs.

    waiting ──resumed with session, level and consent──▶ answered ──expires
    """

    request: AuthorizationRequest
    browser: str
    question: str | None = None
    is_declined: bool = False
    is_answered: bool = False
