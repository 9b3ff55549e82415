"""Refresh tokens: 256 random bits, kept as a digest, exchanged once (RFC 9700 §4.14.2).

issued ──rotate──▶ spent ──comes again──▶ its family is revoked
"""

from crypto.tokens import digest, random_token
from idp.clock import Clock, instant
from idp.oauth.tokens import store
from idp.oauth.tokens.store import Family, HeldRefresh
from idp.storage.engine import Db


class RefreshTokens:
    """Issues, finds and rotates refresh tokens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def issue(self, db: Db, family: Family) -> str:
        """A new refresh token of a family, living as long as the family."""
        token = random_token()
        store.add_refresh(db, digest(token), family, instant(self._clock))
        return token

    def find(self, db: Db, token: str) -> HeldRefresh | None:
        """A refresh token as stored, spent or not, with its family."""
        return store.find_refresh(db, digest(token))

    def rotate(self, db: Db, token: str, family: Family) -> str | None:
        """Spend a token and issue its successor; None when another request spent it first."""
        if not store.spend_refresh(db, digest(token), instant(self._clock)):
            return None
        return self.issue(db, family)
