"""Publishing every day in China once it is over: one file, or more where a day has many changes, in one unbroken chain."""

from datetime import date, datetime, time, timedelta
from typing import Final

from idp.audit.event import Place
from idp.audit.service import Audit
from idp.clock import CHINA, Clock, instant
from idp.errors import Conflict
from idp.keys.keyring import Keyring
from idp.keys.models import KeyPurpose
from idp.publication import store
from idp.publication.events import Published
from idp.publication.statement import ALGORITHM, Statement, digest_of, file_of, line_of, previous_of, sign
from idp.publication.store import Publication
from idp.storage.engine import Db, Sql

IN_A_FILE: Final = 20_000
MARGIN: Final = timedelta(minutes=10)
"""How long after midnight a day is closed: transactions that began before it are over by then."""
ACTOR: Final = "system:publication"
PLACE: Final = Place("system", "publication")


class Publications:
    """Makes publications and gives them out."""

    def __init__(self, issuer: str, sql: Sql, clock: Clock, audit: Audit, keyring: Keyring) -> None:
        self._issuer = issuer
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._keyring = keyring

    def run(self) -> int:
        """Publish every day that is over and was not; how many files were made. Safe in several processes at once."""
        made = 0
        while (due := self._due()) is not None:
            try:
                made += self._publish(*due)
            except Conflict:
                # Another process was first: go on behind what it made.
                continue
        return made

    def content(self, db: Db, one: Publication) -> bytes:
        """The file of a publication, made anew from what it tells of."""
        return file_of([line_of(change) for change in store.list_changes(db, one.number)], one.signed)

    def _due(self) -> tuple[date, int] | None:
        """The first day that is over and not whole in publications, and the number of the last one that there is; days
        without a change have an empty one.
        """
        now = instant(self._clock)
        over = (now - MARGIN).astimezone(CHINA).date() - timedelta(days=1)
        with self._sql.once() as db:
            last, first = store.find_last(db), store.find_first_unpublished(db)
        if last is not None:
            day = date.fromisoformat(last.day)
            wanted = day if last.count == IN_A_FILE else day + timedelta(days=1)
        elif first is not None:
            wanted = first.astimezone(CHINA).date()
        else:
            return None
        return (wanted, last.number if last is not None else 0) if wanted <= over else None

    def _publish(self, day: date, after: int) -> int:
        """One file of a day, in one transaction: numbered, told, signed. None where another process made one meanwhile."""
        end = datetime.combine(day + timedelta(days=1), time(), CHINA)
        with self._sql.begin() as db:
            last = store.find_last(db)
            number = 1 if last is None else last.number + 1
            if number != after + 1:
                return 0
            is_next_part = last is not None and last.day == day.isoformat()
            part = last.part + 1 if last is not None and is_next_part else 1
            lines = [line_of(change) for change in store.take(db, number, end, IN_A_FILE)]
            statement = Statement(
                number,
                day.isoformat(),
                part,
                len(lines),
                digest_of(lines),
                previous_of(last.signed if last else None),
            )
            signer = self._keyring.signer_of(KeyPurpose.EVIDENCE, ALGORITHM)
            signed = sign(statement, self._issuer, signer, self._clock.timestamp())
            store.add(db, self._made(statement, signed))
            event = Published(
                actor=ACTOR, object=f"publication:{number}", place=PLACE, day=statement.day, count=len(lines)
            )
            self._audit.append(db, event)
        return 1

    def _made(self, statement: Statement, signed: str) -> Publication:
        return Publication(
            statement.number,
            statement.day,
            statement.part,
            statement.count,
            statement.digest,
            signed,
            instant(self._clock),
        )
