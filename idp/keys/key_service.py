"""The key service: a WSGI callable that lets known nodes use the keys of a provider (house.md §2, Keys).

Two proofs stand before each operation. TLS asks for a certificate of the authority that the operator named; the server
(granian) does not hand that certificate on, so it says only that the caller is one of ours. Which one it is, and that it
may use keys at all, is proven by the SM2 signature of its request, whose key must be on the list of callers.
"""

import threading
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from math import ceil
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from crypto.errors import CryptoError, DeviceUnavailable, KeyUnusable, TokenRejected
from crypto.keys import remote_messages as messages
from crypto.keys.handle import KeyHandle, KeyProvider
from crypto.keys.remote import PATH
from crypto.keys.remote_messages import MessageKey, Request
from idp.clock import Clock
from idp.keys.key_operations import Operations
from idp.observe.log import logger

MAX_SEEN: Final = 200_000
"""Requests remembered within their window; beyond it requests are refused, never forgotten."""

ROUTINE: Final = frozenset({"check", "sign", "decrypt", "agree", "random"})
"""Operations that every sign-in takes: logged for those who look for them."""

_log = logger("key_service")


class Seen:
    """Requests of the last window, each accepted once. In the memory of one process: the service runs in one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def add(self, request: Request) -> bool:
        """Note a request; False when it came before, or when there is no room to note it."""
        now = self._clock.timestamp()
        name = (request.node, request.request_id)
        with self._lock:
            self._forget(now)
            if name in self._until or len(self._until) >= MAX_SEEN:
                return False
            # A request may be made up to a window ahead of our time and lives a window after it was made.
            self._until[name] = now + 2 * messages.WINDOW
        return True

    def _forget(self, now: float) -> None:
        """Drop what is over; entries stand in the order of their time."""
        while self._until:
            oldest = next(iter(self._until))
            if self._until[oldest] > now:
                return
            del self._until[oldest]


class KeyService:
    """Answers requests of nodes. Safe to share between threads; one process only, for ``Seen``."""

    def __init__(
        self, provider: KeyProvider, key: MessageKey, callers: Mapping[str, bytes], clock: Clock
    ) -> None:
        """Take the provider, the key of this service, and the public keys x‖y of the callers by their names.

        Raises KeyUnusable when one of the public keys is none.
        """
        self._key = key
        self._clock = clock
        self._callers = {
            peer.kid: (name, peer)
            for name, peer in ((name, messages.peer(public)) for name, public in callers.items())
        }
        self._operations = Operations(provider).table()
        self._seen = Seen(clock)
        # What was recorded before a restart is no longer remembered: nothing made before it is accepted.
        self._not_before = ceil(clock.timestamp())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        status, body = self._answer(environ)
        headers = [("Content-Type", messages.CONTENT_TYPE), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", [*headers, ("Cache-Control", "no-store")])
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> tuple[HTTPStatus, bytes]:
        misfit = _misfit(environ)
        if misfit is not None:
            return misfit, b""
        known = self._callers.get(environ["PATH_INFO"].removeprefix(PATH))
        if known is None:
            _log.warning("key_service.refused", reason="caller")
            return HTTPStatus.FORBIDDEN, b""
        node, peer = known
        try:
            request = self._accepted(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])), peer)
        except TokenRejected as rejected:
            _log.warning("key_service.refused", node=node, reason=rejected.reason)
            return HTTPStatus.FORBIDDEN, b""
        return HTTPStatus.OK, self._carried_out(request, node)

    def _accepted(self, body: bytes, peer: KeyHandle) -> Request:
        now = self._clock.timestamp()
        request = messages.read_request(body, peer, self._key.handle, now)
        if request.made < self._not_before:
            raise TokenRejected("expired")
        if not self._seen.add(request):
            raise TokenRejected("replayed")
        return request

    def _carried_out(self, request: Request, node: str) -> bytes:
        operation = self._operations.get(request.operation)
        now = self._clock.timestamp()
        try:
            if operation is None:
                raise KeyUnusable("the key service knows no such operation")
            result = operation(request.arguments)
        except ValueError:
            error: CryptoError = KeyUnusable("the arguments of the request are of another form")
        except CryptoError as refusal:
            error = refusal
        else:
            level = _log.debug if request.operation in ROUTINE else _log.info
            level("key_service.used", node=node, operation=request.operation)
            return messages.write_result(self._key, request, result, now)
        level = _log.error if isinstance(error, DeviceUnavailable) else _log.warning
        level("key_service.failed", node=node, operation=request.operation, kind=type(error).__name__)
        return messages.write_refusal(self._key, request, error, now)


def _misfit(environ: WSGIEnvironment) -> HTTPStatus | None:
    """What is wrong with a request before its body is read."""
    if not environ["PATH_INFO"].startswith(PATH):
        return HTTPStatus.NOT_FOUND
    if environ["REQUEST_METHOD"] != "POST":
        return HTTPStatus.METHOD_NOT_ALLOWED
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isascii() or not length.isdigit():
        return HTTPStatus.LENGTH_REQUIRED
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length) > messages.MAX_BYTES else None
