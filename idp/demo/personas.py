"""The people of the demo: numbers with right check characters that belong to nobody.

All are born between 1900 and 1904, residents in places that are no county (`xx0199`, `xx0100`), and mobile numbers
begin with `1990000`, so that every one can be told from real data at a glance. Each stands for something that goes
wrong elsewhere.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from idp.accounts.models import PersonState
from idp.identifiers.id_number import IdNumber, check_character, from_15

OLD_NUMBER: Final = "140199000615127"
"""The 15 digits that the holder of an old card may still type; the account holds the 18 that replaced them."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A person to sign in as. `stands_for` is shown beside the name (Chinese, English)."""

    name: str
    id_number: str
    mobile: str | None
    password: str
    level: int
    stands_for: tuple[str, str]
    state: PersonState = PersonState.ACTIVE

    @property
    def id_kind(self) -> str:
        """The kind of document, as the number itself says."""
        return IdNumber(self.id_number).kind.value


def resident(sequence: int, birth: date, region: str = "140199") -> str:
    """A number of 18 characters in the form of the resident card; odd sequences are male."""
    return _checked(f"{region}{birth:%Y%m%d}{sequence:03d}")


def foreign(sequence: int, birth: date, country: str, province: str = "14") -> str:
    """A number of the foreign permanent resident card of 2023; `country` in three digits (GB/T 2659)."""
    return _checked(f"9{province}{country}{birth:%Y%m%d}{sequence:03d}")


def mobile(serial: int) -> str:
    """A mobile number of 11 digits from the block that stands for invented ones."""
    return f"1990000{serial:04d}"


def _checked(body: str) -> str:
    return body + check_character(body)


def _day(month: int, day: int, year: int = 1900) -> date:
    return date(year, month, day)


PERSONAS: Final[tuple[Persona, ...]] = (
    Persona(
        "张演示",
        resident(701, _day(3, 12)),
        mobile(8401),
        "demo-zhang-yanshi-3",
        3,
        ("当面实名，首选账户", "proofed in person; begin here"),
    ),
    Persona(
        "王样例",
        resident(702, _day(5, 4, 1901)),
        mobile(8402),
        "demo-wang-yangli-2",
        2,
        ("远程实名", "proofed remotely"),
    ),
    Persona(
        "李测试",
        resident(703, _day(8, 1, 1902)),
        mobile(8403),
        "demo-li-ceshi-1",
        1,
        ("两项信息比对", "two facts matched"),
    ),
    Persona(
        "赵未核",
        resident(704, _day(10, 10, 1903)),
        mobile(8404),
        "demo-zhao-weihe-0",
        0,
        ("自行申报，未核验", "declared only"),
    ),
    Persona(
        "陈旧号",
        from_15(OLD_NUMBER).value,
        mobile(8405),
        "demo-chen-jiuhao-15",
        2,
        (f"也可用旧的 15 位号码 {OLD_NUMBER}", f"may type the old 15 digits {OLD_NUMBER}"),
    ),
    Persona(
        "\U00020bb7䶮\U00030edd",
        resident(706, _day(2, 29, 1904)),
        mobile(8406),
        "demo-rare-hanzi-06",
        2,
        ("生僻字（扩展 B、A、G 区）、闰日出生", "rare characters, born on a leap day"),
    ),
    Persona(
        "阿依努尔·示范",
        resident(708, _day(6, 21, 1901), "650199"),
        mobile(8407),
        "demo-ayinuer-dot-07",
        2,
        ("姓名带间隔号", "a middle dot in the name"),
    ),
    Persona(
        "Ada Sample",
        foreign(708, _day(12, 10, 1902), "840"),
        mobile(8408),
        "demo-ada-sample-08",
        2,
        ("外国人永久居留身份证，拉丁字母姓名", "foreign permanent resident card, Latin name"),
    ),
    Persona(
        "何港样",
        resident(709, _day(7, 1, 1903), "810000"),
        mobile(8409),
        "demo-he-gangyang-09",
        2,
        ("港澳台居民居住证（香港）", "Hong Kong resident's permit"),
    ),
    Persona(
        "林台样",
        resident(710, _day(9, 9, 1904), "830000"),
        mobile(8410),
        "demo-lin-taiyang-10",
        2,
        ("港澳台居民居住证（台湾）", "Taiwan resident's permit"),
    ),
    Persona(
        "吴无机",
        resident(711, _day(1, 1)),
        None,
        "demo-wu-wuji-nophone",
        1,
        ("没有手机号", "no mobile number"),
    ),
    Persona(
        "欧阳玛丽亚姆古丽·阿卜杜热合曼·样例\U00020bb7·演示专用超长姓名",
        resident(712, _day(4, 5, 1901), "620199"),
        mobile(8412),
        "demo-ouyang-long-12",
        2,
        ("很长的姓名", "a very long name"),
    ),
    Persona(
        "孙尾叉",
        resident(8, _day(3, 10), "140100"),
        mobile(8413),
        "demo-sun-weicha-13",
        3,
        ("号码以 X 结尾，大小写均可", "the number ends in X, small or capital"),
    ),
    Persona(
        "冯冻结",
        resident(714, _day(11, 11, 1902)),
        mobile(8414),
        "demo-feng-dongjie-14",
        2,
        ("账户已冻结，不能登录", "frozen: cannot sign in"),
        PersonState.FROZEN,
    ),
    Persona(
        "关注销",
        resident(715, _day(12, 12, 1903)),
        mobile(8415),
        "demo-guan-zhuxiao-15",
        1,
        ("账户已注销，不能登录", "closed: cannot sign in"),
        PersonState.CLOSED,
    ),
)

NEWCOMERS: Final[tuple[Persona, ...]] = (
    Persona(
        "郑初来",
        resident(716, _day(1, 15, 1904)),
        mobile(8416),
        "demo-zheng-chulai-16",
        0,
        ("还没有账户，可以注册", "has no account yet: can register"),
    ),
    Persona(
        "何新到",
        resident(717, _day(2, 16, 1904)),
        mobile(8417),
        "demo-he-xindao-17",
        0,
        ("还没有账户，可以注册", "has no account yet: can register"),
    ),
)
"""Whom the register knows and the provider does not: they can register, with a code from the demo's telephone."""
