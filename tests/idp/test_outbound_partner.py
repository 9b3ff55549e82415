"""The way to one inner partner that the settings name, by mutual TLS."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from idp.outbound import Outbound, OutboundAnswer, OutboundFailed, OutboundRefused, OutboundSettings
from tests.support.openssl_ca import OpensslCa
from tests.support.outbound_server import Answerer, Server, answering

pytestmark = pytest.mark.sec("SEC-16")

PRODUCTION = Outbound(OutboundSettings(), allow_loopback=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OpensslCa:
    """The authority of an inner partner and of us."""
    return OpensslCa(tmp_path_factory.mktemp("partner") / "ca", "ec")


@contextmanager
def inner_partner(authority: OpensslCa, answer: Answerer) -> Iterator[Server]:
    """A server on loopback that asks for a certificate of the authority."""
    server = Server(answer)
    own = authority.issue("partner", "serverAuth")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own.certificate, own.key)
    tls.load_verify_locations(authority.root.certificate)
    tls.verify_mode = ssl.CERT_REQUIRED
    server.http.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are no news
    server.http.socket = tls.wrap_socket(server.http.socket, server_side=True, do_handshake_on_connect=False)
    with server.running():
        yield server


def as_node(authority: OpensslCa, certified: bool = True) -> ssl.SSLContext:
    """Our side of the connection, with or without a certificate."""
    tls = ssl.create_default_context(cafile=str(authority.root.certificate))
    if certified:
        own = authority.issue("node", "clientAuth")
        tls.load_cert_chain(own.certificate, own.key)
    return tls


def test_a_named_partner_is_called_where_nobody_else_is(authority: OpensslCa) -> None:
    """By mutual TLS at an inner address of the settings; the same address is refused when it comes from elsewhere."""
    with inner_partner(authority, answering(b"signed", status=201, Set_Cookie="a=1")) as server:
        origin = f"https://localhost:{server.port}"
        partner = PRODUCTION.partner(origin, as_node(authority), 5.0, 1024)
        for _ in range(2):
            assert partner.post("/v1/keys/a", b"body", "application/jose") == OutboundAnswer(201, b"signed")
        partner.close()
        with pytest.raises(OutboundRefused):
            PRODUCTION.get_json(f"{origin}/v1/keys/a")
    method, path, headers, body = server.seen[1]
    assert (method, path, body) == ("POST", "/v1/keys/a", b"body")
    assert headers["Content-Type"] == "application/jose"
    assert "Cookie" not in headers


def test_a_named_partner_needs_our_certificate_and_we_need_its(authority: OpensslCa, tmp_path: Path) -> None:
    """Neither side speaks to one that the authority did not certify."""
    other = OpensslCa(tmp_path / "other", "ec", "Other Root")
    with inner_partner(authority, answering(b"signed")) as server:
        origin = f"https://127.0.0.1:{server.port}"
        for tls in (as_node(authority, certified=False), as_node(other)):
            partner = PRODUCTION.partner(origin, tls, 5.0, 1024)
            with pytest.raises(OutboundFailed):
                partner.post("/", b"body", "application/jose")
            partner.close()
    assert server.seen == []


def test_a_named_partner_stands_under_the_same_limits(authority: OpensslCa) -> None:
    """No redirect is followed, no large answer read, no slow one waited for."""
    late = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/late":
            late.wait(10)
        status = 302 if handler.path == "/moved" else 200
        answering(bytes(2000) if handler.path == "/large" else b"", status, Location="/v1/other")(handler)

    with inner_partner(authority, answer) as server:
        partner = PRODUCTION.partner(f"https://127.0.0.1:{server.port}", as_node(authority), 1.0, 1024)
        assert partner.post("/moved", b"", "application/jose").status == 302
        for path in ("/large", "/late"):
            with pytest.raises(OutboundFailed):
                partner.post(path, b"", "application/jose")
        late.set()
        for path in ("", ".evil.example/", "@evil.example/", "/a#b", "/\\evil", "/\n"):
            with pytest.raises(OutboundRefused):
                partner.post(path, b"", "application/jose")
        partner.close()


@pytest.mark.parametrize(
    "origin",
    [
        "http://10.0.0.1",
        "https://10.0.0.1/",
        "https://10.0.0.1/a",
        "https://u@10.0.0.1",
        "https://10.1",
        "10.0.0.1",
        "",
    ],
)
def test_a_named_partner_is_an_https_origin(origin: str) -> None:
    """A slip in the settings is refused, not called."""
    with pytest.raises(OutboundRefused):
        PRODUCTION.partner(origin, ssl.create_default_context(), 5.0, 1024)
