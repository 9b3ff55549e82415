"""Whatever comes in, at any address: a whole answer with a reference, never a 500, and nothing half-written."""

import json
import random
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.main import public_routes
from idp.web.routing import Route
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import FORM, RawAnswer, ask, cookie_header, snapshot
from tests.support.synthetic import synthetic_id_number

ROUTES = public_routes()
FIELDS = (
    "transaction", "csrf_token", "identifier", "password", "question", "decision", "handle", "confirm",
    "request", "set", "back", "client_id", "client_secret", "client_assertion", "client_assertion_type",
    "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "token", "token_type_hint",
    "scope", "state", "nonce", "prompt", "max_age", "response_type", "response_mode", "code_challenge",
    "code_challenge_method", "id_token_hint", "post_logout_redirect_uri", "login_hint", "access_token",
)  # fmt: skip
WORDS = [
    "'",
    "<script>",
    "{{7*7}}",
    "-1",
    "1e999",
    "null",
    "true",
    "[]",
    "e30.e30.e30",
    "\u202e",
    "\ufeff",
    "\uffff",
    "😀",
]
JUNK = (*WORDS, "", "\0", "\r\nSet-Cookie: a=b", "' OR 1=1 --", "../" * 50, "A" * 5000, "9" * 5000)


def is_whole(answer: RawAnswer) -> bool:
    """A refusal says its reference and shows no inside; any answer carries the request's id."""
    assert answer.status < 500, answer.text[:500]
    assert len(answer.one("X-Request-ID") or "") == 16
    for inside in (b"Traceback", b'File "', b"sqlalchemy", b"Exception", b".py"):
        assert inside not in answer.body, inside
    if answer.status >= 400 and answer.body:
        if (answer.one("Content-Type") or "").startswith("application/json"):
            assert json.loads(answer.body)["reference"] == answer.one("X-Request-ID")
        else:
            # The page of a lost transaction is 400 and tells what to do; every other refusal has a reference to read out.
            assert b"<h1" in answer.body
            assert b'id="reference"' in answer.body or answer.status == 400
    return True


