"""Machine endpoints answer the same by the door's shortcut and through Flask (decision 0001)."""

import io
from typing import Any

import pytest

from idp.main import public_routes
from idp.web.routing import Kind
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider

FORM = "application/x-www-form-urlencoded"
PATHS = sorted(route.path for route in public_routes() if route.kind is Kind.MACHINE)
VOLATILE = {"x-request-id", "set-cookie"}
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"HTTP_AUTHORIZATION": "Bearer nonsense"},
    {"HTTP_AUTHORIZATION": "Basic bm9ib2R5Ong="},
    {"HTTP_AUTHORIZATION": "Basic !!"},
    {"HTTP_ORIGIN": "https://dept-one.test"},
    {"HTTP_ORIGIN": "https://evil.test", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"},
    {"HTTP_IF_NONE_MATCH": "*"},
    {"HTTP_COOKIE": "__Host-yh_session=" + "A" * 43},
    {"HTTP_ACCEPT_LANGUAGE": "en"},
)
QUERIES = (
    "",
    "client_id=dept-one",
    "client_id=dept-one&redirect_uri=https%3A%2F%2Fdept-one.test%2Fcallback&state=s",
    "a=1&a=2",
    "a=%ff",
    "access_token=x",
    "x=" + "y" * 17_000,
)
BODIES: tuple[tuple[str, bytes], ...] = (
    (FORM, b""),
    (FORM, b"grant_type=authorization_code&code=x&client_id=dept-one"),
    (FORM, b"grant_type=client_credentials&client_id=spa"),
    (FORM, b"token=abc.def.ghi&client_id=spa"),
    (FORM, b"token=a&token=b"),
    (FORM, b"%ff=%fe"),
    (FORM, b"\xff\xfe"),
    (FORM, b"x=" + b"y" * 70_000),
    ("application/json", b"{}"),
    ("", b"grant_type=x"),
    (FORM + "; charset=utf-8", b"grant_type=nothing&client_id=spa"),
)


class TwoWays:
    """Sends one request both ways and gives both answers without what differs by request."""

    def __init__(self, provider: Provider) -> None:
        self._door = provider.app
        # The same route table, with nothing of the door before it.
        self._flask = provider.app._pages

    def ask(self, **environ: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Both answers: status, headers, body."""
        return self._call(self._door, environ), self._call(self._flask, environ)

    def _call(self, app: Any, changes: dict[str, Any]) -> tuple[Any, ...]:
        body = changes.get("body", b"")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8400",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.9",
            "HTTP_HOST": "evil.test",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **{name: value for name, value in changes.items() if name != "body"},
        }
        began: list[Any] = []
        content = b"".join(app(environ, lambda status, headers, *_: began.extend((status, headers))))
        headers = sorted((k.lower(), v) for k, v in began[1] if k.lower() not in VOLATILE)
        reference = next((v for k, v in began[1] if k.lower() == "x-request-id"), "")
        steady = [(k, v) for k, v in headers if k not in {"content-security-policy", "location"}]
        return began[0].split(" ")[0], steady, _plain(content, reference)


def _plain(content: bytes, reference: str) -> bytes:
    """The body without the reference of the request and the form token of a page."""
    if b"<html" in content:
        return b"page"
    return content.replace(reference.encode(), b"")


@pytest.fixture
def ways(provider: Provider) -> TwoWays:
    """Both ways into one provider that has a confidential and a public client."""
    provider.make.client("dept-one")
    provider.make.client("spa", kind="spa", token_endpoint_auth_method="none")
    return TwoWays(provider)


@pytest.mark.parametrize("path", PATHS)
def test_reads_are_the_same(ways: TwoWays, path: str) -> None:
    """GET, HEAD and OPTIONS with every header and query of the corpus."""
    for method in ("GET", "HEAD", "OPTIONS"):
        for headers in HEADERS:
            for query in QUERIES:
                door, flask = ways.ask(REQUEST_METHOD=method, PATH_INFO=path, QUERY_STRING=query, **headers)
                assert door == flask, (method, query[:60], headers)


@pytest.mark.parametrize("path", PATHS)
def test_writes_are_the_same(ways: TwoWays, path: str) -> None:
    """POST with every header and body of the corpus."""
    for headers in HEADERS:
        for content_type, body in BODIES:
            door, flask = ways.ask(
                REQUEST_METHOD="POST", PATH_INFO=path, CONTENT_TYPE=content_type, body=body, **headers
            )
            assert door == flask, (body[:60], headers)


def test_what_succeeds_is_the_same(provider: Provider, ways: TwoWays) -> None:
    """Userinfo, introspection and the documents with a token that is good."""
    application = RelyingParty(provider, provider.make.client("dept-two", may_introspect=True))
    tokens = application.tokens(Browser(provider), provider.make.person())
    bearer = {"HTTP_AUTHORIZATION": "Bearer " + tokens["access_token"]}
    door, flask = ways.ask(PATH_INFO="/oauth/userinfo", **bearer)
    assert door == flask and door[0] == "200"
    for path in ("/oauth/jwks", "/.well-known/openid-configuration", "/health/live", "/health/ready"):
        door, flask = ways.ask(PATH_INFO=path)
        assert door == flask and door[0] == "200"


@pytest.mark.sec("SEC-17")
@pytest.mark.parametrize(
    "path",
    [
        "/login/",
        "/oauth//token",
        "//evil.test/login",
        "/account//",
        "/static//x",
        "/LOGIN",
        "/oauth/../login",
    ],
)
def test_other_writings_of_a_path_are_not_found(ways: TwoWays, path: str) -> None:
    """No redirect to a tidied address, which would be made from the Host header: just not found."""
    for answer in ways.ask(PATH_INFO=path):
        assert answer[0] == "404", answer
