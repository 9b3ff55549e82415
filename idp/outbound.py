"""The only HTTP way out: no inner addresses, no redirects, a time limit, a size limit.

Addresses come from clients and partners, so each is hostile until checked (SEC-16). The name is resolved once, every
address it has must be allowed, and the connection goes to an address that was checked: a second answer of the name
server (DNS rebinding) is never asked for.

One kind of partner is inner by design and named by the settings, never by a request: a key service. ``partner`` gives
the way to that one origin, by mutual TLS, under the same limits of time and size.
"""

import logging
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from queue import Empty, SimpleQueue
from typing import Any

import httpcore
import httpx
import orjson
from pydantic import Field

from idp.errors import IdpError
from idp.settings import Section

# It tells of every call; what came of one is told by who made it.
logging.getLogger("httpx").setLevel(logging.WARNING)

MAX_URL = 2048
OPEN_LOW_PORTS = frozenset({80, 443})
MAX_LOOKUPS = 8
MAX_CONNECTIONS = 32
KEEP_SECONDS = 10.0
HEADERS = {"User-Agent": "yihao", "Accept": "application/json", "Accept-Encoding": "identity"}
SIGNED_BYTES = 4 * 1024 * 1024
OCSP = {"Content-Type": "application/ocsp-request"}

Address = IPv4Address | IPv6Address
Resolver = Callable[[str], list[str]]

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# Global unicast is all that IPv6 needs (RFC 4291 §2.4); that also leaves out mapped, NAT64 and unique local addresses.
GLOBAL_IPV6 = ip_network("2000::/3")
# Forms that carry an IPv4 address inside, the relay of 6to4, and one cloud's metadata service at a public address.
REFUSED = tuple(map(ip_network, ("2001::/32", "2002::/16", "192.88.99.0/24", "168.63.129.16/32")))

# One plain form of an address (RFC 3986): no user information, no backslash, nothing that two parsers read differently.
_FORM = re.compile(r"https?://[^/?#@\\]+(?:[/?][!$-\[\]-~]*)?", re.ASCII)
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?[.]?", re.ASCII)
# A host whose last label is a number is an IPv4 address in some writing (URL Standard §3.5); only the plain one is read.
_NUMERIC = re.compile(r"(?:^|[.])(?:[0-9]+|0x[0-9a-f]*)[.]?$", re.ASCII)


class OutboundSettings(Section):
    """Section `outbound`."""

    seconds: float = Field(
        default=3.0, gt=0, le=10, description="Time for one exchange, name look-up included."
    )
    answer_kib: int = Field(default=64, ge=1, le=1024, description="Largest answer that is read, in KiB.")


class OutboundRefused(IdpError):
    """The address is not one this provider calls."""

    def __init__(self, detail: str) -> None:
        super().__init__("outbound.refused", detail)


