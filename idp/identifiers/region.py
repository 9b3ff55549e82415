"""Administrative divisions by six digits (GB/T 2260)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.normalise import normalise

PROVINCES: Mapping[str, str] = MappingProxyType(
    {
        "11": "北京市",
        "12": "天津市",
        "13": "河北省",
        "14": "山西省",
        "15": "内蒙古自治区",
        "21": "辽宁省",
        "22": "吉林省",
        "23": "黑龙江省",
        "31": "上海市",
        "32": "江苏省",
        "33": "浙江省",
        "34": "安徽省",
        "35": "福建省",
        "36": "江西省",
        "37": "山东省",
        "41": "河南省",
        "42": "湖北省",
        "43": "湖南省",
        "44": "广东省",
        "45": "广西壮族自治区",
        "46": "海南省",
        "50": "重庆市",
        "51": "四川省",
        "52": "贵州省",
        "53": "云南省",
        "54": "西藏自治区",
        "61": "陕西省",
        "62": "甘肃省",
        "63": "青海省",
        "64": "宁夏回族自治区",
        "65": "新疆维吾尔自治区",
        "71": "台湾省",
        "81": "香港特别行政区",
        "82": "澳门特别行政区",
        "83": "台湾（居民居住证）",
        "91": "国外",
    }
)
"""First two digits of GB/T 2260; 83 is used by residence permits only, 91 stands for places abroad."""

NATIONAL = "10"
"""First two digits of bodies registered with a central authority; not a place of birth or residence."""

_SIX_DIGITS = re.compile("[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Region:
    """A division code of six ASCII digits.

    Cities and counties are not compared with any edition of GB/T 2260: codes of abolished ones stay in the
    numbers of the people and organisations that got them, for ever. Not personal data, so it prints as it is.
    """

    value: str

    def __post_init__(self) -> None:
        if not _SIX_DIGITS.fullmatch(self.value):
            raise IdentifierRejected("region.format", "six digits")

    @property
    def province(self) -> str:
        """The first two digits."""
        return self.value[:2]

    @property
    def city(self) -> str:
        """Digits three and four; ``00`` for the province itself."""
        return self.value[2:4]

    @property
    def county(self) -> str:
        """Digits five and six; ``00`` for the city or the province itself."""
        return self.value[4:]

    @property
    def province_name(self) -> str | None:
        """The Chinese name of the province, None for a code outside ``PROVINCES``."""
        return PROVINCES.get(self.province)

    def __str__(self) -> str:
        return self.value


def parse_region(text: str) -> Region:
    """Return the region that was typed: six digits of a known province, or refused (``region.format``)."""
    region = Region(normalise(text))
    if region.province not in PROVINCES and region.province != NATIONAL:
        raise IdentifierRejected("region.format", "unknown province")
    return region
