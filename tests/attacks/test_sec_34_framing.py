"""SEC-34: nothing of ours is shown inside a foreign page, and no page that we link to holds on to ours."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from idp.main import public_routes
from idp.web.static_files import StaticFiles
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import RawAnswer, ask, cookie_header

pytestmark = pytest.mark.sec("SEC-34")
TEMPLATES = Path(__file__).parents[2] / "idp" / "web" / "templates"
OUTSIDE = re.compile(r"<a\b[^>]*\bhref=\"\{\{[^}]*\|\s*(?:web_url|application_url)\s*\}\}\"[^>]*>")


class Links(HTMLParser):
    """Gathers the attributes of every link."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"a", "area"}:
            self.found.append({name: value or "" for name, value in attrs})


def answers(provider: Provider) -> Iterator[tuple[str, RawAnswer]]:
    """Every kind of answer: each route signed in and not, static files, and each failure by its cause."""
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    undecided = Browser(provider).open(party.authorize_url()).sign_in(provider.make.person())
    question = undecided.hidden()["transaction"]
    for cookies in ({}, cookie_header(browser), cookie_header(undecided)):
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            for route in public_routes():
                yield f"{method} {route.path}", ask(provider, method, route.path, headers=cookies)
        for url in (
            party.authorize_url(),
            party.authorize_url(prompt="none", scope="openid nonsense"),
            party.authorize_url(redirect_uri="https://evil.test/"),
            f"/consent?question={question}",
            f"/oauth/logout?client_id=dept-one&post_logout_redirect_uri=https%3A%2F%2F{party.client.client_id}.test%2F",
        ):
            yield url, ask(provider, "GET", url, headers=cookies)
    static = StaticFiles().url("css/base.css")
    etag = ask(provider, "GET", static).one("ETag") or ""
    yield "static", ask(provider, "GET", static)
    yield "static unchanged", ask(provider, "GET", static, headers={"If-None-Match": etag})
    yield "no static", ask(provider, "GET", "/static/none.js")
    yield "no page", ask(provider, "GET", "/nowhere")
    yield "method", ask(provider, "DELETE", "/login")
    yield "path", ask(provider, "GET", "/\u00e9")
    yield "large path", ask(provider, "GET", "/" + "a" * 3000)
    yield "large body", ask(provider, "POST", "/login", body=b"a" * 70_000)
    yield "large machine body", ask(provider, "POST", "/oauth/token", body=b"a" * 70_000)
    for _ in range(305):
        limited = ask(provider, "GET", "/oauth/authorize", address="203.0.113.1")
    yield "429", limited
    provider.sql.close()


def test_every_answer_forbids_framing_twice_over(provider: Provider) -> None:
    """One X-Frame-Options: DENY and one policy with frame-ancestors 'none', on pages, JSON, redirects, files, failures."""
    seen = set()
    for name, answer in answers(provider):
        seen.add(answer.status)
        assert answer.one("X-Frame-Options") == "DENY", name
        policy = answer.one("Content-Security-Policy") or ""
        directives = [part.strip() for part in policy.split(";")]
        assert [part for part in directives if part.startswith("frame-ancestors")] == [
            "frame-ancestors 'none'"
        ], name
        assert answer.one("X-Content-Type-Options") == "nosniff", name
    assert {200, 204, 303, 304, 400, 401, 404, 405, 413, 429} <= seen, f"kinds of answer missing: {seen}"


@pytest.mark.parametrize("path", ["/login", "/oauth/token", "/account"])
def test_failures_of_ours_forbid_framing_too(
    provider: Provider, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 and 503 carry the same headers as any other answer."""
    store = provider.services.foundation.store
    for error, status in ((RuntimeError("canary"), 500), (provider_down(), 503)):
        broken = _Raising(error)
        monkeypatch.setattr(provider.services.foundation.limits, "_store", broken)
        monkeypatch.setattr(provider.services.signing_in.login, "begin", broken.fail)
        monkeypatch.setattr(provider.services.clients, "find", broken.fail)
        headers = {"Authorization": "Basic YTpi"}
        answer = ask(provider, "POST" if "token" in path else "GET", path, headers=headers)
        assert answer.status == status and b"canary" not in answer.body
        assert answer.one("X-Frame-Options") == "DENY"
        assert "frame-ancestors 'none'" in (answer.one("Content-Security-Policy") or "")
    assert store is provider.services.foundation.store


class _Raising:
    """Stands where a dependency was."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def fail(self, *_: object, **__: object) -> object:
        raise self._error

    def __getattr__(self, name: str) -> object:
        return self.fail


def provider_down() -> Exception:
    """What a lost store raises."""
    from idp.errors import Unavailable

    return Unavailable("svc.down")


def test_links_to_other_hosts_leave_no_handle_and_no_referrer(provider: Provider) -> None:
    """Every link that leaves the provider has rel=noreferrer; none opens a window that could reach back."""
    for name, answer in answers(provider):
        if "text/html" not in (answer.one("Content-Type") or "") or not answer.body:
            continue
        for link in Links(answer.text).found:
            assert "target" not in link, name
            if not re.match(r"[#/](?!/)|#", link.get("href", "/")):
                assert "noreferrer" in link.get("rel", "").split(), (name, link)


def test_every_template_marks_its_links_outside() -> None:
    """Also the pages that no journey above reached: each link made by web_url or application_url is noreferrer."""
    links = [
        (path.name, link) for path in TEMPLATES.rglob("*.html") for link in OUTSIDE.findall(path.read_text())
    ]
    assert len(links) > 5
    assert [found for found in links if 'rel="noreferrer"' not in found[1]] == []
