"""What this application remembers of browsers: a SQLite file that all its processes share.

Keys are stored as HMAC under SECRET_KEY, so that a copy of the file opens nobody's session. The file holds tokens:
keep it where only the application can read it.
"""

import hashlib
import hmac
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

TABLE = """CREATE TABLE IF NOT EXISTS kept (
    key TEXT PRIMARY KEY, sid TEXT NOT NULL, content TEXT NOT NULL, until REAL NOT NULL)"""


class LocalSessions:
    """Keeps values under secret keys until they expire; `sid` is the provider's session that a value belongs to."""

    def __init__(self, file: Path, secret_key: str) -> None:
        self._file = file
        self._secret_key = secret_key.encode()
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        with self._open() as db:
            db.execute(TABLE)

    def put(self, key: str, content: dict[str, Any], seconds: int, sid: str = "") -> None:
        """Keep a value, in place of an older one under the same key."""
        self._sweep()
        row = (self.mark(key), sid, json.dumps(content), time.time() + seconds)
        with self._open() as db:
            db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", row)

    def get(self, key: str) -> dict[str, Any] | None:
        """The value under a key, or None."""
        return self._one("SELECT content FROM kept WHERE key = ? AND until > ?", key)

    def take(self, key: str) -> dict[str, Any] | None:
        """The value under a key, which is then gone: of two callers only one gets it."""
        return self._one("DELETE FROM kept WHERE key = ? AND until > ? RETURNING content", key)

    def add(self, key: str, seconds: int) -> bool:
        """Hold a key for so many seconds; False when somebody holds it already."""
        self._sweep()
        with self._open() as db:
            row = (self.mark(key), "", "{}", time.time() + seconds)
            return db.execute("INSERT OR IGNORE INTO kept VALUES (?, ?, ?, ?)", row).rowcount == 1

    def replace(self, key: str, content: dict[str, Any]) -> bool:
        """Put a new value in place of one that is still there; False when it is gone."""
        with self._open() as db:
            row = (json.dumps(content), self.mark(key), time.time())
            return db.execute("UPDATE kept SET content = ? WHERE key = ? AND until > ?", row).rowcount == 1

    def end(self, sid: str) -> int:
        """Forget all that belongs to a session of the provider; says how many values that were."""
        with self._open() as db:
            return db.execute("DELETE FROM kept WHERE sid = ?", (sid,)).rowcount

    def mark(self, text: str) -> str:
        """A value that proves knowledge of `text` and does not give it away."""
        return hmac.new(self._secret_key, text.encode(), hashlib.sha256).hexdigest()

    def _sweep(self) -> None:
        with self._open() as db:
            db.execute("DELETE FROM kept WHERE until < ?", (time.time(),))

    def _one(self, query: str, key: str) -> dict[str, Any] | None:
        with self._open() as db:
            row = db.execute(query, (self.mark(key), time.time())).fetchone()
        return dict(json.loads(row[0])) if row else None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=5)) as db, db:
            yield db
