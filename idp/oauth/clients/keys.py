"""Public keys of clients: registered, or fetched from `jwks_uri` and kept for five minutes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from crypto.errors import TokenRejected
from crypto.jose.jwe import serves
from crypto.jose.jwks import parse_set
from idp.clock import Clock
from idp.errors import IdpError
from idp.oauth.clients.resolve import Client

FRESH_SECONDS = 300
RETRY_SECONDS = 30

Jwk = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Fetched:
    """The keys of one address: when they were read, and when reading was last tried."""

    keys: list[Jwk]
    read_at: float
    tried_at: float


class ClientKeys:
    """Gives the keys of a client. `fetch` is the one way out, `Outbound.get_json`."""

    def __init__(self, fetch: Callable[[str], object], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._fetched: dict[str, _Fetched] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, client: Client, kid: str | None) -> list[Jwk]:
        """The client's keys, read again for an unknown `kid` at most every 30 seconds.

        Raises TokenRejected("key") when there is none to be had. Addresses come from the table of clients only, so
        what is kept here is bounded by it.
        """
        if client.jwks is not None:
            return parse_set(client.jwks)
        if client.jwks_uri is None:
            raise TokenRejected("key")
        held = self._usable(client.jwks_uri, kid)
        if held is not None:
            return held.keys
        with self._lock_of(client.jwks_uri):
            return (self._usable(client.jwks_uri, kid) or self._read(client.jwks_uri)).keys

    def for_encryption(self, client: Client, alg: str) -> Jwk:
        """The client's first key that is meant for encrypting by this algorithm: by its use, or by its alg.

        A key that says nothing of the kind may be for signatures, and is not taken. Raises TokenRejected("key").
        """
        for key in self.of(client, None):
            if serves(key, alg) and (key.get("use") == "enc" or key.get("alg") == alg):
                return key
        raise TokenRejected("key")

    def _usable(self, uri: str, kid: str | None) -> _Fetched | None:
        held = self._fetched.get(uri)
        if held is None:
            return None
        now = self._clock.timestamp()
        is_fresh = now - held.read_at < FRESH_SECONDS
        if is_fresh and (kid is None or any(key.get("kid") == kid for key in held.keys)):
            return held
        if now - held.tried_at < RETRY_SECONDS:
            return held if is_fresh else _Fetched([], held.read_at, held.tried_at)
        return None

    def _read(self, uri: str) -> _Fetched:
        now = self._clock.timestamp()
        try:
            read = _Fetched(parse_set(self._fetch(uri)), now, now)
        except (IdpError, TokenRejected):
            # Keys read before stay until their time is over; the next try waits like one for an unknown key.
            held = self._fetched.get(uri)
            is_fresh = held is not None and now - held.read_at < FRESH_SECONDS
            read = _Fetched(held.keys, held.read_at, now) if held and is_fresh else _Fetched([], 0.0, now)
        self._fetched[uri] = read
        return read

    def _lock_of(self, uri: str) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(uri, threading.Lock())
