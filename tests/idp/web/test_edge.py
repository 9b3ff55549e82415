"""The outermost checks: who calls, what a sane frame is, and which origin a form comes from."""

import io
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import MethodRefused, RequestRefused, TooLarge
from idp.web.edge import MAX_HEADER_BYTES, MAX_PATH, UNKNOWN_ADDRESS, Edge
from idp.web.exchange import Request
from idp.web.settings import WebSettings

ISSUER = "https://id.example.gov.cn"
PROXY = "10.1.0.1"
BEHIND_PROXY = Edge(WebSettings(trusted_proxies=(ip_network("10.1.0.0/16"), ip_network("fd00::/8"))), ISSUER)
DIRECT = Edge(WebSettings(), ISSUER)


def environ(
    peer: str = PROXY, method: str = "POST", path: str = "/login", **headers: str
) -> dict[str, object]:
    """A WSGI environment with headers given by their variable name without HTTP_."""
    frame = {"REMOTE_ADDR": peer, "REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO()}
    return frame | {f"HTTP_{name}": value for name, value in headers.items()}


def request(**headers: str) -> Request:
    """A request with these headers."""
    return Request(environ(**headers), "0" * 16, PROXY)


@pytest.mark.sec("SEC-18")
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1,203.0.113.9,\t10.1.2.3", "203.0.113.9"),
        ("10.1.9.9, 10.1.2.3", "10.1.9.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::1, fd00::5", "2001:db8::1"),
    ],
)
def test_caller_is_the_first_hop_that_no_trusted_proxy_vouches_for(forwarded: str, address: str) -> None:
    """Walked from the right, what the caller itself wrote on the left never counts."""
    assert BEHIND_PROXY.client_address(environ(X_FORWARDED_FOR=forwarded)) == address


@pytest.mark.sec("SEC-18")
@pytest.mark.parametrize(
    "forwarded",
    [
        "",
        "unknown",
        "203.0.113.9:4711",
        "[2001:db8::1]",
        "fe80::1%eth0",
        "203.0.113.9,",
        "203.0.113.9, , 10.1.2.3",
        "203.0.113.009",
        "0xcb007109",
        "3405803785",
        "203.0.113",
        "203.0.113.9 203.0.113.8",
        "203.0.113.9\x00",
        "２０３.0.113.9",
        "for=203.0.113.9",
        "1.1.1.1, " * 200 + "203.0.113.9",
    ],
)
def test_hop_that_is_no_bare_address_leaves_the_peer(forwarded: str) -> None:
    """Anything odd in the walk counts as if no header had come."""
    assert BEHIND_PROXY.client_address(environ(X_FORWARDED_FOR=forwarded)) == PROXY


@pytest.mark.sec("SEC-18")
def test_forwarded_header_of_an_untrusted_peer_is_ignored() -> None:
    """A caller that reaches us directly cannot name itself."""
    direct = environ("198.51.100.7", X_FORWARDED_FOR="127.0.0.1")
    assert BEHIND_PROXY.client_address(direct) == "198.51.100.7"
    assert DIRECT.client_address(environ(X_FORWARDED_FOR="127.0.0.1")) == PROXY


@pytest.mark.sec("SEC-18")
def test_ipv4_mapped_peer_is_the_ipv4_address_everywhere() -> None:
    """A dual-stack listener must not make a proxy untrusted or a caller two callers."""
    assert (
        BEHIND_PROXY.client_address(environ("::ffff:10.1.0.1", X_FORWARDED_FOR="203.0.113.9"))
        == "203.0.113.9"
    )
    assert DIRECT.client_address(environ("::ffff:203.0.113.9")) == "203.0.113.9"


def test_peer_without_an_address_is_the_unspecified_one() -> None:
    """A unix socket's peer is nobody, and is trusted with nothing."""
    assert BEHIND_PROXY.client_address(environ("", X_FORWARDED_FOR="203.0.113.9")) == UNKNOWN_ADDRESS


@pytest.mark.sec("SEC-18")
@given(st.text(max_size=60), st.ip_addresses())
def test_no_text_before_the_last_hop_changes_the_caller(written: str, caller: object) -> None:
    """The proxy appends the true address; whatever the caller sent before it has no effect."""
    text = str(caller).partition("%")[0]
    expected = ip_address(text)
    mapped = getattr(expected, "ipv4_mapped", None)
    if expected in ip_network("10.1.0.0/16") or expected in ip_network("fd00::/8") or mapped is not None:
        return
    found = BEHIND_PROXY.client_address(environ(X_FORWARDED_FOR=f"{written},{text}"))
    assert found == str(expected)


