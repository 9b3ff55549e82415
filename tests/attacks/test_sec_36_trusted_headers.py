"""SEC-36: a header that speaks for a caller counts from the gateway alone, and no forged or cut one does harm."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.main import public_routes
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider, SqliteTemplate
from tests.support.raw import ask, cookie_header, masked, snapshot

pytestmark = pytest.mark.sec("SEC-36")
VECTOR = Path(__file__).parents[1] / "vectors" / "tls" / "client_cert.json"
CERTIFICATE: str = json.loads(VECTOR.read_text())["client_cert"]
GATEWAY, PROXY, CALLER = "192.0.2.1", "192.0.2.2", "198.51.100.7"
ROUTES = sorted({(method, route.path) for route in public_routes() for method in route.methods})
SPELLINGS = ("Client-Cert", "client-cert", "CLIENT-CERT", "Client_Cert", "client_cert")
FORGERIES = (CERTIFICATE, "", "garbage", f"{CERTIFICATE},{CERTIFICATE}", CERTIFICATE[:-9], "x" * 17_000)


@pytest.fixture
def trusting(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Provider]:
    """A provider with a gateway that sends Client-Cert, and a proxy that may only name the caller."""
    made = Provider(
        sqlite_template.copy(tmp_path)
        | {
            "YIHAO_WEB__TRUSTED_PROXIES": json.dumps([GATEWAY, PROXY]),
            "YIHAO_WEB__CLIENT_CERTIFICATE_HEADER": "Client-Cert",
            "YIHAO_WEB__CLIENT_CERTIFICATE_FORMAT": "rfc9440",
            "YIHAO_WEB__CLIENT_CERTIFICATE_PROXIES": json.dumps([GATEWAY]),
        }
    )
    yield made
    made.close()


@pytest.mark.parametrize("address", [CALLER, PROXY, ""])
def test_no_route_answers_a_foreign_certificate_header(trusting: Provider, address: str) -> None:
    """Every route, static files and nowhere: 400 with a reference, and no row changes."""
    before = snapshot(trusting)
    for method, path in [*ROUTES, ("GET", "/static/none.css"), ("GET", "/nowhere")]:
        answer = ask(trusting, method, path, address=address, headers={"Client-Cert": CERTIFICATE})
        assert answer.status == 400, (method, path)
        reference = answer.one("X-Request-ID") or ""
        assert len(reference) == 16
        # A page shows the first eight in two groups, JSON the whole.
        shown = f"{reference[:4]}-{reference[4:8]}".upper()
        assert reference in answer.text or shown in answer.text, (method, path)
        assert CERTIFICATE[1:40] not in answer.text
    assert snapshot(trusting) == before


def test_every_spelling_and_forgery_is_refused_alike(trusting: Provider) -> None:
    """No value, not even an empty one, and no X-Forwarded-For beside it makes a caller the gateway."""
    for spelling in SPELLINGS:
        for value in FORGERIES:
            for forwarded in ({}, {"X-Forwarded-For": GATEWAY}):
                answer = ask(trusting, "GET", "/login", address=PROXY, headers={spelling: value} | forwarded)
                assert answer.status == 400, (spelling, value[:20])


def test_a_signed_in_browser_is_refused_too_and_stays_signed_in(trusting: Provider) -> None:
    """The forged request ends; the session it came with is neither used nor harmed."""
    browser = Browser(trusting)
    RelyingParty(trusting, trusting.make.client()).tokens(browser, trusting.make.person())
    cookies = cookie_header(browser)
    forged = ask(trusting, "GET", "/account", headers=cookies | {"Client-Cert": CERTIFICATE})
    assert (forged.status, forged.one("Set-Cookie")) == (400, None)
    assert ask(trusting, "GET", "/account", headers=cookies).status == 200


def test_the_gateway_may_send_anything_without_harm(trusting: Provider) -> None:
    """Where no endpoint asks for the certificate, a good or broken one changes no answer; too long a one is 413."""
    for path in ("/login", "/.well-known/openid-configuration", "/nowhere"):
        plain = masked(ask(trusting, "GET", path, address=GATEWAY))
        for value in FORGERIES[:-1]:
            answer = ask(trusting, "GET", path, address=GATEWAY, headers={"Client-Cert": value})
            assert masked(answer) == plain, (path, value[:20])
        long = ask(trusting, "GET", path, address=GATEWAY, headers={"Client-Cert": FORGERIES[-1]})
        assert long.status == 413


def test_without_settings_the_header_means_nothing(provider: Provider) -> None:
    """An instance without a gateway answers as if the header were not there."""
    for path in ("/login", "/.well-known/openid-configuration"):
        plain = masked(ask(provider, "GET", path))
        for spelling in SPELLINGS:
            assert masked(ask(provider, "GET", path, headers={spelling: CERTIFICATE})) == plain
