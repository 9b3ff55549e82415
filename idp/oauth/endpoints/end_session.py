"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): GET asks, only a POST of our own form ends the session."""

from dataclasses import dataclass
from urllib.parse import urlencode

from crypto.errors import CryptoError, TokenRejected
from crypto.jose import jwe, jwt, nested
from crypto.jose.profile import PROFILES, SM2
from idp.audit.event import Place
from idp.clock import Clock
from idp.ephemeral.box import Box, Held
from idp.identifiers.masking import mask_ip
from idp.keys.keyring import ALGORITHMS, Keyring
from idp.oauth.clients.resolve import Client, ClientResolver, is_usable
from idp.oauth.errors import PageRefused
from idp.oauth.logout.backchannel import BackchannelLogout
from idp.oauth.logout.models import DeliveryState
from idp.oauth.logout.store import Delivery
from idp.oauth.response_modes import by_hand_off
from idp.oauth.unverified import named_audience, named_key
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from idp.web import page_values as values
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Headers, Request, redirect
from idp.web.pages import Pages

MAX_STATE = 1024
HINT_SECONDS = 30 * 86_400
JWE_DOTS = 4


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A checked request to sign out; `redirect_uri` is registered for the client, byte for byte."""

    browser: str
    session_id: str | None
    client_id: str | None
    redirect_uri: str | None
    state: str | None


class EndSessionEndpoint:
    """`/oauth/logout` and its confirmation."""

    def __init__(
        self,
        issuer: str,
        sql: Sql,
        clock: Clock,
        pages: Pages,
        cookies: Cookies,
        clients: ClientResolver,
        sessions: Sessions,
        keyring: Keyring,
        backchannel: BackchannelLogout,
        requests: Box[LogoutRequest],
    ) -> None:
        self._issuer = issuer
        self._sql = sql
        self._clock = clock
        self._pages = pages
        self._cookies = cookies
        self._clients = clients
        self._sessions = sessions
        self._keyring = keyring
        self._backchannel = backchannel
        self._requests = requests

    def answer(self, request: Request) -> Answer:
        """Check the request and ask; where nobody is signed in, say so and lead back to the application."""
        parameters = request.form if request.method == "POST" else request.query
        client, redirect_uri = self._proven(parameters)
        sso = self._session(request)
        if sso is None and request.method == "POST":
            # A form of the application's page carries no cookie of ours (SameSite=Lax); the GET that follows does.
            return redirect(f"{request.path}?{urlencode(parameters)}")
        browser, _ = self._pages.begin_browser(request)
        wanted = LogoutRequest(
            browser,
            sso.id if sso else None,
            client.client_id if client else None,
            redirect_uri,
            parameters.get("state", "")[:MAX_STATE] or None,
        )
        if sso is None:
            return self._signed_out(request, wanted, [], ())
        return self._pages.show(
            request,
            "logout/confirm.html",
            session=sso.id,
            application=self._shown(request, client),
            action="/oauth/logout/confirm",
            transaction=self._requests.new(wanted),
            cancel_url="/account",
        )

    def confirm(self, request: Request) -> Answer:
        """End the session of this browser, tell the applications, and lead back."""
        held = self._held(request)
        sso = self._session(request)
        if held is None:
            return self._pages.show(
                request, "login/timed_out.html", status=400, application=None, reason="idle"
            )
        if sso is None or sso.id != held.value.session_id:
            return self._signed_out(request, held.value, [], ())
        self._pages.check_form(request, sso.id)
        place = Place(mask_ip(request.client_address), request.request_id)
        with self._sql.begin() as db:
            self._sessions.end(db, sso, "signed_out", f"person:{sso.person_id}", place)
        ledger = self._backchannel.deliver_session(sso.id)
        return self._signed_out(request, held.value, ledger, (self._cookies.clear(Cookie.SESSION),))

    def _proven(self, parameters: dict[str, str]) -> tuple[Client | None, str | None]:
        """The client and its registered address, or a page. An address is never taken without a proven client."""
        hint = parameters.get("id_token_hint")
        stated = parameters.get("client_id")
        client_id = self._hinted_client(hint, stated) if hint else None
        if client_id and stated and client_id != stated:
            raise PageRefused("logout.client", "client_id is not the audience of id_token_hint")
        client = self._clients.find(client_id or stated or "")
        if (client_id or stated) and (client is None or not is_usable(client)):
            raise PageRefused("logout.client", "client_id is not registered or suspended")
        address = parameters.get("post_logout_redirect_uri")
        if address is not None and (client is None or address not in client.post_logout_redirect_uris):
            raise PageRefused(
                "logout.redirect_uri",
                "post_logout_redirect_uri is not registered for this client, byte for byte",
                client.client_id if client else None,
            )
        return client, address

    def _hinted_client(self, hint: str, stated: str | None) -> str:
        """The audience of an ID token of ours; an expired one will do (RP-Initiated Logout 1.0 §2)."""
        ring = self._keyring.ring()
        is_sealed = hint.count(".") == JWE_DOTS
        try:
            signed = self._decrypted(hint, stated) if is_sealed else hint
            named = self._clients.find(named_audience(signed) or "")
            claims = jwt.decode(
                signed,
                list(ring.by_kid.values()),
                algorithms=frozenset(ALGORITHMS),
                typ=frozenset({"JWT"}),
                issuer=self._issuer,
                now=self._clock.timestamp(),
                leeway=HINT_SECONDS,
                required=("sub", "exp", "iat"),
                profiles=named.profiles if named else PROFILES,
            )
        except TokenRejected as error:
            if error.reason == "key" and not is_sealed:
                self._keyring.met(named_key(hint) or "")
            raise PageRefused("logout.hint", f"id_token_hint: {error.reason}") from None
        return str(claims.get("aud"))

    def _decrypted(self, hint: str, stated: str | None) -> str:
        """The signed ID token of a hint that was encrypted to us (OpenID Connect Core §3.1.2.1). Raises TokenRejected."""
        client = self._clients.find(stated or "")
        profiles = client.profiles if client else PROFILES
        try:
            decrypter = self._keyring.decrypter(jwe.named_key(hint) or "")
            return nested.unwrap(
                hint,
                decrypter,
                algorithms=jwe.ALGORITHMS,
                encryptions=jwe.ENCRYPTIONS,
                ek_encoding=profiles[SM2].jwe_ek_encoding or "c1c3c2",
            )
        except TokenRejected:
            raise
        except CryptoError:
            raise TokenRejected("key") from None

    def _held(self, request: Request) -> Held[LogoutRequest] | None:
        held = self._requests.find(request.form.get("transaction", ""))
        return held if held is not None and held.value.browser == self._pages.browser_mark(request) else None

    def _session(self, request: Request) -> SsoSession | None:
        with self._sql.once() as db:
            return self._sessions.find(db, self._cookies.read(request, Cookie.SESSION))

    def _signed_out(
        self, request: Request, wanted: LogoutRequest, ledger: list[Delivery], headers: Headers
    ) -> Answer:
        client = self._clients.find(wanted.client_id or "")
        language = self._pages.language(request)
        return_url = _with_state(wanted)
        if client and return_url and all(delivery.state is DeliveryState.DELIVERED for delivery in ledger):
            return by_hand_off(
                self._pages, request, return_url, client.application.name_in(language), headers
            )
        results = []
        for delivery in ledger:
            told = self._clients.find(delivery.client_id)
            name = told.application.name_in(language) if told else delivery.client_id
            results.append(
                values.LogoutResult(name, "told" if delivery.state is DeliveryState.DELIVERED else "silent")
            )
        return self._pages.show(
            request,
            "logout/signed_out.html",
            headers=headers,
            application=self._shown(request, client),
            results=results,
            sign_in_url="/login",
            return_url=return_url,
        )

    def _shown(self, request: Request, client: Client | None) -> values.Application | None:
        if client is None:
            return None
        language = self._pages.language(request)
        application = client.application
        return values.Application(
            application.name_in(language), application.department_in(language), application.home_url
        )


def _with_state(wanted: LogoutRequest) -> str | None:
    if wanted.redirect_uri is None or wanted.state is None:
        return wanted.redirect_uri
    joint = "&" if "?" in wanted.redirect_uri else "?"
    return wanted.redirect_uri + joint + urlencode({"state": wanted.state})