@pytest.mark.sec("SEC-17")
def test_request_ids_are_ours_and_differ() -> None:
    """16 hexadecimal characters, fresh each time."""
    names = {DIRECT.request_id() for _ in range(100)}
    assert len(names) == 100
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_ordinary_frame_passes(method: str) -> None:
    """The four methods on a plain path with a browser's headers are let through."""
    DIRECT.guard(environ(method=method, path="/.well-known/openid-configuration", COOKIE="a=" + "x" * 4000))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "CONNECT", "get", "PROPFIND", ""])
def test_other_methods_are_refused(method: str) -> None:
    """A method that no address takes ends here, and the answer can list those that exist."""
    with pytest.raises(MethodRefused) as caught:
        DIRECT.guard(environ(method=method))
    assert caught.value.allowed == ("GET", "HEAD", "POST", "OPTIONS")


@pytest.mark.parametrize("path", ["/lögin", "/a\x00b", "/a\r\nb", "/a\\b", "*", "login", "/\x7f", "/a\xa0"])
def test_path_junk_is_refused(path: str) -> None:
    """Paths are printable ASCII from the root; nothing else reaches routing, logs or redirects."""
    with pytest.raises(RequestRefused) as caught:
        DIRECT.guard(environ(path=path))
    assert caught.value.code == "request.path"


def test_path_limit_is_two_kib() -> None:
    """A path of the limit passes, one byte more does not."""
    DIRECT.guard(environ(path="/" + "a" * (MAX_PATH - 1)))
    with pytest.raises(TooLarge):
        DIRECT.guard(environ(path="/" + "a" * MAX_PATH))


def test_oversize_header_block_is_refused() -> None:
    """One huge header, or very many small ones, are refused before anything reads them."""
    with pytest.raises(TooLarge):
        DIRECT.guard(environ(COOKIE="x" * MAX_HEADER_BYTES))
    with pytest.raises(TooLarge):
        DIRECT.guard(environ(**{f"X_{number}": "" for number in range(101)}))


@pytest.mark.sec("SEC-33")
@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"ORIGIN": ISSUER}, True),
        ({"ORIGIN": ISSUER, "SEC_FETCH_SITE": "same-origin"}, True),
        ({"SEC_FETCH_SITE": "same-origin"}, True),
        ({"SEC_FETCH_SITE": "none"}, True),
        ({"REFERER": ISSUER + "/login"}, True),
        ({}, True),
        ({"ORIGIN": "null"}, False),
        ({"ORIGIN": ""}, False),
        ({"ORIGIN": "https://evil.example"}, False),
        ({"ORIGIN": "http://id.example.gov.cn"}, False),
        ({"ORIGIN": ISSUER + ":8443"}, False),
        ({"ORIGIN": ISSUER + ".evil.example"}, False),
        ({"ORIGIN": f"{ISSUER},https://evil.example"}, False),
        ({"ORIGIN": "https://evil.example", "SEC_FETCH_SITE": "same-origin"}, False),
        ({"SEC_FETCH_SITE": "same-site"}, False),
        ({"SEC_FETCH_SITE": "cross-site", "REFERER": ISSUER + "/login"}, False),
        ({"REFERER": "https://evil.example/" + ISSUER}, False),
        ({"REFERER": ISSUER + ".evil.example/"}, False),
        ({"REFERER": ISSUER + "@evil.example/"}, False),
        ({"REFERER": ""}, False),
    ],
)
def test_only_pages_of_this_origin_may_change_state(headers: dict[str, str], allowed: bool) -> None:
    """Origin first, then Sec-Fetch-Site, then Referer; a sibling host or the null origin is foreign."""
    assert BEHIND_PROXY.origin_allowed(request(**headers)) is allowed


@pytest.mark.clause("RFC 6454", "6.2")
def test_issuer_is_compared_as_browsers_write_it() -> None:
    """Case and default port of the configured issuer make no difference."""
    edge = Edge(WebSettings(), "https://ID.Example.gov.cn:443")
    assert edge.origin_allowed(request(ORIGIN=ISSUER))
    loopback = Edge(WebSettings(), "http://127.0.0.1:8400")
    assert loopback.origin_allowed(request(ORIGIN="http://127.0.0.1:8400"))
    assert not loopback.origin_allowed(request(ORIGIN="http://localhost:8400"))


@pytest.mark.sec("SEC-17")
def test_host_headers_do_not_make_an_origin_ours() -> None:
    """A poisoned Host or forwarded host does not move the origin that is compared."""
    hosts = {"HOST": "evil.example", "X_FORWARDED_HOST": "evil.example", "FORWARDED": "host=evil.example"}
    assert not DIRECT.origin_allowed(request(ORIGIN="https://evil.example", **hosts))
    assert DIRECT.origin_allowed(request(ORIGIN=ISSUER, **hosts))
