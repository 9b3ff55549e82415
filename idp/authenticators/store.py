"""Every query on credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, literal, select, update

from crypto.errors import SealError
from crypto.passwords import pepper_of
from crypto.seal import Sealer
from crypto.tokens import random_token
from idp.authenticators.models import CredentialRow, SignInWishRow
from idp.storage import bulk
from idp.storage.base import table_of
from idp.storage.direct import Prepared
from idp.storage.sealed import SealedTable

COUNTED_AT_ONCE: Final = 500

_credential = table_of(CredentialRow)
SEALED: Final = SealedTable(_credential, ("secret",))
SECOND_STEP: Final = "second_step"
"""Stands among the kinds of a person who wants a second step at every sign-in."""
_wish = table_of(SignInWishRow)
_KINDS = (
    select(_credential.c.kind)
    .where(_credential.c.person_id == bindparam("person_id"))
    .union(select(literal(SECOND_STEP)).where(_wish.c.person_id == bindparam("person_id")))
)
_OF_KIND = Prepared(
    select(_credential).where(
        _credential.c.person_id == bindparam("person_id"), _credential.c.kind == bindparam("kind")
    )
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential with its secret opened; `repr` shows the id only."""

    id: str
    person_id: str
    kind: str
    secret: str

    def __repr__(self) -> str:
        return f"Credential({self.id})"


@dataclass(frozen=True, slots=True)
class Means:
    """That a person has a credential, and when it was made, changed and used; nothing of its secret."""

    id: str
    kind: str
    label: str
    created_at: datetime
    changed_at: datetime
    last_used_at: datetime | None