class OutboundFailed(IdpError):
    """The other side did not give a usable answer in time."""

    def __init__(self, detail: str) -> None:
        super().__init__("outbound.failed", detail)


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """What the other side said: status and body, at most the allowed size."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _Call:
    """What the connection code must know of the exchange under way."""

    deadline: float
    loopback_only: bool

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises OutboundFailed when the time is over."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise OutboundFailed("time")
        return seconds


_call: ContextVar[_Call] = ContextVar("outbound_call")


def system_resolver(host: str) -> list[str]:
    """Every address of a name, as the system resolves it. Raises OSError."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class Outbound:
    """Calls partners by https. One for the process, for all its threads; a forked child opens its own connections.

    `allow_loopback` (sandbox only) additionally lets exactly 127.0.0.0/8 and ::1 be called, there also by http.
    """

    def __init__(
        self, settings: OutboundSettings, allow_loopback: bool, resolve: Resolver | None = None
    ) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve or system_resolver
        backend = _CheckedBackend(self._resolve, allow_loopback)
        tls, max_bytes = ssl.create_default_context(), settings.answer_kib * 1024
        self._line = _Line(backend, tls, settings.seconds, max_bytes)
        self._signed = _Line(backend, tls, settings.seconds, SIGNED_BYTES, is_http_open=True)

    def get_json(self, url: str) -> object:
        """The JSON document at an address, answered with 200.

        Raises OutboundRefused for an address that is not called, OutboundFailed for everything else that goes wrong.
        """
        answer = self._exchange("GET", url, None)
        if answer.status != 200:
            raise OutboundFailed(f"status {answer.status}")
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            raise OutboundFailed("not JSON") from None

    def post_form(self, url: str, fields: Mapping[str, str]) -> OutboundAnswer:
        """Send a form and give the answer, whatever its status; a redirect is an answer and is not followed.

        Raises OutboundRefused for an address that is not called, OutboundFailed when no whole answer came.
        """
        return self._exchange("POST", url, fields)

    def post(self, url: str, body: bytes, content_type: str) -> OutboundAnswer:
        """Send a body and give the answer, whatever its status; a redirect is an answer and is not followed.

        Raises OutboundRefused for an address that is not called, OutboundFailed when no whole answer came.
        """
        target = _parsed(url, self._allow_loopback)
        return self._line.exchange("POST", target, content=body, headers={"Content-Type": content_type})

    def signed_content(self, url: str, body: bytes | None) -> bytes:
        """What lies at an address whose content is signed itself, such as a revocation list: by http too (RFC 5280 §8).

        GET, or POST of an OCSP request. The address must be public all the same; a list may be of four mebibytes.
        Raises OutboundRefused for an address that is not called, OutboundFailed for everything else that goes wrong.
        """
        target = _parsed(url, allow_http=True)
        if body is None:
            answer = self._signed.exchange("GET", target)
        else:
            answer = self._signed.exchange("POST", target, content=body, headers=OCSP)
        if answer.status != 200:
            raise OutboundFailed(f"status {answer.status}")
        return answer.body

    def partner(self, origin: str, tls: ssl.SSLContext, seconds: float, answer_bytes: int) -> "Partner":
        """The way to one inner partner that the settings name: an https origin, without a path.

        Raises OutboundRefused for another form of address.
        """
        target = _parsed(origin, allow_http=False)
        if target.raw_path != b"/" or origin.endswith("/"):
            raise OutboundRefused("form")
        return Partner(origin, _Line(_InnerBackend(self._resolve), tls, seconds, answer_bytes))

    def close(self) -> None:
        """Give this process's connections back."""
        self._line.close()
        self._signed.close()

    def _exchange(self, method: str, url: str, fields: Mapping[str, str] | None) -> OutboundAnswer:
        return self._line.exchange(method, _parsed(url, self._allow_loopback), data=fields)


class Partner:
    """One inner partner. For all threads of a process; a forked child opens its own connections."""

    def __init__(self, origin: str, line: "_Line") -> None:
        self._origin = origin
        self._line = line

    def post(self, path: str, body: bytes, content_type: str) -> OutboundAnswer:
        """Send a body to a path of the partner and give the answer, whatever its status.

        Raises OutboundFailed when no whole answer came.
        """
        if not path.startswith("/"):
            raise OutboundRefused("form")  # it would go on with the name of the host
        target = _parsed(self._origin + path, allow_http=False)
        return self._line.exchange("POST", target, content=body, headers={"Content-Type": content_type})

    def close(self) -> None:
        """Give this process's connections back."""
        self._line.close()


class _Line:
    """Connections of one backend, made anew in each process, and exchanges over them within their time."""

    def __init__(
        self,
        backend: httpcore.NetworkBackend,
        tls: ssl.SSLContext,
        seconds: float,
        max_bytes: int,
        is_http_open: bool = False,
    ) -> None:
        self._is_http_open = is_http_open
        self._backend = backend
        self._tls = tls
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._held: tuple[int, httpx.Client] | None = None

    def exchange(self, method: str, target: httpx.URL, **sent: Any) -> OutboundAnswer:
        loopback_only = target.scheme == "http" and not self._is_http_open
        token = _call.set(_Call(time.monotonic() + self._seconds, loopback_only))
        try:
            response = self._client().request(method, target, **sent)
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise OutboundFailed(type(error).__name__) from None
        finally:
            _call.reset(token)
        return OutboundAnswer(response.status_code, response.content)

    def close(self) -> None:
        if self._held is not None and self._held[0] == os.getpid():
            self._held[1].close()
        self._held = None

    def _client(self) -> httpx.Client:
        """This process's connections. Two threads may race to make them; one set is then used once and dropped."""
        held = self._held
        if held is None or held[0] != os.getpid():
            transport = _Transport(self._backend, self._tls, self._max_bytes)
            client = httpx.Client(
                transport=transport, headers=HEADERS, timeout=self._seconds, trust_env=False
            )
            held = self._held = (os.getpid(), client)
        return held[1]


