"""E11, the end of an organisation here: the register says when, its papers stay readable for a while, then nothing does.

::

    goes on ──register: revoked, deregistered, merged──▶ read-only for 90 days ──▶ closed
"""

from typing import Final

from idp.clock import Clock, instant
from idp.enterprise.access import Access
from idp.enterprise.page_values import card
from idp.organisations.rules import ACTIVE, READ_ONLY_DAYS, is_readable
from idp.portal.frame import Frame
from idp.web.continuation import Continuation
from idp.web.exchange import Answer, Request

BACK: Final = Continuation("enterprise.list")


class ClosingViews:
    """`/organisation/close`."""

    def __init__(self, frame: Frame, clock: Clock, access: Access) -> None:
        self._frame = frame
        self._clock = clock
        self._access = access

    def page(self, request: Request) -> Answer:
        """What ends when, for who manages the organisation or did until it ended. Raises NotFound for everybody else."""
        signed_in = self._frame.look(request)
        if signed_in is None:
            return self._frame.begin(request, BACK)
        now = instant(self._clock)
        with self._frame.sql.once() as db:
            at = self._access.of_manager(db, signed_in.person.id, request.query.get("id", ""), now)
        organisation = at.organisation
        is_over = organisation.status not in ACTIVE
        state = "active" if not is_over else "read_only" if is_readable(organisation, now) else "closed"
        return self._frame.show(
            request,
            signed_in,
            "enterprise/close.html",
            organisation=card(organisation),
            state=state,
            until=organisation.read_only_until if is_over else None,
            days=READ_ONLY_DAYS,
            was_refused=request.query.get("refused") == "yes",
        )


def address(organisation_id: str, was_refused: bool) -> str:
    """The page of one organisation; `was_refused`: it answers an act that is not possible any more."""
    return f"/organisation/close?id={organisation_id}{'&refused=yes' if was_refused else ''}"
