"""What every change of a way to sign in brings: the event, the end of trusted devices, a word to the person's number."""

from idp.audit.service import Audit
from idp.authenticators.events import MethodChanged
from idp.authenticators.evidence import Way
from idp.devices.service import Devices
from idp.notify.service import Notices
from idp.portal.frame import Frame, SignedIn
from idp.risk.service import Risk
from idp.storage.engine import Db
from idp.web.exchange import Request


class MethodChanges:
    """Tells of a change, within the transaction that makes it."""

    def __init__(self, frame: Frame, audit: Audit, devices: Devices, notices: Notices, risk: Risk) -> None:
        self._risk = risk
        self._frame = frame
        self._audit = audit
        self._devices = devices
        self._notices = notices

    def tell(self, db: Db, request: Request, signed_in: SignedIn, method: str, how: str) -> None:
        """A way named `method` was `added`, `removed`, `renamed` or `made`."""
        person = signed_in.person
        place = self._frame.place(request)
        event = MethodChanged(actor=signed_in.actor, object=person.id, place=place, method=method, how=how)
        self._audit.append(db, event)
        if how == "renamed":
            return
        self._devices.end_trust(db, person.id)
        if method != Way.PASSWORD.value:
            # A new password is typed by its owner everywhere at once, and tells nothing of who holds the other ways.
            self._risk.means_changed(person.id)
        language = self._frame.pages.language(request)
        what = self._frame.pages.text(request, f"method.{method}.{how}")
        self._notices.tell(db, "method_changed", person.mobile, person.id, language, what=what)
