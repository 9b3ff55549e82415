"""Client authentication (RFC 6749 §2.3, RFC 7523): exactly the registered method, and one only."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from crypto.compare import equal
from crypto.errors import TokenRejected
from crypto.lookup import Lookup
from idp.audit.event import Outcome
from idp.audit.service import Audit
from idp.oauth.clients.assertion import TYPE, Assertions
from idp.oauth.clients.resolve import Client, ClientResolver, is_usable
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.events import ClientRefused, client_actor, place_of
from idp.oauth.unverified import named_subject
from idp.web.exchange import Headers, Request

METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
CHALLENGE: Headers = (("WWW-Authenticate", 'Basic realm="yihao", charset="UTF-8"'),)
FAILED = "client authentication failed"
SECRET_KIND = "client_secret"  # noqa: S105 - the kind of a look-up digest
MAX_BASIC = 2048
_NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller shows: by which method, for which client, and the proof (a secret, an assertion, or nothing)."""

    method: str
    client_id: str
    proof: str = field(repr=False)


class ClientAuthentication:
    """Says which client calls, or refuses; every refusal is an event and looks the same from outside."""

    def __init__(self, clients: ClientResolver, lookup: Lookup, assertions: Assertions, audit: Audit) -> None:
        self._clients = clients
        self._lookup = lookup
        self._assertions = assertions
        self._audit = audit
        self._proofs: Mapping[str, Callable[[Client | None, str], None]] = {
            "client_secret_basic": self._prove_by_secret,
            "client_secret_post": self._prove_by_secret,
            "private_key_jwt": self._prove_by_assertion,
            "none": _prove_nothing,
        }

    def client(self, request: Request) -> Client:
        """The authenticated (or, for a public client, identified) and usable client of a request.

        Raises OAuthRefused: invalid_request for several methods at once, else invalid_client with one wording.
        """
        shown = request.header("authorization")
        headers = CHALLENGE if shown is not None else ()
        credentials = Credentials("unknown", "", "")
        client = None
        try:
            credentials = read_credentials(shown, request.form)
            client = self._clients.find(credentials.client_id)
            self._proofs[credentials.method](client, credentials.proof)
            if client is None:
                raise TokenRejected("unknown_client")
            if client.token_endpoint_auth_method != credentials.method:
                raise TokenRejected("method")
            if not is_usable(client):
                raise TokenRejected("disabled")
        except TokenRejected as rejected:
            known = "unknown" if client is None else client_actor(client.client_id)
            self._audit.note(
                ClientRefused(
                    actor="anonymous",
                    object=known,
                    place=place_of(request),
                    outcome=Outcome.REFUSED,
                    method=credentials.method,
                    reason=rejected.reason,
                )
            )
            raise OAuthRefused(OAuthCode.INVALID_CLIENT, FAILED, rejected.reason, headers) from None
        return client

    def _prove_by_secret(self, client: Client | None, secret: str) -> None:
        # An unknown client costs the same digest and comparison as a wrong secret (SEC-28).
        kept = None if client is None else client.client_secret_digest
        given = self._lookup.digest(SECRET_KIND, secret)
        if not equal(given, kept or _NOBODY) or kept is None:
            raise TokenRejected("secret")

    def _prove_by_assertion(self, client: Client | None, assertion: str) -> None:
        if client is None:
            raise TokenRejected("unknown_client")
        if client.token_endpoint_auth_method != "private_key_jwt":  # noqa: S105 - the registered name of a method
            raise TokenRejected("method")
        self._assertions.check(client, assertion)


def read_credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """The credentials of a request (RFC 6749 §2.3: never more than one method).

    Raises OAuthRefused for several methods, TokenRejected for unreadable ones or none.
    """
    assertion = "client_assertion" in form or "client_assertion_type" in form
    if sum((authorization is not None, "client_secret" in form, assertion)) > 1:
        raise OAuthRefused(OAuthCode.INVALID_REQUEST, "more than one client authentication method was used")
    client_id = form.get("client_id")
    if authorization is not None:
        name, secret = _read_basic(authorization)
        credentials = Credentials("client_secret_basic", name, secret)
    elif assertion:
        if form.get("client_assertion_type") != TYPE or "client_assertion" not in form:
            raise TokenRejected("assertion_type")
        subject = named_subject(form["client_assertion"])
        if subject is None:
            raise TokenRejected("missing")
        credentials = Credentials("private_key_jwt", subject, form["client_assertion"])
    elif client_id is None:
        raise TokenRejected("no_credentials")
    elif "client_secret" in form:
        credentials = Credentials("client_secret_post", client_id, form["client_secret"])
    else:
        credentials = Credentials("none", client_id, "")
    if client_id is not None and client_id != credentials.client_id:
        raise TokenRejected("client_id")
    return credentials


def _read_basic(authorization: str) -> tuple[str, str]:
    """Id and secret, each form-encoded before they were joined (RFC 6749 §2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > MAX_BASIC:
        raise TokenRejected("scheme")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("ascii").partition(":")
        decoded = unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict")
    except ValueError:
        raise TokenRejected("malformed") from None
    if not colon:
        raise TokenRejected("malformed")
    return decoded


def _prove_nothing(client: Client | None, proof: str) -> None:
    """A public client identifies itself only; that it is registered as one is asked of everybody."""
