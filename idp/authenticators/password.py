"""Sign-in by password: the same work, queries and answer whether or not the account exists."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from crypto.errors import VerificationError
from crypto.passwords import PasswordHasher
from crypto.tokens import random_token
from idp.authenticators.base import ACR_PASSWORD, Accepted, Outcome, Refused
from idp.authenticators.store import Credential, CredentialStore
from idp.errors import Unavailable
from idp.storage.engine import Db

KIND = "password"
WAIT_SECONDS = 2.0
MAX_CHARACTERS = 1024


class PasswordMethod:
    """Checks passwords; hashing runs in a bounded number of places at once and sheds with 503 beyond that."""

    def __init__(self, hasher: PasswordHasher, credentials: CredentialStore, parallel: int) -> None:
        self._hasher = hasher
        self._credentials = credentials
        self._places = threading.BoundedSemaphore(parallel)
        self._decoy = credentials.seal_decoy(hasher.hash(random_token()))

    def check(self, db: Db, person_id: str | None, password: str) -> tuple[Outcome, Credential | None]:
        """Whether this password is that person's; with the credential if its hash should be renewed.

        `person_id` None does the same work against a hash that no password matches. Raises Unavailable when all
        places stay taken.
        """
        credential = self._credentials.find(db, person_id or "", KIND)
        stored = credential.secret if credential else self._credentials.open_decoy(self._decoy)
        if len(password) > MAX_CHARACTERS:
            return Refused(person_id), None
        with self._place():
            try:
                verified = self._hasher.verify(stored, password)
            except VerificationError:
                return Refused(person_id), None
        if credential is None or person_id is None:
            return Refused(person_id), None
        return Accepted(person_id, "pwd", ACR_PASSWORD), credential if verified.needs_upgrade else None

    def renew(self, db: Db, credential: Credential, password: str, now: datetime) -> None:
        """Hash the password anew with the present parameters and pepper."""
        self._credentials.replace_secret(db, credential, self._hasher.hash(password), now)

    def enrol(self, db: Db, passwords: list[tuple[str, str]], now: datetime) -> None:
        """Give persons their first password: pairs of person id and password."""
        self._credentials.add(
            db, KIND, [(person_id, self._hasher.hash(text)) for person_id, text in passwords], now
        )

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("svc.busy", "all hashing places taken")
        try:
            yield
        finally:
            self._places.release()
