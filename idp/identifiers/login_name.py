"""The one box of the sign-in page: an ID number or a mobile number."""

from datetime import date

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdNumber, parse_id_number
from idp.identifiers.mobile import Mobile, parse_mobile
from idp.identifiers.normalise import normalise


def detect(text: str, today: date) -> IdNumber | Mobile:
    """Return what a person typed into the box; no text can be both.

    Raises IdentifierRejected: ``id.empty`` when nothing but spaces and hyphens was typed, ``id.format`` when
    it has the form of neither, ``id.check`` when it has the form of an ID number but is none.
    """
    if not normalise(text):
        raise IdentifierRejected("id.empty", "nothing typed")
    try:
        return parse_mobile(text)
    except IdentifierRejected:
        return parse_id_number(text, today)
