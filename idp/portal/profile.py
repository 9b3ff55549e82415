"""C22, the profile: every item with its source and where it is put right, and how the identity came to be what it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.accounts.life.store import Change, Document, LifeStore
from idp.accounts.models import ChangeKind, Standing
from idp.clock import Clock, instant
from idp.identifiers.document import DOCUMENT_NAMES
from idp.identifiers.masking import mask_document, mask_id_number, mask_mobile, mask_name
from idp.portal.frame import Frame
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request

PAGE: Final = "/account/profile"
BACK: Final = Continuation("portal.profile")
SHOWN: Final = frozenset(ChangeKind) - {ChangeKind.CLOSED, ChangeKind.DECEASED, ChangeKind.REVIVED}
RESIDENT: Final = "111"


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document in words; `standing` is main, also or former."""

    kind: str
    number: str
    standing: str
    source: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change in words; `before` is masked, empty where nothing stood there."""

    when: datetime
    what: str
    before: str
    source: str


class ProfileViews:
    """`/account/profile`."""

    def __init__(self, frame: Frame, clock: Clock, life: LifeStore) -> None:
        self._frame = frame
        self._clock = clock
        self._life = life

    def page(self, request: Request) -> Answer:
        """What is known of the person."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        person = signed_in.person
        with self._frame.sql.once() as db:
            documents = self._life.list_documents(db, person.id)
            changes = self._life.list_changes(db, person.id)
        return self._frame.show(
            request,
            signed_in,
            "portal/profile.html",
            name=mask_name(person.name),
            name_source=self._source(request, _name_source(changes)),
            level=person.level_at(instant(self._clock)),
            mobile=mask_mobile(person.mobile) if person.mobile else None,
            mobile_since=person.mobile_verified_at,
            documents=[self._document(request, one) for one in documents],
            changes=[self._change(request, one) for one in changes if one.kind in SHOWN],
            is_changed=request.query.get("done") == "mobile",
        )

    def _document(self, request: Request, one: Document) -> ShownDocument:
        text = self._frame.pages.text
        kind = one.id_kind if one.id_kind in DOCUMENT_NAMES else RESIDENT
        mask = mask_id_number if one.id_kind == RESIDENT else mask_document
        return ShownDocument(
            text(request, f"claim.id_type.{kind}"),
            mask(one.id_number),
            Standing(one.standing).value,
            self._source(request, one.source),
            one.added_at,
            one.valid_until,
        )

    def _change(self, request: Request, one: Change) -> ShownChange:
        what = self._frame.pages.text(request, f"profile.change.{one.kind.value}")
        return ShownChange(one.at, what, _masked(one), self._source(request, one.source))

    def _source(self, request: Request, source: str) -> str:
        """Who says so, in words."""
        return self._frame.pages.text(request, f"profile.source.{source if source in SOURCES else 'other'}")


SOURCES: Final = frozenset(
    {"population", "registration", "import", "officer", "owner", "proved", "taken_over"}
)
"""Sources that have words of their own."""


def _name_source(changes: list[Change]) -> str:
    """Who says what the name is: of the last change of it, else of the first record."""
    named = next((one.source for one in changes if one.kind is ChangeKind.NAME), None)
    return named or "registration"


def _masked(one: Change) -> str:
    if one.before is None:
        return ""
    masks = {ChangeKind.NAME: mask_name, ChangeKind.MOBILE: mask_mobile}
    return masks.get(one.kind, mask_document)(one.before)
