"""Queries on issued certificates."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from idp.keys.models import CertificateKind, IssuedCertificateRow
from idp.storage.base import table_of

LONGEST_SUBJECT = 200

_issued = table_of(IssuedCertificateRow)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate of the internal authority: `der` is public, `key_id` the kid of an authority's key or None."""

    serial: str
    kind: CertificateKind
    subject: str
    der: bytes = field(repr=False)
    key_id: str | None
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    reason: str | None
    created_at: datetime


def add_certificate(db: Connection, issued: Issued) -> None:
    """Add a certificate. Raises Conflict (at the transaction's door) when its serial number is there."""
    values = {name: getattr(issued, name) for name in Issued.__slots__ if name != "der"}
    db.execute(insert(_issued).values(**values, certificate=issued.der))


def find_certificate(db: Connection, serial: str) -> Issued | None:
    """The certificate of this serial number, or None."""
    row = db.execute(select(_issued).where(_issued.c.serial == serial)).first()
    return None if row is None else _read(row)


def find_authority(db: Connection, kid: str) -> Issued | None:
    """The certificate of the authority with this key, or None."""
    wanted = select(_issued).where(_issued.c.key_id == kid, _issued.c.kind == CertificateKind.AUTHORITY)
    row = db.execute(wanted).first()
    return None if row is None else _read(row)


def list_certificates(db: Connection, kind: CertificateKind | None = None) -> list[Issued]:
    """Every certificate, or those of one kind, oldest first."""
    wanted = select(_issued).order_by(_issued.c.created_at, _issued.c.serial)
    if kind is not None:
        wanted = wanted.where(_issued.c.kind == kind)
    return [_read(row) for row in db.execute(wanted)]


def list_revoked(db: Connection) -> list[Issued]:
    """Every revoked certificate, oldest revocation first."""
    wanted = select(_issued).where(_issued.c.revoked_at.is_not(None))
    return [_read(row) for row in db.execute(wanted.order_by(_issued.c.revoked_at, _issued.c.serial))]


def revoke_certificate(db: Connection, serial: str, at: datetime, reason: str) -> bool:
    """Mark a certificate as revoked; False when it was before."""
    wanted = update(_issued).where(_issued.c.serial == serial, _issued.c.revoked_at.is_(None))
    return bool(db.execute(wanted.values(revoked_at=at, reason=reason)).rowcount)


def _read(row: Any) -> Issued:
    return Issued(
        serial=row.serial,
        kind=row.kind,
        subject=row.subject,
        der=bytes(row.certificate),
        key_id=row.key_id,
        not_before=row.not_before,
        not_after=row.not_after,
        revoked_at=row.revoked_at,
        reason=row.reason,
        created_at=row.created_at,
    )
