"""What is asked of the provider, operation by operation; every answer is checked."""

import base64
import re
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson

from tests.bench.instance import SCOPE, SEATS, World
from tests.bench.load import DONE, Script
from tests.bench.messages import Answer, Unexpected, get, post
from tests.support.factories import MadeClient
from tests.support.journey import challenge

VERIFIER = "the-verifier-of-the-bench-is-43-characters-long"
BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
_HIDDEN = re.compile(rb'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
_HAND_OFF = re.compile(rb'http-equiv="refresh" content="0;url=([^"]*)"')


def discovery(world: World, seat: int) -> Script:
    """The discovery document."""
    request = get("/.well-known/openid-configuration")
    while True:
        (yield request).expect(200, b'"issuer":"https://')
        yield DONE


def client_credentials_es256(world: World, seat: int) -> Script:
    """A token for a client itself, signed with ES256."""
    return _client_credentials(world.service_es256)


def client_credentials_sm2(world: World, seat: int) -> Script:
    """A token for a client itself, signed with SM2."""
    return _client_credentials(world.service_sm2)


def introspection(world: World, seat: int) -> Script:
    """Introspection of an active access token of a person."""
    tokens = yield from _signed_on(world, seat)
    request = post("/oauth/introspect", {"token": tokens["access_token"]}, **_proof(world.web))
    while True:
        (yield request).expect(200, b'"active":true')
        yield DONE


def userinfo(world: World, seat: int) -> Script:
    """The claims of a person."""
    tokens = yield from _signed_on(world, seat)
    request = get("/oauth/userinfo", Authorization=f"Bearer {tokens['access_token']}")
    while True:
        (yield request).expect(200, b'"name":"')
        yield DONE


def refresh(world: World, seat: int) -> Script:
    """A refresh token exchanged for its successor; a family per connection."""
    tokens = yield from _signed_on(world, seat)
    while True:
        fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        tokens = _tokens((yield post("/oauth/token", fields, **_proof(world.web))))
        yield DONE


def sso_hop(world: World, seat: int) -> Script:
    """Single sign-on: authorization request with a live session, code, tokens."""
    while True:
        yield from _signed_on(world, seat)
        yield DONE


def sign_in(world: World, seat: int) -> Script:
    """The journey of a person who is not signed in: request, form, password, code, tokens."""
    for turn in count():
        number = (turn * SEATS + seat) % len(world.id_numbers)
        yield from _sign_in(world, world.id_numbers[number], _address(turn * SEATS + seat))
        yield DONE


SCRIPTS: dict[str, Callable[[World, int], Script]] = {
    script.__name__: script
    for script in (
        discovery,
        client_credentials_es256,
        client_credentials_sm2,
        introspection,
        userinfo,
        refresh,
        sso_hop,
        sign_in,
    )
}


def _client_credentials(client: MadeClient) -> Script:
    request = post("/oauth/token", {"grant_type": "client_credentials"}, **_proof(client))
    while True:
        (yield request).expect(200, b'"access_token":"ey')
        yield DONE


def _signed_on(world: World, seat: int):  # type: ignore[no-untyped-def] # a generator that also returns
    cookie = f"__Host-yh_session={world.sessions[seat]}"
    answer = (yield get(_authorize(world, SCOPE), Cookie=cookie)).expect(303)
    return _tokens((yield _redeem(world, _code(answer.location))))


def _sign_in(world: World, id_number: str, address: str):  # type: ignore[no-untyped-def] # as above
    browser = {"X_Forwarded_For": address, "User_Agent": BROWSER, "Accept_Language": "zh-CN,zh;q=0.9"}
    answer = (yield get(_authorize(world, "openid"), **browser)).expect(303)
    cookies = answer.cookies
    form = (yield get(answer.location, Cookie=_sent(cookies), **browser)).expect(200, b'id="password"')
    fields = {name.decode(): value.decode() for name, value in _HIDDEN.findall(form.body)}
    fields |= {"identifier": id_number, "password": world.password}
    answer = (yield post("/login", fields, Cookie=_sent(cookies), Origin=world.issuer, **browser)).expect(303)
    cookies |= answer.cookies
    page = (yield get(answer.location, Cookie=_sent(cookies), **browser)).expect(200, b'http-equiv="refresh"')
    found = _HAND_OFF.search(page.body)
    if found is None:
        raise Unexpected("the hand-off page leads nowhere")
    _tokens((yield _redeem(world, _code(found.group(1).decode().replace("&amp;", "&")))))


def _authorize(world: World, scope: str) -> str:
    fields = {
        "response_type": "code",
        "client_id": world.web.client_id,
        "redirect_uri": world.web.redirect_uri,
        "scope": scope,
        "state": "state-of-the-bench",
        "nonce": "nonce-of-the-bench",
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    return "/oauth/authorize?" + urlencode(fields)


def _redeem(world: World, code: str) -> bytes:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": world.web.redirect_uri,
        "code_verifier": VERIFIER,
    }
    return post("/oauth/token", fields, **_proof(world.web))


def _code(url: str) -> str:
    codes = parse_qs(urlsplit(url).query).get("code", [])
    if len(codes) != 1:
        raise Unexpected(f"no code in {urlsplit(url).path}")
    return codes[0]


def _tokens(answer: Answer) -> dict[str, str]:
    tokens: dict[str, str] = orjson.loads(answer.expect(200, b'"access_token":"ey').body)
    if not tokens.get("id_token") or not tokens.get("refresh_token"):
        raise Unexpected("tokens are missing from the answer")
    return tokens


def _proof(client: MadeClient) -> dict[str, str]:
    pair = f"{client.client_id}:{client.client_secret}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def _sent(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _address(number: int) -> str:
    """A source of its own for each journey, from the block for benchmarks (RFC 2544 §C.2.2)."""
    return f"198.{18 + (number >> 16) % 2}.{number >> 8 & 255}.{number & 255}"
