"""Pages and files of publications: for everybody, without a sign-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.errors import NotFound
from idp.identifiers.masking import mask_name
from idp.keys.keyring import Keyring
from idp.organisations.models import IdentifierKind, RegistrationStatus
from idp.publication import store
from idp.publication.service import Publications
from idp.publication.statement import SOLE_TRADERS
from idp.publication.store import Change, Publication
from idp.storage.engine import Db, Sql
from idp.web.exchange import Answer, Headers, Request, json_answer
from idp.web.pages import Pages

ON_A_PAGE: Final = 50
LISTED: Final = 200
FOR_GOOD: Final[Headers] = (("Cache-Control", "public, max-age=31536000, immutable"),)
FOR_A_MINUTE: Final[Headers] = (("Cache-Control", "public, max-age=60"),)
KINDS: Final = frozenset(
    {"new", "converted", "renamed", "status", "representative", "representative_name", "facts"}
)
"""Kinds of changes that have words of their own."""


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change in words; `old` are pairs of kind and old code."""

    id: int
    when: datetime
    kind: str
    uscc: str
    name: str
    status: str
    old: tuple[tuple[str, str], ...]


class PublicationViews:
    """`/publications` and what lies under it."""

    def __init__(self, sql: Sql, pages: Pages, publications: Publications, keyring: Keyring) -> None:
        self._sql = sql
        self._pages = pages
        self._publications = publications
        self._keyring = keyring

    def overview(self, request: Request) -> Answer:
        """Publications, newest first."""
        with self._sql.once() as db:
            found = store.list_before(db, _number(request, "before"), ON_A_PAGE + 1)
        shown = found[:ON_A_PAGE]
        older = shown[-1].number if len(found) > ON_A_PAGE else None
        return self._pages.show(request, "publication/overview.html", publications=shown, older=older)

    def one(self, request: Request) -> Answer:
        """What one publication tells of, by pages."""
        after = _number(request, "after") or 0
        with self._sql.once() as db:
            publication = self._find(request, db)
            found = store.list_changes(db, publication.number, after, ON_A_PAGE + 1) if publication else []
        if publication is None:
            raise NotFound("publication.unknown")
        shown = found[:ON_A_PAGE]
        return self._pages.show(
            request,
            "publication/one.html",
            publication=publication,
            changes=[self._shown(request, change) for change in shown],
            further=shown[-1].id if len(found) > ON_A_PAGE else None,
        )

    def feed(self, request: Request) -> Answer:
        """The signed file of one publication; it never changes."""
        with self._sql.once() as db:
            publication = self._find(request, db)
            content = self._publications.content(db, publication) if publication else b""
        if publication is None:
            raise NotFound("publication.unknown")
        name = f"{publication.day}-{publication.part}.jsonl"
        headers: Headers = (
            ("Content-Type", "application/jsonl; charset=utf-8"),
            ("Content-Disposition", f'attachment; filename="{name}"'),
            *FOR_GOOD,
        )
        return Answer(200, headers, content)

    def index(self, request: Request) -> Answer:
        """Publications behind a number, oldest first, 200 at a time: what a system asks for once a day."""
        with self._sql.once() as db:
            found = store.list_after(db, _number(request, "after") or 0, LISTED)
        told = [
            {"number": one.number, "day": one.day, "part": one.part, "count": one.count, "digest": one.digest}
            for one in found
        ]
        return json_answer({"publications": told}, headers=FOR_A_MINUTE)

    def keys(self, request: Request) -> Answer:
        """The public keys that ever signed publications, as a key set (RFC 7517 §5)."""
        return json_answer({"keys": list(self._keyring.ring().evidence)}, headers=FOR_A_MINUTE)

    def _shown(self, request: Request, change: Change) -> ShownChange:
        text, told = self._pages.text, change.details
        uscc, name = str(told.get("uscc", "")), str(told.get("name", ""))
        kind = change.kind if change.kind in KINDS else "facts"
        return ShownChange(
            change.id,
            change.at,
            text(request, f"publication.kind.{kind}"),
            uscc,
            mask_name(name) if uscc.startswith(SOLE_TRADERS) else name,
            text(request, f"organisation.status.{RegistrationStatus(told['status']).value}"),
            tuple(
                (text(request, f"publication.code.{IdentifierKind(one['kind']).value}"), str(one["value"]))
                for one in told.get("old", ())
            ),
        )

    def _find(self, request: Request, db: Db) -> Publication | None:
        number = _number(request, "number")
        return store.find(db, number) if number is not None else None


def _number(request: Request, name: str) -> int | None:
    """A number in the address; what is none counts as absent."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