class CredentialStore:
    """Finds, adds and changes credentials; secrets are sealed with their row as associated data."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def find(self, db: Connection, person_id: str, kind: str) -> Credential | None:
        """The person's credential of this kind, or None."""
        row = _OF_KIND.first(db, {"person_id": person_id, "kind": kind})
        return self._opened(row) if row is not None else None

    def kinds(self, db: Connection, person_id: str) -> frozenset[str]:
        """The kinds of credentials that a person has, and SECOND_STEP where the person wants one. One query."""
        return frozenset(db.scalars(_KINDS, {"person_id": person_id}))

    def list_kind(self, db: Connection, person_id: str, kind: str) -> list[Credential]:
        """A person's credentials of one kind, oldest first."""
        wanted = select(_credential).where(_credential.c.person_id == person_id, _credential.c.kind == kind)
        return [self._opened(row) for row in db.execute(wanted.order_by(_credential.c.created_at))]

    def find_by_handle(self, db: Connection, handle: bytes) -> Credential | None:
        """The credential with this digest, whosever it is, or None."""
        row = db.execute(select(_credential).where(_credential.c.handle == handle)).first()
        return self._opened(row) if row is not None else None

    def list_means(self, db: Connection, person_id: str) -> list[Means]:
        """What a person signs in with, oldest first."""
        columns = [_credential.c[name] for name in Means.__dataclass_fields__]
        wanted = select(*columns).where(_credential.c.person_id == person_id)
        return [Means(*row) for row in db.execute(wanted.order_by(_credential.c.created_at))]

    @property
    def sealing_version(self) -> int:
        """The version of the key that secrets are sealed under now."""
        return self._sealer.current

    def seal_decoy(self, secret: str) -> bytes:
        """A secret of nobody, sealed as a row's would be."""
        return self._sealer.seal(secret.encode(), "credential", "", "secret")

    def open_decoy(self, sealed: bytes) -> str:
        """The work of opening a row's secret, where there is no row (SEC-28)."""
        return self._sealer.open(sealed, "credential", "", "secret").decode()

    def count_peppered(self, db: Connection, kind: str, version: int) -> int:
        """How many credentials of a kind hold a hash made under this version of the pepper, or one that cannot be read.

        Opens every secret, in short statements: for the retirement of a pepper and nothing more frequent.
        """
        last, counted = "", 0
        wanted = select(_credential.c.id, _credential.c.secret).where(_credential.c.kind == kind)
        while rows := db.execute(
            wanted.where(_credential.c.id > last).order_by(_credential.c.id).limit(COUNTED_AT_ONCE)
        ).all():
            counted += sum(self._pepper(row.id, row.secret) in {version, None} for row in rows)
            last = rows[-1].id
        return counted

    def add(self, db: Connection, kind: str, secrets: Sequence[tuple[str, str]], now: datetime) -> None:
        """Add one credential of `kind` for each (person_id, secret), in one statement."""
        self.add_rows(db, [self.row(kind, person_id, secret, now) for person_id, secret in secrets])

    def row(
        self,
        kind: str,
        person_id: str,
        secret: str,
        now: datetime,
        label: str = "",
        handle: bytes | None = None,
    ) -> dict[str, Any]:
        """The columns of a new credential, sealed."""
        credential_id = random_token(16)
        return {
            "id": credential_id,
            "person_id": person_id,
            "kind": kind,
            "label": label,
            "handle": handle,
            "secret": self._sealer.seal(secret.encode(), "credential", credential_id, "secret"),
            "created_at": now,
            "changed_at": now,
        }

    def add_rows(self, db: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Add credentials that `row` made, in one statement."""
        if rows:
            bulk.insert(db, _credential, tuple(rows[0]), (row.values() for row in rows))

    def remove_all(self, db: Connection, person_id: str) -> None:
        """Remove every credential of a person, and the wish for a second step."""
        db.execute(delete(_credential).where(_credential.c.person_id == person_id))
        self.wish_second_step(db, person_id, None)

    def remove_kind(self, db: Connection, person_id: str, kind: str) -> None:
        """Remove a person's credentials of one kind."""
        gone = delete(_credential).where(_credential.c.person_id == person_id, _credential.c.kind == kind)
        db.execute(gone)

    def remove(self, db: Connection, person_id: str, credential_id: str) -> bool:
        """Remove one credential of a person; false when it is not there."""
        own = (_credential.c.id == credential_id, _credential.c.person_id == person_id)
        return db.execute(delete(_credential).where(*own).returning(_credential.c.id)).first() is not None

    def use(self, db: Connection, credential_id: str, now: datetime) -> None:
        """Remember that a credential was used."""
        db.execute(update(_credential).where(_credential.c.id == credential_id).values(last_used_at=now))

    def wish_second_step(self, db: Connection, person_id: str, now: datetime | None) -> None:
        """Set that a person wants a second step at every sign-in, or with None that he does not."""
        db.execute(delete(_wish).where(_wish.c.person_id == person_id))
        if now is not None:
            db.execute(insert(_wish).values(person_id=person_id, created_at=now))

    def replace_secret(self, db: Connection, credential: Credential, secret: str, now: datetime) -> None:
        """Put a new secret in place of the old one."""
        sealed = self._sealer.seal(secret.encode(), "credential", credential.id, "secret")
        db.execute(
            update(_credential).where(_credential.c.id == credential.id).values(secret=sealed, changed_at=now)
        )

    def replace_used(self, db: Connection, credential: Credential, secret: str, now: datetime) -> None:
        """Keep what a use changed in a secret, and when it was used."""
        sealed = self._sealer.seal(secret.encode(), "credential", credential.id, "secret")
        used = {"secret": sealed, "last_used_at": now}
        db.execute(update(_credential).where(_credential.c.id == credential.id).values(used))

    def _opened(self, row: Any) -> Credential:
        secret = self._sealer.open(row.secret, "credential", row.id, "secret").decode()
        return Credential(row.id, row.person_id, row.kind, secret)

    def _pepper(self, row_id: str, sealed: bytes) -> int | None:
        try:
            return pepper_of(self._sealer.open(sealed, "credential", row_id, "secret").decode())
        except (SealError, ValueError):
            return None
