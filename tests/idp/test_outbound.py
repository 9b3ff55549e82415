"""The guarded way out, against real servers on loopback and name answers of our choice."""

import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.outbound import Outbound, OutboundFailed, OutboundRefused, OutboundSettings, Resolver
from tests.support.outbound_server import Answerer, Server, answering

pytestmark = pytest.mark.sec("SEC-16")


def naming(*addresses: str) -> Resolver:
    """A resolver that gives every name these addresses."""
    return lambda host: list(addresses)


class WaysOut:
    """Makes ways out and closes them."""

    def __init__(self) -> None:
        self._made: list[Outbound] = []

    def __call__(
        self, allow_loopback: bool = True, resolve: Resolver | None = None, seconds: float = 3.0
    ) -> Outbound:
        outbound = Outbound(OutboundSettings(seconds=seconds), allow_loopback, resolve)
        self._made.append(outbound)
        return outbound

    def close(self) -> None:
        """Close all."""
        for outbound in self._made:
            outbound.close()


@pytest.fixture
def way_out() -> Iterator[WaysOut]:
    """Ways out that are closed after the test."""
    made = WaysOut()
    yield made
    made.close()


PRODUCTION = Outbound(OutboundSettings(), allow_loopback=False)


def test_json_is_fetched_and_nothing_about_us_is_told(way_out: WaysOut) -> None:
    """A plain answer is given parsed; the request carries no cookie and no more than it must."""
    with Server(answering(b'{"keys":[]}', Set_Cookie="a=1")).running() as server:
        outbound = way_out()
        for _ in range(2):
            assert outbound.get_json(f"http://127.0.0.1:{server.port}/jwks?a=b") == {"keys": []}
    method, path, headers, _ = server.seen[1]
    assert (method, path) == ("GET", "/jwks?a=b")
    assert {name.lower() for name in headers} == {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
    }


def test_form_is_posted_and_any_status_is_an_answer(way_out: WaysOut) -> None:
    """Back-channel partners answer 400 on purpose: the caller sees status and body."""
    with Server(answering(b"no", 400)).running() as server:
        answer = way_out().post_form(f"http://127.0.0.1:{server.port}/out", {"logout_token": "a b&c"})
    assert (answer.status, answer.body) == (400, b"no")
    method, _, headers, body = server.seen[0]
    assert (method, body) == ("POST", b"logout_token=a+b%26c")
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.100.100.200/",
        "https://168.63.129.16/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://192.0.2.1/",
        "https://198.18.0.1/",
        "https://192.88.99.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:8.8.8.8]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::808:808]/",
        "https://[64:ff9b:1::1]/",
        "https://[2002:808:808::1]/",
        "https://[2001:0:808:808::1]/",
        "https://[2001:db8::1]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://[::1%25lo]/",
        "http://example.org/",
        "http://8.8.8.8/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "https:///path",
        "https:example.org",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https://@example.org/",
        "https://example.org\\@127.0.0.1/",
        "https://example.org/\r\nHost: a",
        "https://exa mple.org/",
        "https://example.org:22/",
        "https://example.org:0/",
        "https://example.org:6379x/",
        "https://example.org:70000/",
        "https://例子.example/",
        "https://example.org/#fragment",
        "https://example.org/" + "a" * 2048,
        "",
    ],
)
def test_address_that_is_no_partner_is_refused(url: str, way_out: WaysOut) -> None:
    """Inner, special and disguised addresses, foreign schemes and odd forms are refused without a packet."""
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with pytest.raises(OutboundRefused):
        way_out(False, resolve=resolve).get_json(url)
    assert asked == []


@pytest.mark.parametrize(
    "inner", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1"]
)
def test_name_with_one_inner_address_is_refused(inner: str, way_out: WaysOut) -> None:
    """It does not help to hide an inner address among public ones."""
    outbound = way_out(False, resolve=naming("93.184.215.14", inner))
    with pytest.raises(OutboundRefused):
        outbound.post_form("https://partner.example/out", {})


def test_production_never_touches_a_server_on_loopback() -> None:
    """Neither by number nor by name nor by http does a packet reach it."""
    with Server(answering(b"{}")).running() as server:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            for scheme in ("http", "https"):
                with pytest.raises(OutboundRefused):
                    PRODUCTION.get_json(f"{scheme}://{host}:{server.port}/")
    assert server.seen == []


def test_sandbox_opens_loopback_and_nothing_more(way_out: WaysOut) -> None:
    """Loopback fetch is for a machine's own demo; private networks stay shut, and http stays inside."""
    for address in ("10.0.0.1", "192.168.1.1", "169.254.169.254", "::ffff:127.0.0.1", "fd00::1"):
        outbound = way_out(resolve=naming(address))
        with pytest.raises(OutboundRefused):
            outbound.get_json("https://partner.example/")
    with pytest.raises(OutboundRefused):
        way_out(resolve=naming("93.184.215.14")).get_json("http://partner.example/")


