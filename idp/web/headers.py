"""Answer headers that browsers enforce, as constants: pages, machine answers, static files."""

import re

from idp.web.exchange import Headers

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action {targets}; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'"
)
PAGE_CSP = _POLICY.format(targets="'self'")
BARE_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PERMISSIONS = (
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)"
)
HSTS = ("Strict-Transport-Security", "max-age=31536000")

_COMMON: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_PAGE: Headers = (
    *_COMMON,
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS),
)

# `same-origin`: under `no-referrer` browsers send `Origin: null` with our own forms (Fetch §3.1), which Edge refuses.
PAGE_HEADERS: Headers = (
    *_PAGE,
    ("Content-Security-Policy", PAGE_CSP),
    ("Referrer-Policy", "same-origin"),
)


def helper_headers(port: int) -> Headers:
    """The headers of a page whose script speaks with the helper of a USB key on the person's own machine."""
    policy = PAGE_CSP.replace("connect-src 'self'", f"connect-src 'self' http://127.0.0.1:{port}")
    return (*_PAGE, ("Content-Security-Policy", policy), ("Referrer-Policy", "same-origin"))


MACHINE_HEADERS: Headers = (
    *_COMMON,
    ("Content-Security-Policy", BARE_CSP),
    ("Referrer-Policy", "no-referrer"),
)
STATIC_HEADERS: Headers = (*_COMMON, ("Content-Security-Policy", BARE_CSP))

_HOST = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
_ORIGIN = re.compile(rf"https?://{_HOST}(?::[0-9]{{1,5}})?|[a-z][a-z0-9+.-]*:", re.ASCII)
_LOOPBACK_6 = re.compile(r"http://\[::1\](?::[0-9]{1,5})?", re.ASCII)
_RUNNING_SCHEMES = frozenset({"javascript:", "data:", "blob:", "filesystem:", "http:", "https:"})


def form_post_csp(origin: str) -> str:
    """Give the page policy with one more place where a form may end: an application's origin.

    For the form_post answer, and for a page whose form is answered by a redirect to the application: Chromium
    holds form-action along redirects (CSP3 §6.4.1). `origin` is `https://host[:port]`, `http://` likewise for
    loopback, or a native application's own scheme with its colon. Raises ValueError for anything else.
    """
    if _LOOPBACK_6.fullmatch(origin):
        # A host source cannot hold an IPv6 literal (CSP3 §2.3.1), and RFC 8252 §7.3 lets native applications
        # listen there.
        return _POLICY.format(targets="'self' http:")
    if not _ORIGIN.fullmatch(origin) or origin in _RUNNING_SCHEMES:
        raise ValueError("not an origin that a form may be sent to")
    return _POLICY.format(targets=f"'self' {origin}")


def leaving_form_headers(origin: str) -> Headers:
    """Give the headers of a page of ours whose form is answered, at the end of redirects, by an application.

    Such are sign-in and consent: under the plain policy Chromium blocks the last redirect.
    """
    return (
        *_PAGE,
        ("Content-Security-Policy", form_post_csp(origin)),
        ("Referrer-Policy", "same-origin"),
    )


def hand_off_headers(origin: str) -> Headers:
    """Give the headers of a page that leaves for an application's origin; that application learns no address
    of ours.
    """
    return (
        *_PAGE,
        ("Content-Security-Policy", form_post_csp(origin)),
        ("Referrer-Policy", "no-referrer"),
    )


def secured(headers: Headers, issuer: str) -> Headers:
    """Give `headers` with Strict-Transport-Security (RFC 6797 §7.1) when the issuer is https; called at boot."""
    return (*headers, HSTS) if issuer.startswith("https://") else headers
