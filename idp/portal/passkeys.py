"""C19, passkeys: the list, adding one by script, names, removal."""

from typing import Final

from idp.authenticators.evidence import Way
from idp.authenticators.passkey import LONGEST_NAME, MOST, Passkey, PasskeyRefused, Passkeys
from idp.clock import Clock, instant
from idp.errors import Conflict, NotFound
from idp.identifiers.masking import mask_name
from idp.login.ways import PersonWays, is_enough
from idp.portal.frame import Frame, SignedIn
from idp.portal.methods import MethodChanges
from idp.storage.engine import Db
from idp.web.continuation import Continuation
from idp.web.device import describe_device
from idp.web.exchange import Answer, Request, json_answer, redirect

PAGE: Final = "/account/passkeys"
ADD: Final = "/account/passkeys/add"
OPTIONS: Final = "/account/passkeys/options"
RENAME: Final = "/account/passkeys/rename"
REMOVE: Final = "/account/passkeys/remove"
BACK: Final = Continuation("portal.passkeys")
BACK_TO_ADD: Final = Continuation("portal.passkey_add")
METHOD: Final = Way.PASSKEY.value


class PasskeyPages:
    """`/account/passkeys` and what follows from it; every change only after a fresh sign-in by the strongest ways."""

    def __init__(
        self, frame: Frame, clock: Clock, passkeys: Passkeys, ways: PersonWays, changes: MethodChanges
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._passkeys = passkeys
        self._ways = ways
        self._changes = changes

    def page(self, request: Request) -> Answer:
        """The list."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        return self._list(request, signed_in, request.query.get("done"))

    def add(self, request: Request) -> Answer:
        """GET shows the button, POST takes the passkey that the browser made."""
        if request.method == "POST":
            return self._add(request)
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in):
            return self._frame.begin_afresh(request, BACK_TO_ADD)
        return self._form(request, signed_in, None)

    def options(self, request: Request) -> Answer:
        """A fresh question for the browser, as JSON."""
        signed_in = self._frame.look(request)
        if signed_in is None or not self._frame.is_fresh(signed_in) or not self._passkeys.is_possible:
            return json_answer({"error": "sign_in", "reference": request.request_id}, 403)
        with self._frame.sql.once() as db:
            shown = mask_name(signed_in.person.name)
            asked = self._passkeys.ask_to_add(db, signed_in.sso.id, signed_in.person.id, shown)
        if asked is None:
            return json_answer({"error": "many", "reference": request.request_id}, 409)
        return json_answer({"challenge": asked.id, "options": asked.options})

    def rename(self, request: Request) -> Answer:
        """Call a passkey otherwise."""
        posted = self._posted(request)
        if isinstance(posted, Answer):
            return posted
        signed_in, form = posted
        name = form.get("name", "").strip()[:LONGEST_NAME]
        with self._frame.sql.begin() as db:
            own = self._own(db, signed_in, form.get("handle", ""))
            if name:
                self._passkeys.rename(db, signed_in.person.id, own.id, name, instant(self._clock))
                self._changes.tell(db, request, signed_in, METHOD, "renamed")
        return redirect(f"{PAGE}?done=renamed")

    def remove(self, request: Request) -> Answer:
        """Two steps: the first POST shows what follows, the second (`confirm`) removes the passkey."""
        posted = self._posted(request)
        if isinstance(posted, Answer):
            return posted
        signed_in, form = posted
        with self._frame.sql.begin() as db:
            own = self._own(db, signed_in, form.get("handle", ""))
            is_last = self._is_last(db, signed_in)
            if form.get("confirm") == "yes" and not is_last:
                removed = self._passkeys.remove(db, signed_in.person.id, own.id)
                self._changes.tell(db, request, signed_in, METHOD, "removed")
            else:
                removed = None
        if removed is not None:
            return self._list(request, signed_in, "removed", removed)
        return self._frame.show(
            request,
            signed_in,
            "portal/passkey_remove.html",
            name=own.name,
            handle=own.id,
            is_last=is_last,
            action=REMOVE,
            back_url=PAGE,
        )

    def _add(self, request: Request) -> Answer:
        posted = self._posted(request)
        if isinstance(posted, Answer):
            return posted
        signed_in, form = posted
        name = form.get("name", "").strip() or describe_device(request.header("user-agent"))
        try:
            with self._frame.sql.begin() as db:
                added = self._passkeys.add(
                    db,
                    form.get("challenge", ""),
                    signed_in.sso.id,
                    signed_in.person.id,
                    form.get("response", ""),
                    name,
                    instant(self._clock),
                )
                if isinstance(added, Passkey):
                    self._changes.tell(db, request, signed_in, METHOD, "added")
        except Conflict:
            added = PasskeyRefused("taken")
        if isinstance(added, PasskeyRefused):
            fault = "not_listed" if added.why == "not_listed" else "not_added"
            return self._form(request, signed_in, fault)
        return redirect(f"{PAGE}?done=added")

    def _posted(self, request: Request) -> tuple[SignedIn, dict[str, str]] | Answer:
        posted = self._frame.posted(request)
        if posted is None:
            return self._frame.timed_out(request)
        return posted if self._frame.is_fresh(posted[0]) else self._frame.begin_afresh(request, BACK)

    def _own(self, db: Db, signed_in: SignedIn, handle: str) -> Passkey:
        own = next((one for one in self._passkeys.list_of(db, signed_in.person.id) if one.id == handle), None)
        if own is None:
            raise NotFound("passkey.unknown")
        return own

    def _is_last(self, db: Db, signed_in: SignedIn) -> bool:
        """Whether this passkey is all that the person signs in by."""
        others = [
            way for way in self._ways.of(db, signed_in.person) if way not in {Way.PASSKEY, Way.BOUND_PASSKEY}
        ]
        return not is_enough(others) and len(self._passkeys.list_of(db, signed_in.person.id)) == 1

    def _list(
        self, request: Request, signed_in: SignedIn, done: str | None, removed: str | None = None
    ) -> Answer:
        with self._frame.sql.once() as db:
            own = self._passkeys.list_of(db, signed_in.person.id)
        text = self._frame.pages.text
        return self._frame.show(
            request,
            signed_in,
            "portal/passkeys.html",
            passkeys=own,
            done=text(request, f"methods.passkey.{done}")
            if done in {"added", "renamed", "removed"}
            else None,
            removed_id=removed,
            rp_id=self._passkeys.rp_id,
            add_url=ADD if self._passkeys.is_possible and len(own) < MOST else None,
            is_possible=self._passkeys.is_possible,
            rename_action=RENAME,
            remove_action=REMOVE,
            back_url="/account/security",
        )

    def _form(self, request: Request, signed_in: SignedIn, fault: str | None) -> Answer:
        return self._frame.show(
            request,
            signed_in,
            "portal/passkey_add.html",
            status=400 if fault else 200,
            fault=self._frame.pages.text(request, f"methods.passkey.{fault}") if fault else None,
            is_possible=self._passkeys.is_possible,
            name=describe_device(request.header("user-agent")),
            action=ADD,
            options_url=OPTIONS,
            back_url=PAGE,
        )