def test_name_is_resolved_once_and_the_checked_address_is_called(way_out: WaysOut) -> None:
    """A name server that changes its answer (DNS rebinding) is asked only once per connection."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    outbound = way_out(resolve=lambda host: next(answers))
    with Server(answering(b"[1]")).running() as server:
        assert outbound.get_json(f"http://partner.example:{server.port}/") == [1]
    assert server.seen[0][2]["Host"] == f"partner.example:{server.port}"
    assert next(answers) == ["10.0.0.1"]


def test_second_address_is_tried_when_the_first_does_not_answer(way_out: WaysOut) -> None:
    """A partner with several addresses is reached by any of them."""
    outbound = way_out(resolve=naming("127.0.0.77", "127.0.0.1"))
    with Server(answering(b"[]")).running() as server:
        assert outbound.get_json(f"http://partner.example:{server.port}/") == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status: int, way_out: WaysOut) -> None:
    """A partner cannot send us on, least of all inwards."""
    with Server(answering(b"{}")).running() as inner:
        location = f"http://127.0.0.1:{inner.port}/secret"
        with Server(answering(b"", status, Location=location)).running() as server:
            with pytest.raises(OutboundFailed):
                way_out().get_json(f"http://127.0.0.1:{server.port}/")
            assert way_out().post_form(f"http://127.0.0.1:{server.port}/", {}).status == status
    assert inner.seen == []


def test_answer_over_the_limit_is_refused(way_out: WaysOut) -> None:
    """64 KiB pass, one byte more fails, whether announced or streamed without an end."""
    limit = 64 * 1024

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while True:
            handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    for answer in (answering(b"x" * (limit + 1)), endless):
        with Server(answer).running() as server, pytest.raises(OutboundFailed) as caught:
            way_out().post_form(f"http://127.0.0.1:{server.port}/", {})
        assert caught.value.detail == "size"
    with Server(answering(b"x" * limit)).running() as server:
        assert len(way_out().post_form(f"http://127.0.0.1:{server.port}/", {}).body) == limit


def test_compressed_answer_is_refused(way_out: WaysOut) -> None:
    """A small answer cannot unfold into a large one."""
    with (
        Server(answering(b"\x1f\x8b", Content_Encoding="gzip")).running() as server,
        pytest.raises(OutboundFailed),
    ):
        way_out().post_form(f"http://127.0.0.1:{server.port}/", {})


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    """Send one byte of the body at a time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b" ")
        time.sleep(0.1)


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    """Send one byte of the head at a time."""
    for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 40:
        handler.wfile.write(bytes([letter]))
        time.sleep(0.1)


def say_nothing(handler: BaseHTTPRequestHandler) -> None:
    """Keep the caller waiting."""
    threading.Event().wait(4)


@pytest.mark.parametrize("answer", [drip_body, drip_head, say_nothing])
def test_slow_server_cannot_hold_a_worker(answer: Answerer, way_out: WaysOut) -> None:
    """The limit is for the whole exchange: bytes that keep dripping win no more time."""
    outbound = way_out(seconds=0.5)
    server = Server(answer)
    server.http.block_on_close = False
    with server.running():
        must_fail_within(2, lambda: outbound.get_json(f"http://127.0.0.1:{server.port}/"))


def must_fail_within(seconds: float, call: Callable[[], object]) -> None:
    """Run the call in a thread of its own, which must end by OutboundFailed in time."""
    outcome: list[object] = []

    def attempt() -> None:
        try:
            outcome.append(call())
        except OutboundFailed as error:
            outcome.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(seconds)
    assert [type(found) for found in outcome] == [OutboundFailed]


def test_slow_name_server_cannot_hold_a_worker(way_out: WaysOut) -> None:
    """Looking the name up counts as well, and many stuck look-ups do not pile up threads."""
    release = threading.Event()

    def resolve(host: str) -> list[str]:
        release.wait(10)
        return []

    outbound = way_out(resolve=resolve, seconds=0.1)
    before = threading.active_count()
    for _ in range(12):
        must_fail_within(2, lambda: outbound.get_json("https://partner.example/"))
    assert threading.active_count() - before <= 8
    release.set()


