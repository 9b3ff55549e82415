"""SEC-43: what a person is called and what opens an account stands in no log, table, store, address, title or metric."""

import io
import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from idp.observe import log
from tests.support.fixtures import Redis
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

pytestmark = pytest.mark.sec("SEC-43")
NAME = "\u91d1\u4e1d\u96c0\u6d4b\u8bd5"
PASSWORD = "Canary-secret-\u91d1\u4e1d\u96c0-4f1c"  # for nobody
WRONG = "Canary-wrong-guess-9b2e"
_EVERYTHING = """
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  all[#all + 1] = 'yihao-next-key'
  all[#all + 1] = key
  if kind == 'string' then all[#all + 1] = redis.call('GET', key)
  elseif kind == 'hash' then for _, cell in ipairs(redis.call('HGETALL', key)) do all[#all + 1] = cell end
  else all[#all + 1] = 'another type' end
end
return all
"""
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Watched(Browser):
    """A browser that keeps every address, title, cookie value and form token that passes."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider)
        self.urls: list[str] = []
        self.titles: list[str] = []
        self.secrets: set[str] = set()

    def _call(self, method: str, url: str, **options: Any) -> TestResponse:
        answer = super()._call(method, url, **options)
        page = answer.get_data(as_text=True)
        self.urls += [url, answer.headers.get("Location", "")]
        self.titles += _TITLE.findall(page)
        self.secrets |= set(_CSRF.findall(page))
        held = (self.cookie(name) for name in ("yh_session", "yh_browser"))
        self.secrets |= {value for value in held if value}
        return answer


@dataclass
class Seen:
    """What a journey brought to light: what nobody else may hold, and the addresses that it went through."""

    secrets: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    urls: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """An application's back-channel address on loopback, and the logout tokens that it got."""
    tokens: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            tokens.extend(parse_qs(body)["logout_token"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/logout", tokens
        server.shutdown()
        thread.join()


def journey(provider: Provider) -> Seen:
    """Sign-in wrong and right, consent, code, refresh, introspection, userinfo, revocation, replay, sign-out."""
    person = provider.make.person(name=NAME, password=PASSWORD)
    seen = Seen({NAME, PASSWORD, WRONG, person.id_number, person.mobile})
    with listening() as (address, logout_tokens):
        party = RelyingParty(provider, provider.make.client(backchannel_logout_uri=address))
        browser = Watched(provider)
        browser.open(party.authorize_url(scope="openid realname idcard mobile"))
        browser.sign_in(person, WRONG).sign_in(person).allow(**{"item-mobile": "on"})
        code = party.answer(browser)["code"]
        first = party.redeem(code, code_verifier="x" * 43), party.redeem(code)
        tokens = first[1].get_json()
        assert party.userinfo(tokens["access_token"]).get_json()["name"] == NAME
        for token in (tokens["access_token"], tokens["refresh_token"]):
            assert party.call("/oauth/introspect", {"token": token}).get_json()["active"]
        fresh = party.refresh(tokens["refresh_token"]).get_json()
        assert party.call("/oauth/revoke", {"token": fresh["access_token"]}).status_code == 200
        browser.open(party.authorize_url())
        second = party.answer(browser)["code"]
        again = party.redeem(second).get_json()
        assert party.redeem(second).status_code == 400, "a replay"
        party.call(
            "/oauth/token", {"grant_type": "authorization_code", "client_secret": "given-twice-canary"}
        )
        browser.open(f"/oauth/logout?id_token_hint={again['id_token']}").submit()
    assert len(logout_tokens) == 1, "the application was told"
    secrets = [
        one[name] for one in (tokens, fresh, again) for name in ("access_token", "refresh_token", "id_token")
    ]
    seen.secrets |= {
        *secrets,
        *logout_tokens,
        *browser.secrets,
        party.verifier,
        str(party.client.client_secret),
    }
    seen.codes = {code, second}
    hint_url = f"/oauth/logout?id_token_hint={again['id_token']}"
    seen.urls = [
        url for url in browser.urls if url != hint_url and not url.startswith(party.client.redirect_uri)
    ]
    seen.titles = browser.titles
    return seen


def forms(secret: str) -> set[bytes]:
    """How a secret may lie in bytes: as text, UTF-16, hexadecimal, base64 in its three phases, and escaped."""
    raw = secret.encode()
    found = {raw, secret.encode("utf-16-le"), raw.hex().encode(), secret.encode("unicode_escape")}
    for phase in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            # Without the ends, which depend on what stands beside it.
            found.add(encode(b"\0" * phase + raw)[4 if phase else 0 : -4])
    return {one for one in found if len(one) >= 8}


def leaks(seen: Seen, sink: bytes, *, with_codes: bool = True) -> list[str]:
    """The secrets that stand in a sink in any form."""
    wanted = seen.secrets | (seen.codes if with_codes else set())
    return sorted(secret for secret in wanted if any(form in sink for form in forms(secret)))


def tables(provider: Provider) -> bytes:
    """Every row of every table as text, with bytes as they are."""
    rows: list[bytes] = []
    with provider.sql.once() as db:
        for name in inspect(db).get_table_names():
            for row in db.execute(text(f'SELECT * FROM "{name}"')):  # noqa: S608 - names of our own tables
                cells = (bytes(c) if isinstance(c, bytes | memoryview) else str(c).encode() for c in row)
                rows += [b"|".join(cells), repr(tuple(row)).encode()]
    assert len(rows) > 20
    return b"\n".join(rows)


def redis_dump(redis: Redis) -> bytes:
    """Every key and value, in the clear: DUMP would compress them. Keys are bytes, so Redis itself walks them."""
    redis.cli("SET", "planted", "planted-value")
    dump = redis.cli("--raw", "EVAL", _EVERYTHING, "0")
    assert b"planted-value" in dump and b"another type" not in dump
    assert dump.count(b"yihao-next-key") > 3, "the provider keeps something there"
    return dump


def test_no_sink_holds_a_person_or_a_secret(
    any_provider: Provider, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """After whole journeys, log at debug, tables, files, Redis, addresses, titles and metrics hold no canary."""
    stream = io.BytesIO()
    log.configure("debug", stream)
    try:
        seen = journey(any_provider)
    finally:
        log.configure("warning")
    assert len(seen.secrets) > 15 and len(seen.codes) == 2
    assert stream.getvalue().count(b"\n") >= 1, "the log was captured"
    assert leaks(seen, stream.getvalue()) == []
    assert leaks(seen, tables(any_provider)) == []
    urls = "\n".join([*seen.urls, *(unquote(url) for url in seen.urls)]).encode()
    assert leaks(seen, urls) == []
    assert leaks(seen, "\n".join(seen.titles).encode()) == []
    assert leaks(seen, any_provider.services.foundation.metrics.render()) == []
    if any_provider.sql.is_sqlite:
        files = [path for path in tmp_path.iterdir() if ".db" in path.name]
        assert len(files) >= 2
        assert leaks(seen, b"".join(path.read_bytes() for path in files)) == []
    else:
        redis: Redis = request.getfixturevalue("redis_of_test")
        assert leaks(seen, redis_dump(redis)) == []


@pytest.fixture
def redis_of_test(_redis_server: Redis) -> Redis:
    """The worker's Redis as the provider left it: asked for by `redis` it would be emptied first."""
    return _redis_server


def test_the_search_finds_what_it_is_for() -> None:
    """A secret as text, hexadecimal, base64 at any offset and escaped is found."""
    seen = Seen({PASSWORD})
    for sink in (PASSWORD.encode(), PASSWORD.encode().hex().encode(), PASSWORD.encode("unicode_escape")):
        assert leaks(seen, b"before " + sink + b" after") == [PASSWORD]
    for offset in range(3):
        assert leaks(seen, b64encode(b"x" * offset + PASSWORD.encode() + b"yy")) == [PASSWORD]


def test_an_unforeseen_error_tells_the_log_no_value(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug whose message quotes what was typed is logged by type and place alone, and the page shows a reference."""
    person = provider.make.person(name=NAME, password=PASSWORD)

    def quoting(*_: object) -> None:
        raise ValueError(f"{person.id_number} {PASSWORD}")

    monkeypatch.setattr(provider.services.passwords, "check", quoting)
    browser = Watched(provider)
    stream = io.BytesIO()
    browser.open("/login")
    log.configure("debug", stream)
    try:
        browser.sign_in(person)
    finally:
        log.configure("warning")
    assert browser.status == 500 and 'id="reference"' in browser.page
    assert b"ValueError" in stream.getvalue()
    seen = Seen({person.id_number, PASSWORD, NAME})
    assert leaks(seen, stream.getvalue()) == [] and leaks(seen, browser.page.encode()) == []