class _Transport(httpx.BaseTransport):
    """httpx over sockets of ours. Gives status and body alone: no header means no cookie, redirect or unpacking."""

    def __init__(self, backend: httpcore.NetworkBackend, tls: ssl.SSLContext, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._pool = httpcore.ConnectionPool(
            tls, max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEP_SECONDS, network_backend=backend
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers, extensions = request.headers.raw, request.extensions
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method, target, headers=headers, content=request.stream, extensions=extensions
            )
        )
        try:
            return httpx.Response(answer.status, content=self._read(answer))
        finally:
            answer.close()

    def close(self) -> None:
        self._pool.close()

    def _read(self, answer: httpcore.Response) -> bytes:
        encodings = {value.lower() for name, value in answer.headers if name.lower() == b"content-encoding"}
        if encodings - {b"identity"}:
            raise OutboundFailed("content encoding")
        body = bytearray()
        for part in answer.iter_stream():
            body += part
            if len(body) > self._max_bytes:
                raise OutboundFailed("size")
        return bytes(body)


class _CheckedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only, within the time of the exchange."""

    def __init__(self, resolve: Resolver, allow_loopback: bool) -> None:
        self._resolve = resolve
        self._allow_loopback = allow_loopback
        self._plain = httpcore.SyncBackend()
        self._lookups = threading.BoundedSemaphore(MAX_LOOKUPS)

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        call = _call.get()
        failure: Exception = httpcore.ConnectError("no address")
        addresses = self._addresses(host, call)
        for position, address in enumerate(addresses):
            share = call.remaining() / (len(addresses) - position)
            try:
                return _TimedStream(self._plain.connect_tcp(str(address), port, share))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, call: _Call) -> list[Address]:
        """Every address of a host. Raises OutboundRefused when any one of them is not allowed."""
        literal = _literal(host)
        addresses = [literal] if literal is not None else self._look_up(host, call)
        for address in addresses:
            if not self._may_call(address, call):
                raise OutboundRefused("inner address")
        return addresses

    def _may_call(self, address: Address, call: _Call) -> bool:
        loopback = self._allow_loopback and any(
            address.version == network.version and address in network for network in LOOPBACK
        )
        return loopback or (not call.loopback_only and _is_public(address))

    def _look_up(self, host: str, call: _Call) -> list[Address]:
        """Resolve in a thread of its own: the system's resolver knows no time limit."""
        if not self._lookups.acquire(timeout=call.remaining()):
            raise OutboundFailed("name look-ups")
        found: SimpleQueue[list[str]] = SimpleQueue()

        def look_up() -> None:
            try:
                found.put(self._resolve(host))
            except (OSError, UnicodeError):
                found.put([])
            finally:
                self._lookups.release()

        threading.Thread(target=look_up, daemon=True).start()
        try:
            texts = found.get(timeout=call.remaining())
        except Empty:
            raise OutboundFailed("name look-up time") from None
        if not texts:
            raise OutboundFailed("name")
        addresses = [address for text in texts if (address := _literal(text)) is not None]
        if len(addresses) < len(texts):
            raise OutboundRefused("scoped address")
        return addresses


class _InnerBackend(_CheckedBackend):
    """Opens connections to whatever addresses the settings' own partner has: its certificate is the check."""

    def __init__(self, resolve: Resolver) -> None:
        super().__init__(resolve, allow_loopback=True)

    def _may_call(self, address: Address, call: _Call) -> bool:
        return True


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step is held to what is left of the exchange, so that dripping bytes win no time."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _call.get().remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _call.get().remaining())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, _call.get().remaining()))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _parsed(url: str, allow_http: bool) -> httpx.URL:
    """The parsed address. Raises OutboundRefused unless scheme, host form and port are those of a partner."""
    if len(url) > MAX_URL or not url.isascii() or not _FORM.fullmatch(url):
        raise OutboundRefused("form")
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise OutboundRefused("form") from None
    if target.scheme == "http" and not allow_http:
        raise OutboundRefused("scheme")
    if target.port is not None and target.port not in OPEN_LOW_PORTS and not 1024 <= target.port <= 65535:
        raise OutboundRefused("port")
    host = target.raw_host.decode("ascii")
    if _literal(host) is None and (not _NAME.fullmatch(host) or _NUMERIC.search(host)):
        raise OutboundRefused("host")
    return target


def _literal(host: str) -> Address | None:
    """The address that a host or a resolver's answer is; None for a name and for a scoped address."""
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def _is_public(address: Address) -> bool:
    """Whether an address is one of the open Internet and hides no other address inside."""
    if isinstance(address, IPv6Address) and address not in GLOBAL_IPV6:
        return False
    if any(address.version == network.version and address in network for network in REFUSED):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
