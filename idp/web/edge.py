"""The outermost check of a request: who calls, by which name we log it, and whether its frame is sane.

Nothing here reads Host, Forwarded or X-Forwarded-Host: every address that leaves this provider is made from
the issuer.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from crypto.tokens import random_bytes
from idp.errors import MethodRefused, RequestRefused, TooLarge
from idp.web.addresses import Address, Networks, parse
from idp.web.client_certificate import CertificateHeader
from idp.web.exchange import Request
from idp.web.settings import WebSettings

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
MAX_PATH = 2 * 1024
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
MAX_FORWARDED = 1024
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - the unspecified address stands for "none known"; nothing listens on it
DEFAULT_PORTS = {"https": ":443", "http": ":80"}


class Edge:
    """Checks made before routing, for the provider at `issuer` behind the proxies that settings trust."""

    def __init__(self, settings: WebSettings, issuer: str) -> None:
        self._trusted = Networks(settings.trusted_proxies)
        self._certificates = CertificateHeader(settings)
        self._origin = _browser_origin(issuer)

    def request(self, environ: dict[str, Any]) -> Request:
        """The request of this environment, with a fresh id and the caller's address."""
        return Request(environ, self.request_id(), self.client_address(environ), self.client_certificate)

    def client_address(self, environ: Mapping[str, Any]) -> str:
        """The caller's IP address in its shortest form; an IPv4-mapped one as IPv4.

        X-Forwarded-For counts only when the peer is a trusted proxy, and is walked from the right: the first
        hop that is not trusted is the caller, whatever a caller wrote to the left of it. A hop that is not a
        bare address (port, zone, word, empty) makes the answer the peer's own address. A peer without an IP
        address gives 0.0.0.0.
        """
        peer = parse(str(environ.get("REMOTE_ADDR") or ""))
        if peer is None:
            return UNKNOWN_ADDRESS
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        if forwarded is None or not self._trusted or not self._trusted.hold(peer):
            return str(peer)
        return str(self._walk(str(forwarded)) or peer)

    def client_certificate(self, environ: Mapping[str, Any]) -> bytes | None:
        """The certificate (DER) that the caller showed to the gateway in front; None when it showed none.

        See `CertificateHeader.read` for who may say so and what is refused.
        """
        return self._certificates.read(environ)

    def request_id(self) -> str:
        """A fresh name for a request in logs and on error pages: 16 hexadecimal characters."""
        return random_bytes(8).hex()

    def guard(self, environ: Mapping[str, Any]) -> None:
        """Let a sane request frame through.

        Raises MethodRefused for a method that no address takes, TooLarge for an oversize path or header
        block, RequestRefused for a path with anything but printable ASCII, and for the certificate header
        of anybody but the gateway.
        """
        if environ["REQUEST_METHOD"] not in METHODS:
            raise MethodRefused(METHODS)
        path = str(environ.get("PATH_INFO") or "/")
        if len(path) > MAX_PATH:
            raise TooLarge("request.large")
        if path[0] != "/" or not path.isascii() or not path.isprintable() or "\\" in path:
            raise RequestRefused("request.path")
        sizes = [len(name) + len(environ[name]) for name in environ if name[:5] == "HTTP_"]
        if len(sizes) > MAX_HEADERS or sum(sizes) > MAX_HEADER_BYTES:
            raise TooLarge("request.large")
        self._certificates.guard(environ)

    def origin_allowed(self, request: Request) -> bool:
        """Say whether a state-changing browser request comes from a page of ours.

        The browser itself states it: Origin decides when it is sent ("null" is nobody's), else
        Sec-Fetch-Site, else Referer; a browser too old for the first two that sends no Referer either is left
        to the form token (RFC 6454 §7.3, Fetch Metadata §2.3).
        """
        origin = request.header("origin")
        if origin is not None:
            return origin == self._origin
        site = request.header("sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        referer = request.header("referer")
        return referer is None or referer.startswith(self._origin + "/")

    def _walk(self, forwarded: str) -> Address | None:
        """The first untrusted hop from the right, else the leftmost; None when a hop cannot be read."""
        if len(forwarded) > MAX_FORWARDED:
            return None
        hop = None
        for text in reversed(forwarded.split(",")):
            hop = parse(text.strip(" \t"))
            if hop is None or not self._trusted.hold(hop):
                break
        return hop


def _browser_origin(issuer: str) -> str:
    """The issuer as browsers serialise an origin: lower case, no default port (RFC 6454 §6.2)."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(DEFAULT_PORTS[parts.scheme])}"
