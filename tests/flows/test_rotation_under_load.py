"""The token-signing key is rotated while departments sign people in: no token fails to verify at any moment."""

import threading
from typing import Any

import orjson

from crypto.errors import TokenRejected
from crypto.jose import jwt
from idp.audit.event import Place
from idp.keys import store
from idp.keys.keyring import ALGORITHMS
from idp.keys.lifecycle import Actor
from idp.keys.models import KeyPurpose, KeyState
from idp.oauth.endpoints.prepared import MAX_AGE_SECONDS
from tests.support.factories import MadeClient, MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import ask

TOKENS = 2000
WORKERS = 4
OFFICER = Actor("cli:officer", Place("console", "REF"), "officer")


class _Department:
    """An application that keeps the key set for as long as it may, reads it again for an unknown kid only when it is stale."""

    def __init__(self, provider: Provider, client: MadeClient) -> None:
        self.provider = provider
        self.client = client
        self._keys: list[dict[str, Any]] = []
        self._read_at = float("-inf")

    def verify(self, token: str) -> str:
        """Verify an ID token under the kept key set; the kid. Raises TokenRejected."""
        now = self.provider.clock.timestamp()
        if now - self._read_at >= MAX_AGE_SECONDS:
            self._keys = list(orjson.loads(ask(self.provider, "GET", "/oauth/jwks").body)["keys"])
            self._read_at = now
        jwt.decode(
            token,
            self._keys,
            algorithms=frozenset(ALGORITHMS),
            typ=frozenset({"JWT"}),
            issuer=self.provider.issuer,
            audience=self.client.client_id,
            now=now,
        )
        return str(orjson.loads(jwt.base64url.decode(token.partition(".")[0]))["kid"])


class _Load:
    """Sign-ins in several threads until a number of ID tokens was verified."""

    def __init__(self, provider: Provider, wanted: int) -> None:
        self._provider = provider
        self._wanted = wanted
        self._lock = threading.Lock()
        self.kids: list[str] = []
        self.faults: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._run, args=(self._department(number), provider.make.person()))
            for number in range(WORKERS)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def is_past(self, share: float) -> bool:
        """Whether this share of the tokens was verified, or the load ended with a fault."""
        return len(self.kids) >= share * self._wanted or bool(self.faults)

    def _department(self, number: int) -> _Department:
        algorithm = ALGORITHMS[number % len(ALGORITHMS)]
        client = self._provider.make.client(f"dept-{number}", id_token_signed_response_alg=algorithm)
        return _Department(self._provider, client)

    def _run(self, department: _Department, person: MadePerson) -> None:
        browser = Browser(self._provider)
        try:
            while len(self.kids) < self._wanted and not self.faults:
                tokens = RelyingParty(self._provider, department.client).tokens(browser, person)
                kid = department.verify(tokens["id_token"])
                with self._lock:
                    self.kids.append(kid)
        except (AssertionError, KeyError, TokenRejected) as fault:
            self.faults.append(fault)


def test_no_token_fails_while_the_key_is_rotated(any_provider: Provider) -> None:
    """Departments with key sets of five minutes verify every token before, at and after the hand-over."""
    lifecycle, keyring = any_provider.services.lifecycle, any_provider.services.foundation.keyring
    old = {keyring.signer(algorithm).handle.kid for algorithm in ALGORITHMS}
    load = _Load(any_provider, TOKENS)
    waiting = threading.Event()
    load.start()
    new: set[str] = set()
    for share, algorithm in ((0.2, "ES256"), (0.4, "SGD_SM3_SM2")):
        while not load.is_past(share):
            waiting.wait(0.05)
        kid = lifecycle.make(KeyPurpose.TOKEN, algorithm, OFFICER)
        for _ in range(10):
            any_provider.clock.advance(any_provider.services.settings.keys.publish_seconds / 10)
            waiting.wait(0.05)
        lifecycle.activate(kid, OFFICER)
        any_provider.clock.advance(2)
        new.add(kid)
    load.join()
    assert not load.faults, load.faults
    assert len(load.kids) >= TOKENS and set(load.kids) == old | new
    with any_provider.sql.once() as db:
        rows = store.list_key_pairs(db, KeyPurpose.TOKEN, *KeyState)
    assert {row.kid for row in rows if row.state is KeyState.ACTIVE} == new
    assert {row.kid for row in rows if row.state is KeyState.VERIFY_ONLY} == old
