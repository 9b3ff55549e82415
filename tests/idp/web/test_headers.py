"""Headers that browsers enforce."""

import re

import pytest

from idp.web.headers import (
    HSTS,
    MACHINE_HEADERS,
    PAGE_CSP,
    PAGE_HEADERS,
    STATIC_HEADERS,
    form_post_csp,
    hand_off_headers,
    leaving_form_headers,
    secured,
)

ORIGIN = "https://dept.example.gov.cn"


def directives(policy: str) -> dict[str, str]:
    """A policy as directive → sources."""
    return dict(part.split(" ", 1) for part in policy.split("; "))


@pytest.mark.sec("SEC-34")
@pytest.mark.parametrize(
    "headers",
    [PAGE_HEADERS, leaving_form_headers(ORIGIN), hand_off_headers(ORIGIN), MACHINE_HEADERS, STATIC_HEADERS],
)
def test_nothing_of_ours_may_be_framed_or_sniffed(headers: tuple[tuple[str, str], ...]) -> None:
    """Every kind of answer forbids framing and type guessing, each header once."""
    values = dict(headers)
    assert len(values) == len(headers)
    assert directives(values["Content-Security-Policy"])["frame-ancestors"] == "'none'"
    assert values["X-Frame-Options"] == "DENY"
    assert values["X-Content-Type-Options"] == "nosniff"
    assert values["Cross-Origin-Resource-Policy"] == "same-origin"


def test_page_policy_lets_nothing_inline_or_foreign_run() -> None:
    """The page policy starts from nothing and names this origin only, without any unsafe word."""
    policy = directives(PAGE_CSP)
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    own = ["script-src", "style-src", "img-src", "media-src", "font-src", "connect-src", "form-action"]
    assert {policy[name] for name in own} == {"'self'"}
    assert "unsafe" not in PAGE_CSP


def test_pages_keep_the_origin_header_of_their_forms() -> None:
    """`no-referrer` would make browsers send `Origin: null`; only a page that leaves uses it."""
    assert dict(PAGE_HEADERS)["Referrer-Policy"] == "same-origin"
    assert dict(leaving_form_headers(ORIGIN))["Referrer-Policy"] == "same-origin"
    assert dict(hand_off_headers(ORIGIN))["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        (ORIGIN, ORIGIN),
        (ORIGIN + ":8443", ORIGIN + ":8443"),
        ("http://127.0.0.1:8402", "http://127.0.0.1:8402"),
        ("cn.gov.example.app:", "cn.gov.example.app:"),
        ("http://[::1]:8402", "http:"),
    ],
)
def test_form_may_end_at_one_application_only(origin: str, source: str) -> None:
    """The variant differs from the page policy in this one place."""
    ours, theirs = directives(PAGE_CSP), directives(form_post_csp(origin))
    assert theirs.pop("form-action") == f"'self' {source}"
    assert ours.items() - theirs.items() == {("form-action", "'self'")}


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "https://*",
        "https://a.example; script-src *",
        "https://a.example https://b.example",
        "https://a.example\r\nX: y",
        "https://a.example\n",
        "https://a.example/path",
        "https://user@a.example",
        "'unsafe-inline'",
        "javascript:",
        "data:",
        "https:",
        "http://[::2]",
    ],
)
def test_origin_cannot_write_into_the_policy(origin: str) -> None:
    """Whatever is not one plain origin is refused, so that a registration cannot widen a policy."""
    with pytest.raises(ValueError, match="not an origin"):
        form_post_csp(origin)


@pytest.mark.clause("RFC 6797", "7.1")
def test_https_is_remembered_only_where_it_is_served() -> None:
    """Strict-Transport-Security goes out under https and never over http."""
    assert secured(PAGE_HEADERS, "https://id.example.gov.cn") == (*PAGE_HEADERS, HSTS)
    assert secured(PAGE_HEADERS, "http://127.0.0.1:8400") == PAGE_HEADERS
    age = re.fullmatch(r"max-age=(\d+)", HSTS[1])
    assert age is not None
    assert int(age[1]) >= 365 * 86400
