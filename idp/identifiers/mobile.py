"""Mobile telephone numbers of mainland China."""

import re
from dataclasses import dataclass

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_mobile
from idp.identifiers.normalise import normalise
from idp.identifiers.shown import Shown

_ELEVEN = re.compile("1[3-9][0-9]{9}")
_TYPED = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")


@dataclass(frozen=True, slots=True, repr=False)
class Mobile(Shown):
    """A number of 11 digits without country prefix; anything else is refused (``mobile.format``)."""

    value: str

    def __post_init__(self) -> None:
        if not _ELEVEN.fullmatch(self.value):
            raise IdentifierRejected("mobile.format", "11 digits")

    @property
    def masked(self) -> str:
        """First three and last two digits."""
        return mask_mobile(self.value)


def parse_mobile(text: str) -> Mobile:
    """Return the number that a person typed; ``+86``, ``0086`` and ``86`` in front are taken off.

    Raises IdentifierRejected (``mobile.format``).
    """
    typed = _TYPED.fullmatch(normalise(text))
    if typed is None:
        raise IdentifierRejected("mobile.format", "11 digits")
    return Mobile(typed[1])
