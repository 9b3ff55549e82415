"""Sign-in by password: the same work, queries and answer whether or not the account exists."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter, sleep

from crypto.errors import VerificationError
from crypto.passwords import PasswordHasher, Verified, is_carried
from crypto.tokens import random_token
from idp.audit.event import Place
from idp.authenticators.base import Accepted, Outcome, Refused
from idp.authenticators.store import Credential, CredentialStore
from idp.errors import Unavailable
from idp.storage.engine import Db

KIND = "password"
WAIT_SECONDS = 2.0
MAX_CHARACTERS = 1024
REMEMBERED = 64
MOST_OF_USUAL = 4
LONGEST_CARRIED = 1.0
"""Seconds that a refusal is drawn out at most for hashes of other systems."""


@dataclass(frozen=True, slots=True)
class _Decoy:
    """A hash that no password matches, sealed, with the versions of key and pepper that it was made under."""

    versions: tuple[int, int]
    sealed: bytes


class PasswordMethod:
    """Checks passwords; hashing runs in a bounded number of places at once and sheds with 503 beyond that."""

    def __init__(self, hasher: PasswordHasher, credentials: CredentialStore, parallel: int) -> None:
        self._hasher = hasher
        self._credentials = credentials
        self._places = threading.BoundedSemaphore(parallel)
        self._lately: deque[float] = deque(maxlen=REMEMBERED)
        self._carried: deque[float] = deque(maxlen=REMEMBERED)
        self._decoy = self._make_decoy()

    def check(self, db: Db, person_id: str | None, password: str) -> tuple[Outcome, Credential | None]:
        """Whether this password is that person's; with the credential if its hash should be renewed.

        `person_id` None does the same work against a hash that no password matches. Raises Unavailable when all
        places stay taken.
        """
        decoy = self._decoy
        if decoy.versions != self._versions():
            # Before it is known whom the request is for, so that a rotation tells nothing either.
            decoy = self._decoy = self._make_decoy()
        credential = self._credentials.find(db, person_id or "", KIND)
        stored = credential.secret if credential else self._credentials.open_decoy(decoy.sealed)
        if len(password) > MAX_CHARACTERS:
            return Refused(person_id), None
        with self._place():
            begun = perf_counter()
            verified = self._verified(stored, password)
            (self._carried if is_carried(stored) else self._lately).append(perf_counter() - begun)
        if verified is None or credential is None or person_id is None:
            self._even_out(begun)
            return Refused(person_id), None
        return Accepted(person_id), credential if verified.needs_upgrade else None

    def renew(self, db: Db, credential: Credential, password: str, now: datetime) -> None:
        """Hash the password anew with the present parameters and pepper."""
        self._credentials.replace_secret(db, credential, self._hasher.hash(password), now)

    def change(self, db: Db, person_id: str, password: str, now: datetime) -> None:
        """Give a person another password, or the first one."""
        credential = self._credentials.find(db, person_id, KIND)
        if credential is None:
            self.enrol(db, [(person_id, password)], now)
        else:
            self.renew(db, credential, password, now)

    def person_gone(self, db: Db, person_id: str, why: str, actor: str, place: Place) -> None:
        """Forget how a person signed in: the person is gone."""
        self._credentials.remove_all(db, person_id)

    def enrol(self, db: Db, passwords: list[tuple[str, str]], now: datetime) -> None:
        """Give persons their first password: pairs of person id and password."""
        self._credentials.add(
            db, KIND, [(person_id, self._hasher.hash(text)) for person_id, text in passwords], now
        )

    def _make_decoy(self) -> _Decoy:
        versions = self._versions()
        return _Decoy(versions, self._credentials.seal_decoy(self._hasher.hash(random_token())))

    def _versions(self) -> tuple[int, int]:
        return self._credentials.sealing_version, self._hasher.current

    def _verified(self, stored: str, password: str) -> Verified | None:
        try:
            return self._hasher.verify(stored, password)
        except VerificationError:
            return None

    def _even_out(self, begun: float) -> None:
        """Let every refusal take as long as the slowest of the last checks, so that neither chance nor a cheaper, older
        hash tells one account from another or from none (SEC-28). An outlier counts four times the usual at most; a hash
        carried over from another system takes its own time, which all others are given too.
        """
        lately = sorted(self._lately)
        wanted = min(lately[-1], MOST_OF_USUAL * lately[len(lately) // 2]) if lately else 0.0
        wanted = max(wanted, min(max(self._carried, default=0.0), LONGEST_CARRIED))
        sleep(max(begun + wanted - perf_counter(), 0))

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("svc.busy", "all hashing places taken")
        try:
            yield
        finally:
            self._places.release()
