"""Unified social credit codes (GB 32100-2015)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from idp.identifiers import organisation_code
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.masking import mask_uscc
from idp.identifiers.normalise import normalise
from idp.identifiers.region import Region
from idp.identifiers.shown import Shown

DEPARTMENTS: Mapping[str, str] = MappingProxyType(
    {
        "1": "机构编制",
        "2": "外交",
        "3": "司法行政",
        "4": "文化",
        "5": "民政",
        "6": "旅游",
        "7": "宗教",
        "8": "工会",
        "9": "市场监管",
        "A": "中央军委机构编制",
        "N": "农业",
        "Y": "其他",
    }
)
"""Registering departments by the first character (GB 32100-2015 with the amendment of 2016)."""

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = MappingProxyType({character: number for number, character in enumerate(_ALPHABET)})
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_FORM = re.compile(f"[{''.join(DEPARTMENTS)}][1-9][0-9]{{6}}[{_ALPHABET}]{{10}}")


@dataclass(frozen=True, slots=True, repr=False)
class Uscc(Shown):
    """A valid code of 18 characters; refused otherwise (``uscc.format``, ``uscc.check``).

    A subject code whose own check character is wrong is accepted, because such codes were issued: the reader
    of ``subject_code_consistent`` may warn.
    """

    value: str

    def __post_init__(self) -> None:
        if not _FORM.fullmatch(self.value):
            raise IdentifierRejected("uscc.format", "18 characters of the alphabet")
        if check_character(self.value[:17]) != self.value[17]:
            raise IdentifierRejected("uscc.check", "check character")

    @property
    def department(self) -> str:
        """The registering department, a key of ``DEPARTMENTS``."""
        return self.value[0]

    @property
    def category(self) -> str:
        """The kind of organisation within the department, one digit from 1."""
        return self.value[1]

    @property
    def region(self) -> Region:
        """The place of registration; central authorities write 100000."""
        return Region(self.value[2:8])

    @property
    def subject_code(self) -> str:
        """Nine characters; the old organisation code where there was one."""
        return self.value[8:17]

    @property
    def subject_code_consistent(self) -> bool:
        """Whether the subject code's own check character holds (GB 11714-1997)."""
        return organisation_code.check_character(self.value[8:16]) == self.value[16]

    @property
    def is_sole_trader(self) -> bool:
        """Whether it stands for one person's business (92…), and is therefore personal data."""
        return self.value.startswith("92")

    @property
    def masked(self) -> str:
        """The code itself, unless it is a sole trader's."""
        return mask_uscc(self.value)


def parse_uscc(text: str) -> Uscc:
    """Return the code that a person typed or pasted; refused as by the constructor."""
    return Uscc(normalise(text))


def check_character(body: str) -> str:
    """Return the check character of the 17 leading ones (GB 32100-2015: MOD 31, weights 3^i)."""
    total = sum(weight * _VALUES[character] for weight, character in zip(_WEIGHTS, body, strict=True))
    return _ALPHABET[-total % 31]