def test_unknown_name_and_closed_port_fail(way_out: WaysOut) -> None:
    """What does not exist is a failure, not a refusal."""

    def unknown(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(OutboundFailed):
        way_out(False, resolve=unknown).get_json("https://partner.example/")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(OutboundFailed):
        way_out().get_json(f"http://127.0.0.1:{port}/")


def garble(handler: BaseHTTPRequestHandler) -> None:
    """Answer with what is not HTTP."""
    handler.wfile.write(b"\x00\x01\x02 SSH-2.0\r\n\r\n")


@pytest.mark.parametrize("answer", [answering(b"<html>"), answering(b""), answering(b"{}", 404), garble])
def test_unusable_answer_fails(answer: Answerer, way_out: WaysOut) -> None:
    """Not JSON, another status, not HTTP: one kind of error, whose text holds nothing of the answer."""
    with Server(answer).running() as server, pytest.raises(OutboundFailed) as caught:
        way_out().get_json(f"http://127.0.0.1:{server.port}/")
    assert "html" not in caught.value.detail


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, way_out: WaysOut) -> None:
    """A stray variable must not lead tokens through another machine."""
    with Server(answering(b"{}")).running() as proxy, Server(answering(b"[]")).running() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outbound = way_out()
        assert outbound.get_json(f"http://127.0.0.1:{server.port}/") == []
    assert proxy.seen == []


def test_certificate_must_name_the_partner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way_out: WaysOut
) -> None:
    """The name asked for is verified, though the connection goes to an address; an unknown issuer fails."""
    pair = tmp_path / "pair.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=partner.example", "-addext", "subjectAltName=DNS:partner.example", "-keyout", pair, "-out", pair],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    server = Server(answering(b"[]"))
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    server.http.handle_error = lambda *_: None  # type: ignore[method-assign] # failed handshakes are the test
    stranger = way_out(resolve=naming("127.0.0.1"))
    monkeypatch.setenv("SSL_CERT_FILE", str(pair))
    friend = way_out(resolve=naming("127.0.0.1"))
    with server.running():
        assert friend.get_json(f"https://partner.example:{server.port}/") == []
        for outbound, host in ((friend, "other.example"), (stranger, "partner.example")):
            with pytest.raises(OutboundFailed):
                outbound.get_json(f"https://{host}:{server.port}/")
    assert len(server.seen) == 1


def test_threads_share_the_way_out(way_out: WaysOut) -> None:
    """Many threads at once each get their own answer and deadline."""

    def echo(handler: BaseHTTPRequestHandler) -> None:
        answering(handler.path[1:].encode())(handler)

    results: dict[int, object] = {}
    outbound = way_out()
    with Server(echo).running() as server:

        def call(number: int) -> None:
            results[number] = outbound.get_json(f"http://127.0.0.1:{server.port}/{number}")

        threads = [threading.Thread(target=call, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == {number: number for number in range(40)}


def test_forked_child_opens_its_own_connection(way_out: WaysOut) -> None:
    """A child must not write into its parent's connection, which the parent goes on using."""
    peers: list[int] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        peers.append(handler.client_address[1])
        answering(b"[]")(handler)

    outbound = way_out()
    with Server(note).running() as server:
        url = f"http://127.0.0.1:{server.port}/"
        outbound.get_json(url)
        child = os.fork()
        if child == 0:
            outbound.get_json(url)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        outbound.get_json(url)
    assert peers[0] == peers[2] != peers[1]


@settings(deadline=None)
@given(st.ip_addresses())
def test_whatever_python_calls_inner_is_refused(address: IPv4Address | IPv6Address) -> None:
    """No address that is not globally reachable passes, in any version."""
    outbound = Outbound(OutboundSettings(), False, naming(str(address), "10.0.0.1"))
    with pytest.raises(OutboundRefused):
        outbound.get_json("https://partner.example/")
    if not address.is_global or address.is_multicast:
        host = f"[{address}]" if address.version == 6 else str(address)
        with pytest.raises(OutboundRefused):
            PRODUCTION.get_json(f"https://{host}/")


def test_signed_content_may_come_by_http_and_is_bounded(way_out: WaysOut) -> None:
    """Four mebibytes pass, one byte more fails; any status but 200 fails; a request body is posted as an OCSP request."""
    limit = 4 * 1024 * 1024
    with Server(answering(b"x" * limit)).running() as server:
        url = f"http://127.0.0.1:{server.port}/list.crl"
        assert len(way_out().signed_content(url, None)) == limit
        way_out().signed_content(url, b"\x30\x00")
    assert [method for method, *_ in server.seen] == ["GET", "POST"]
    for answer, why in ((answering(b"x" * (limit + 1)), "size"), (answering(b"x", status=404), "status 404")):
        with Server(answer).running() as server, pytest.raises(OutboundFailed) as caught:
            way_out().signed_content(f"http://127.0.0.1:{server.port}/", None)
        assert caught.value.detail == why


@pytest.mark.parametrize("inner", ["10.0.0.1", "169.254.169.254", "127.0.0.1", "::1"])
def test_signed_content_is_never_fetched_from_inside(inner: str) -> None:
    """A certificate that names an inner server as the place of its list reaches nothing."""
    outbound = Outbound(OutboundSettings(), allow_loopback=False, resolve=naming(inner))
    with pytest.raises(OutboundRefused):
        outbound.signed_content("http://lists.example.test/list.crl", None)