def test_malformed_requests_are_refused_whole_on_every_route(provider: Provider) -> None:
    """Each kind of damage at each address and method: no 500, a reference, and no row but refusals in the audit."""
    rows = snapshot(provider)
    huge = "&".join(f"f{number}=1" for number in range(101))
    bodies: list[tuple[bytes, str]] = [
        (b"", FORM),
        (b"a=1&a=2", FORM),
        (b"client_id=x&client_id=y", FORM),
        (b"a=%ff%fe", FORM),
        (b"a=%00", FORM),
        (b"a=%", FORM),
        (b"a=%zz&=&&=", FORM),
        ("a=\u00e9".encode(), FORM),
        (huge.encode(), FORM),
        (b"a" * 70_000, FORM),
        (b'{"grant_type":"x"}', "application/json"),
        (b"<a/>", "text/xml"),
        (b"a=1", ""),
        (b"a=1", FORM + "; charset=utf-16"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ]
    address = 0
    for route in ROUTES:
        for body, content_type in bodies:
            for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PATCH", "X" * 40):
                address += 1
                query = body.decode("latin-1") if method == "GET" and len(body) < 20_000 else "state=1&x=2"
                answer = ask(
                    provider,
                    method,
                    f"{route.path}?{query}",
                    body=b"" if method == "GET" else body,
                    content_type=content_type,
                    address=f"10.0.{address >> 8}.{address & 255}",
                )
                assert is_whole(answer), (method, route.path, body[:20])
                if method not in {"GET", "HEAD", "OPTIONS", *route.methods}:
                    assert answer.status in {405, 413}, (method, route.path)
    assert unchanged(rows, snapshot(provider))


@pytest.mark.parametrize("length", ["70000", "9" * 20, "9" * 5000, "-1", "abc", "1.5", "\u0661", "5"])
def test_a_body_that_is_not_as_long_as_it_says_is_refused(provider: Provider, length: str) -> None:
    """Oversize, absurd, unreadable and truncated lengths are refused before anything is done with the body."""
    for path in ("/oauth/token", "/login", "/oauth/authorize", "/oauth/userinfo"):
        answer = ask(provider, "POST", path, body=b"a=1", CONTENT_LENGTH=length)
        assert is_whole(answer) and 400 <= answer.status < 500, path


def test_oversize_frames_are_refused(provider: Provider) -> None:
    """Long paths, long and many headers, long cookies and long queries end at the door."""
    many = {f"X-Filler-{number}": "1" for number in range(120)}
    for route in ROUTES:
        method = route.methods[0]
        for headers in (many, {"X-Filler": "a" * 40_000}, {"Cookie": "a=" + "b" * 40_000}):
            assert is_whole(answer := ask(provider, method, route.path, headers=headers))
            assert answer.status == 413
        assert ask(provider, method, route.path + "/" + "a" * 3000).status == 413
        assert is_whole(ask(provider, "GET", route.path + "?a=" + "b" * 20_000))
    for path in ("/\u00e9", "/\x00", "/a\\b", "/\r\nx", "//evil.test", "/%2e%2e/", "/login/..;/account"):
        assert is_whole(ask(provider, "GET", path)), path


def test_damaged_cookies_and_headers_count_as_none(provider: Provider) -> None:
    """Unreadable cookies, languages, authorizations and origins on every route: answered as if they were not there."""
    values = (
        "\x7f",
        "\u00ff" * 50,
        "=;=;=",
        'a="',
        "Basic \u00e9",
        "Basic !!!!",
        "Bearer " + "a." * 3000,
        "Bearer \u00e9",
        "a,b;q=9",
    )
    names = (
        "Cookie",
        "Authorization",
        "Origin",
        "Accept-Language",
        "If-None-Match",
        "User-Agent",
        "X-Forwarded-For",
        "Referer",
    )
    for number, route in enumerate(ROUTES):
        for name in names:
            for value in values:
                answer = ask(
                    provider, route.methods[0], route.path, headers={name: value}, address=f"10.1.0.{number}"
                )
                assert is_whole(answer), (route.path, name, value)


texts = st.one_of(st.sampled_from(JUNK), st.text(max_size=60))
pairs = st.lists(st.tuples(st.sampled_from(FIELDS), texts), max_size=8)


def test_fuzzed_fields_never_break_a_route(provider: Provider) -> None:
    """Random fields, methods and cookies at random routes, signed in or not: whole answers, no row but refusals."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    token = browser.open("/account/devices").hidden()["csrf_token"]
    sent = [0]

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(
        st.sampled_from(ROUTES), st.sampled_from(("GET", "POST", "HEAD")), pairs, st.booleans(), st.booleans()
    )
    def fuzz(
        route: Route, method: str, fields: list[tuple[str, str]], signed_in: bool, is_known: bool
    ) -> None:
        sent[0] += 1
        if is_known:
            fields = [("client_id", "dept-one"), ("csrf_token", token), *fields]
        encoded = "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in fields)
        headers = {"Origin": provider.issuer} | (cookie_header(browser) if signed_in else {})
        url, body = (route.path, encoded.encode()) if method == "POST" else (f"{route.path}?{encoded}", b"")
        address = f"10.2.{sent[0] >> 8}.{sent[0] & 255}"
        assert is_whole(ask(provider, method, url, body=body, headers=headers, address=address))

    rows = snapshot(provider)
    fuzz()
    assert unchanged(rows, snapshot(provider))


def test_ten_thousand_junk_sign_ins_shut_nobody_out(provider: Provider) -> None:
    """A flood from a few addresses is answered 200, 400 or 429 with bounded rows; the citizen signs in from elsewhere."""
    victim = provider.make.person()
    browser = Browser(provider, "203.0.113.1").open("/login")
    hidden, headers = browser.hidden(), cookie_header(browser) | {"Origin": provider.issuer}
    dice = random.Random(1)  # noqa: S311 - junk that is the same in every run
    seen: dict[int, int] = {}
    for number in range(10_000):
        typed = (
            victim.id_number if number % 3 == 0 else dice.choice(JUNK) or synthetic_id_number(number % 999)
        )
        fields = {**hidden, "identifier": typed, "password": dice.choice(JUNK) or "x"}
        if number % 5 == 0:
            fields.pop("csrf_token")
        body = urlencode(fields, errors="replace").encode()
        answer = ask(
            provider, "POST", "/login", body=body, headers=headers, address=f"203.0.113.{number % 3}"
        )
        seen[answer.status] = seen.get(answer.status, 0) + 1
        assert is_whole(answer) or answer.status == 429
    assert set(seen) <= {200, 400, 429}, seen
    assert len(provider.events()) <= 10_000
    assert len(provider.services.foundation.limits._blocked) <= 10
    provider.clock.advance(1)
    assert Browser(provider, "192.0.2.10").open("/account").sign_in(victim).path == "/account"


def unchanged(
    before: dict[str, list[tuple[object, ...]]], after: dict[str, list[tuple[object, ...]]]
) -> bool:
    """Whether all tables but the audit log are the same."""
    return {name for name in after if after[name] != before[name]} <= {"audit_event"}
