"""A server killed in the middle of its work: what it answered stands, and nothing serves twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from crypto.tokens import digest
from tests.support.fixtures import Redis
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import PAIRS, Provider
from tests.support.servers import free_port

CODES = 96
KILL_AFTER = 60
"""Answers, of about three for each code."""


class Server:
    """The real server in a process group of its own."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self.url = f"http://127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and return once the server says that it is ready."""
        port = self.url.rpartition(":")[2]
        arguments = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--factory"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "granian", *arguments, "idp.main:create_public_app"],
                env={**os.environ, **self._environment},
                cwd=Path(__file__).parents[2],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self._is_ready():
            assert self._process.poll() is None and time.monotonic() < deadline, self._log.read_text()[-3000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL to the master and all workers: nobody gets to finish anything."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _is_ready(self) -> bool:
        try:
            return httpx.get(self.url + "/health/ready", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


@dataclass
class Client:
    """The application: its token requests over real sockets, with what was sent and what was answered."""

    server: Server
    party: RelyingParty
    answered: int = 0
    enough: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, **fields: str) -> httpx.Response | None:
        """A token request; None when no answer came back."""
        client = self.party.client
        try:
            answer = httpx.post(
                self.server.url + "/oauth/token",
                data=fields,
                auth=(client.client_id, client.client_secret or ""),
                timeout=20,
            )
        except httpx.HTTPError:
            return None
        with self.lock:
            self.answered += 1
            if self.answered >= KILL_AFTER:
                self.enough.set()
        return answer

    def redeem(self, code: str) -> httpx.Response | None:
        """The code for tokens."""
        return self.ask(
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.party.client.redirect_uri,
            code_verifier=self.party.verifier,
        )

    def refresh(self, token: str) -> httpx.Response | None:
        """A refresh token for its successor."""
        return self.ask(grant_type="refresh_token", refresh_token=token)


@dataclass
class Chain:
    """What one code led to: refresh tokens in their order, and whether the last request got no answer."""

    code: str
    tokens: list[str] = field(default_factory=list)
    is_cut: bool = False


def walk(client: Client, code: str) -> Chain:
    """Redeem a code and refresh twice, until the server is gone."""
    chain = Chain(code)
    answer = client.redeem(code)
    for _ in range(3):
        if answer is None:
            chain.is_cut = True
            return chain
        assert answer.status_code == 200, answer.text
        chain.tokens.append(answer.json()["refresh_token"])
        if len(chain.tokens) < 3:
            answer = client.refresh(chain.tokens[-1])
    return chain


@pytest.fixture(params=PAIRS)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Provider, Server]]:
    """A provider to prepare codes with, and a real server over the same stores."""
    if request.param == PAIRS[0]:
        given = request.getfixturevalue("sqlite_template").copy(tmp_path)
    else:
        redis: Redis = request.getfixturevalue("redis")
        given = request.getfixturevalue("postgres_template").clean(redis.url)
    provider, server = Provider(given), Server(given, tmp_path / "server.log")
    server.start()
    yield provider, server
    server.kill()
    provider.close()


def test_what_was_answered_before_a_kill_stands_and_nothing_serves_twice(
    served: tuple[Provider, Server],
) -> None:
    """SIGKILL under a load of redemptions and refreshes: answered tokens are durable, codes and refresh tokens single."""
    provider, server = served
    party = RelyingParty(provider, provider.make.client())
    browser = Browser(provider)
    party.tokens(browser, provider.make.person())
    codes = [party.answer(browser.open(party.authorize_url()))["code"] for _ in range(CODES)]
    client = Client(server, party)
    with ThreadPoolExecutor(8) as pool:
        walking = [pool.submit(walk, client, code) for code in codes]
        assert client.enough.wait(60), "the load never got going"
        server.kill()
        chains = [one.result() for one in walking]
    cut = [chain for chain in chains if chain.is_cut]
    assert cut and any(chain.tokens for chain in chains), "the kill came in the middle"
    assert missing(provider, chains) == []

    server.start()
    whole = [chain for chain in chains if chain.tokens]
    assert len(whole) >= 10
    for number, chain in enumerate(whole):
        if chain.is_cut:
            assert successes(client, chain.tokens[-1]) <= 1, "a cut refresh serves at most once more"
        elif number % 3 == 0:
            assert successes(client, chain.tokens[-1]) == 1, "an answered token works, and once"
        elif number % 3 == 1:
            assert status(client.redeem(chain.code)) == 400, "an answered code is spent"
            assert status(client.refresh(chain.tokens[-1])) == 400, "its replay revoked what it led to"
        else:
            assert status(client.refresh(chain.tokens[0])) == 400, "a spent refresh token stays spent"
    for chain in [chain for chain in cut if not chain.tokens][:16]:
        again = [status(client.redeem(chain.code)) for _ in range(2)]
        assert again in ([200, 400], [400, 400]), "an unanswered code serves once or not at all"


def missing(provider: Provider, chains: list[Chain]) -> list[str]:
    """Codes with an answered refresh token whose row is not there."""
    with provider.sql.once() as db:
        kept = {bytes(row[0]) for row in db.execute(text("SELECT digest FROM refresh_token"))}
    return [chain.code for chain in chains for token in chain.tokens if digest(token) not in kept]


def successes(client: Client, token: str) -> int:
    """How many of two presentations of a refresh token are answered with tokens."""
    return [status(client.refresh(token)) for _ in range(2)].count(200)


def status(answer: httpx.Response | None) -> int:
    """The status of an answer that must have come."""
    assert answer is not None
    assert answer.status_code in {200, 400}, answer.text
    return answer.status_code
