"""`/humanity`: the picture and the sound of a challenge, for the browser that was asked and for nobody else."""

import re
from typing import Final

from idp.humanity.challenge import Humanity, Over, Wrong
from idp.web.exchange import NO_STORE, Answer, Headers, Request
from idp.web.page_values import FieldError
from idp.web.pages import Pages
from idp.web.routing import Auth, Route

FIELD: Final = "human"
"""The field that the macro shows; `human_challenge` goes with it."""
ROUTES: tuple[Route, ...] = (
    Route("/humanity/picture", ("GET",), "humanity.picture", Auth.BROWSER, "humanity_media"),
    Route("/humanity/sound", ("GET",), "humanity.sound", Auth.BROWSER, "humanity_media"),
)
_PNG: Final[Headers] = (("Content-Type", "image/png"), *NO_STORE)
_WAV: Final[Headers] = (("Content-Type", "audio/wav"), ("Accept-Ranges", "bytes"), *NO_STORE)
_RANGE: Final = re.compile(r"bytes=([0-9]{0,9})-([0-9]{0,9})", re.ASCII)


class HumanityViews:
    """Shows challenges. One that is over, unknown or another browser's is no page at all."""

    def __init__(self, pages: Pages, humanity: Humanity) -> None:
        self._pages = pages
        self._humanity = humanity

    def picture(self, request: Request) -> Answer:
        """The picture; `large=1` gives it twice as wide and high."""
        is_large = request.query.get("large") == "1"
        return Answer(200, _PNG, self._humanity.image(*self._asked(request), is_large=is_large))

    def sound(self, request: Request) -> Answer:
        """The sound, whole or the part that was asked for: some browsers play nothing that they cannot have in parts."""
        return _part(self._humanity.sound(*self._asked(request)), request.header("range"))

    def _asked(self, request: Request) -> tuple[str, str]:
        return request.query.get("challenge", ""), self._pages.browser_mark(request)


def complaint(pages: Pages, request: Request, outcome: Wrong | Over) -> FieldError:
    """What to say at the field after an answer that was not right; after Over the page begins another challenge."""
    if isinstance(outcome, Wrong):
        return FieldError(FIELD, pages.text(request, "humanity.wrong", n=outcome.tries_left))
    return FieldError(FIELD, pages.text(request, "humanity.over"))


def _part(whole: bytes, wanted: str | None) -> Answer:
    """One part of `whole` (RFC 9110 §14.2); what asks for none, or for several, gets all of it."""
    found = _RANGE.fullmatch(wanted or "")
    if found is None or found[0] == "bytes=-":
        return Answer(200, _WAV, whole)
    size = len(whole)
    if found[1]:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
    else:
        first, last = max(size - int(found[2]), 0), size - 1
    if found[1] and found[2] and int(found[2]) < first:
        return Answer(200, _WAV, whole)
    if first > last:
        return Answer(416, (*_WAV, ("Content-Range", f"bytes */{size}")), b"")
    span = ("Content-Range", f"bytes {first}-{last}/{size}")
    return Answer(206, (*_WAV, span), whole[first : last + 1])
