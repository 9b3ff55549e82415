"""Cookies: names, flags and shapes."""

import io
from http.cookies import SimpleCookie

import pytest

from crypto.tokens import random_token
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Request

SECURE = Cookies("https://id.example.gov.cn")
LOOPBACK = Cookies("http://127.0.0.1:8400")
TOKEN = "Tk-_9" * 8 + "end"
VALUES = {
    Cookie.BROWSER: TOKEN,
    Cookie.SESSION: TOKEN,
    Cookie.DEVICE: TOKEN,
    Cookie.LANGUAGE: "zh-CN",
    Cookie.THEME: "dark",
    Cookie.SIZE: "large",
}


def sending(header: str) -> Request:
    """A request with this Cookie header."""
    frame = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.input": io.BytesIO(), "HTTP_COOKIE": header}
    return Request(frame, "0" * 16, "127.0.0.1")


@pytest.mark.clause("RFC 6265bis", "4.1.3.2")
@pytest.mark.parametrize("kind", Cookie)
def test_cookies_are_bound_to_this_host_under_https(kind: Cookie) -> None:
    """The prefix and all that browsers demand for it; scripts and foreign posts do not get it."""
    name, value = SECURE.set(kind, VALUES[kind], 3600)
    assert name == "Set-Cookie"
    assert value.startswith(f"__Host-{kind.value}={VALUES[kind]}; ")
    flags = set(value.split("; ")[1:])
    assert flags == {"Max-Age=3600", "Path=/", "HttpOnly", "SameSite=Lax", "Secure"}


def test_loopback_over_http_has_plain_names() -> None:
    """Without https the prefix would make browsers drop the cookie."""
    _, value = LOOPBACK.set(Cookie.SESSION, TOKEN, None)
    assert value == f"yh_session={TOKEN}; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("cookies", [SECURE, LOOPBACK])
@pytest.mark.parametrize("kind", Cookie)
def test_what_was_set_is_read_and_what_was_cleared_is_not(cookies: Cookies, kind: Cookie) -> None:
    """A browser that stores and sends back gives the same value, and after clearing none."""
    stored: SimpleCookie = SimpleCookie(cookies.set(kind, VALUES[kind], 60)[1])
    (name,) = stored
    assert cookies.read(sending(f"other=1; {name}={stored[name].value}"), kind) == VALUES[kind]
    forgotten: SimpleCookie = SimpleCookie(cookies.clear(kind)[1])
    assert (*forgotten,) == (name,)
    assert forgotten[name]["max-age"] == "0"
    assert cookies.read(sending(f"{name}="), kind) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Cookie.SESSION, TOKEN[:-1]),
        (Cookie.SESSION, TOKEN + "A"),
        (Cookie.SESSION, "é" * 43),
        (Cookie.BROWSER, "a b" + TOKEN[3:]),
        (Cookie.LANGUAGE, "fr"),
        (Cookie.THEME, "<script>"),
        (Cookie.SIZE, ""),
    ],
)
def test_value_of_another_shape_is_neither_read_nor_written(kind: Cookie, value: str) -> None:
    """Pages and stores only ever see values of the expected shape; a header cannot be split."""
    assert LOOPBACK.read(sending(f"{LOOPBACK.name(kind)}={value}"), kind) is None
    with pytest.raises(ValueError, match="shape"):
        LOOPBACK.set(kind, value, None)


@pytest.mark.parametrize(
    "planted",
    ["b[x]=2", 'j={"a":1}', "name", "中=1", "n=a b", "=1", "$Version=1", 'a="', "x__Host-yh_session=1", ""],
)
def test_odd_cookies_of_sibling_hosts_sign_nobody_out(planted: str) -> None:
    """Whatever other systems under the same domain set, before or after, our cookie is found."""
    own = f"__Host-yh_session={TOKEN}"
    for header in (f"{planted}; {own}", f"{own}; {planted}", f"{planted};{own}"):
        assert SECURE.read(sending(header), Cookie.SESSION) == TOKEN


def test_cookie_sent_twice_does_not_count() -> None:
    """Of two values one is planted, and which one cannot be told."""
    header = f"yh_session={TOKEN}; yh_session={random_token()}"
    assert LOOPBACK.read(sending(header), Cookie.SESSION) is None


def test_line_end_is_no_part_of_a_value() -> None:
    """A value cannot start a header line of its own."""
    with pytest.raises(ValueError, match="shape"):
        LOOPBACK.set(Cookie.THEME, "dark\n", None)


def test_cookie_without_prefix_does_not_count_under_https() -> None:
    """A sibling host can plant the plain name, not the prefixed one."""
    assert SECURE.read(sending(f"yh_session={TOKEN}"), Cookie.SESSION) is None
