"""Which values a file has had already: on disk, so that memory does not grow with the file."""

import sqlite3
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

CACHE_KIB: Final = 32 * 1024
ASKED_AT_ONCE: Final = 500
KEPT_BYTES: Final = 16
"""Of a digest; two of 10 million that are alike in these by chance are not to be expected."""


class SeenValues:
    """Digests of values with the lines where they stood first.

    They lie in a temporary file without a name, which the system takes back with the process; used by one thread.
    """

    def __init__(self) -> None:
        # An empty name is SQLite's own temporary file: it spills to disk what does not fit the cache.
        self._db = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE seen (value BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def find(self, digests: Sequence[bytes]) -> dict[bytes, int]:
        """Those that stood before, with the lines where they stood first."""
        found: dict[bytes, int] = {}
        whole = {digest[:KEPT_BYTES]: digest for digest in digests}
        asked = list(whole)
        for start in range(0, len(asked), ASKED_AT_ONCE):
            some = asked[start : start + ASKED_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = self._db.execute(f"SELECT value, line FROM seen WHERE value IN ({marks})", some)  # noqa: S608 - marks only
            found.update((whole[value], line) for value, line in rows)
        return found

    def note(self, lines: Mapping[bytes, int]) -> None:
        """They stand in these lines."""
        rows = ((digest[:KEPT_BYTES], line) for digest, line in lines.items())
        self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
