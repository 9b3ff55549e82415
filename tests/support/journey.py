"""A browser and a relying party without windows: they walk the provider's pages as a person and a department would."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from tests.support.factories import MadeClient, MadePerson
from tests.support.provider import Provider

_INPUT = re.compile(r"<input\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_REFRESH = re.compile(r'http-equiv="refresh" content="0;url=([^"]*)"|id="continue" href="([^"]*)"')
_TARGET = re.compile(r'\b(?:href|action|src|formaction)="([^"]*)"')


class Browser:
    """Keeps cookies of the provider, follows redirects within it, fills its forms; stops where it leaves the provider."""

    def __init__(self, provider: Provider, address: str = "192.0.2.10") -> None:
        self.provider = provider
        self._origin = provider.issuer
        self._address = address
        self._client = WsgiClient(provider.app)
        self.path = "/"
        self.page = ""
        self.status = 0
        self.left_to: str | None = None

    def open(self, url: str, **headers: str) -> "Browser":
        """GET an address of the provider and follow its redirects."""
        return self._follow(self._call("GET", url, headers=headers))

    def submit(self, path: str | None = None, **fields: str) -> "Browser":
        """Send the page's form, with its hidden fields and the given ones, from the page's own origin."""
        action = re.search(r'<form[^>]*action="([^"]*)"', self.page)
        target = path or (unescape(action.group(1)) if action else self.path)
        return self.post(target, {**self.proof_of_humanity(), **self.hidden(), **fields})

    def proof_of_humanity(self) -> dict[str, str]:
        """The answer to the challenge of the page that is shown, read where only a test can; none where there is none."""
        challenge = self.hidden().get("human_challenge")
        found = self.provider.services.signing_in.humanity._box.get(challenge) if challenge else None
        return {"human": found.digits} if found is not None else {}

    def post(self, path: str, fields: dict[str, str], **headers: str) -> "Browser":
        """POST fields as a form of the provider's own page would."""
        given = {"Origin": self._origin, **headers}
        return self._follow(self._call("POST", path, data=fields, headers=given))

    def hidden(self) -> dict[str, str]:
        """Hidden fields of the page's first form."""
        form = self.page.partition("<form")[2].partition("</form>")[0]
        inputs = (dict(_ATTRIBUTE.findall(found)) for found in _INPUT.findall(form))
        return {one["name"]: unescape(one.get("value", "")) for one in inputs if one.get("type") == "hidden"}

    def leads_to(self) -> set[str]:
        """Where links, forms, images and redirects of the last answer lead outside the provider."""
        targets = {unescape(found) for found in _TARGET.findall(self.page)} | {self.left_to or "/"}
        targets |= {self.headers[name] for name in ("Location", "Refresh") if name in self.headers}
        return {one for one in targets if not re.fullmatch(r"#[a-z]*|/|/[^/\\].*", one)}

    def sign_in(self, person: MadePerson, password: str | None = None) -> "Browser":
        """Fill the sign-in form that is shown."""
        return self.submit(identifier=person.id_number, password=password or person.password)

    def allow(self, **items: str) -> "Browser":
        """Agree on the consent page that is shown; `items` are the optional ones."""
        return self.submit(decision="allow", **items)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie by its name without prefix."""
        for prefix in ("__Host-", ""):
            found = self._client.get_cookie(prefix + name, urlsplit(self._origin).hostname or "")
            if found is not None:
                return found.value
        return None

    def set_cookie(self, name: str, value: str) -> None:
        """Plant a cookie, as an attacker or another tab would."""
        self._client.set_cookie("__Host-" + name, value, domain=urlsplit(self._origin).hostname or "")

    def _call(self, method: str, url: str, **options: Any) -> TestResponse:
        self.left_to = None
        return self._client.open(
            url.removeprefix(self._origin),
            method=method,
            base_url=self._origin,
            environ_overrides={"REMOTE_ADDR": self._address},
            **options,
        )

    def _follow(self, response: TestResponse) -> "Browser":
        for _ in range(10):
            self.path = response.request.path
            self.status, self.page = response.status_code, response.get_data(as_text=True)
            self.headers = response.headers
            target = response.headers.get("Location")
            if target is None:
                refresh = _REFRESH.search(self.page)
                self.left_to = unescape(refresh.group(1) or refresh.group(2)) if refresh else None
                return self
            target = urljoin(self._origin + self.path, target)
            if not target.startswith(self._origin + "/"):
                self.left_to = target
                return self
            response = self._call("GET", target)
        raise AssertionError("more than ten redirects")


@dataclass
class RelyingParty:
    """An application at its OpenID Connect client: builds requests, redeems codes."""

    provider: Provider
    client: MadeClient
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    address: str = "192.0.2.20"

    def authorize_url(self, **changes: str | None) -> str:
        """The address of an authorization request; a change to None leaves a parameter out."""
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uri,
            "scope": "openid realname",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return "/oauth/authorize?" + urlencode({k: v for k, v in parameters.items() if v is not None})

    def answer(self, browser: Browser) -> dict[str, str]:
        """The parameters with which the browser came back to this application."""
        assert browser.left_to is not None, browser.page[:2000]
        assert browser.left_to.startswith(self.client.redirect_uri), browser.left_to
        return {name: values[0] for name, values in parse_qs(urlsplit(browser.left_to).query).items()}

    def redeem(self, code: str, **changes: str | None) -> TestResponse:
        """Send a code to the token endpoint."""
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": self.verifier,
            **changes,
        }
        return self.call("/oauth/token", {k: v for k, v in fields.items() if v is not None})

    def refresh(self, refresh_token: str, **changes: str) -> TestResponse:
        """Exchange a refresh token."""
        return self.call(
            "/oauth/token", {"grant_type": "refresh_token", "refresh_token": refresh_token, **changes}
        )

    def call(self, path: str, fields: dict[str, str], **headers: str) -> TestResponse:
        """POST fields with this client's own authentication."""
        given = dict(headers)
        if self.client.client_secret is None:
            fields = {**fields, "client_id": self.client.client_id}
        else:
            pair = f"{self.client.client_id}:{self.client.client_secret}".encode()
            given["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        return WsgiClient(self.provider.app, use_cookies=False).post(
            path,
            data=fields,
            headers=given,
            base_url=self.provider.issuer,
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def userinfo(self, access_token: str, **headers: str) -> TestResponse:
        """Ask for the claims of a token."""
        given = {"Authorization": f"Bearer {access_token}", **headers}
        return WsgiClient(self.provider.app, use_cookies=False).get(
            "/oauth/userinfo",
            headers=given,
            base_url=self.provider.issuer,
            environ_overrides={"REMOTE_ADDR": self.address},
        )

    def tokens(self, browser: Browser, person: MadePerson, **changes: str) -> dict[str, Any]:
        """The whole journey: sign in where asked, agree where asked, redeem the code."""
        browser.open(self.authorize_url(**changes))
        if 'id="password"' in browser.page:
            browser.sign_in(person)
        if 'id="allow"' in browser.page:
            browser.allow()
        answer = self.redeem(self.answer(browser)["code"])
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
