"""What can be wrong with a person's data, and the words for it: for people at a terminal and in error files."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ZH, EN = 0, 1
"""Places of the two languages in the tables of words."""

FIELD_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "row": ("整行", "whole row"),
        "name": ("姓名", "name"),
        "id_kind": ("证件类型", "id_kind"),
        "id_number": ("证件号码", "id_number"),
        "mobile": ("手机号", "mobile"),
        "level": ("等级", "level"),
        "password": ("初始密码", "password"),
    }
)
"""Names of the fields, which are also the headers of an import file."""

PROBLEM_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "id.format": (
            "证件号码的长度或字符不对:居民身份证为 18 位(最后一位可为 X)",
            "wrong length or characters: a resident number has 18, the last may be X",
        ),
        "id.check": (
            "证件号码的校验位、出生日期或地区不成立,请逐位核对",
            "check character, birth date or region does not hold: compare digit by digit",
        ),
        "id.kind": (
            "证件号码与所写的证件类型不符",
            "the number is not one of the given kind of document",
        ),
        "document.format": (
            "该类证件没有这种形式的号码",
            "numbers of this kind of document have another form",
        ),
        "name.format": (
            "姓名为空、过长,或含有姓名里不会有的字符",
            "the name is empty, too long, or holds characters that no name has",
        ),
        "mobile.format": ("手机号应为 11 位数字", "a mobile number has 11 digits"),
        "level.format": ("等级应为 0、1、2 或 3", "the level is 0, 1, 2 or 3"),
        "password.length": ("初始密码应为 1 至 1024 个字符", "a password has 1 to 1024 characters"),
        "password.not_text": (
            "初始密码含有无法保存的字符",
            "the password holds characters that cannot be kept",
        ),
        "person.id_number_taken": (
            "该证件号码已登记,但姓名或手机号与此不同",
            "this number is registered already, with another name or mobile number",
        ),
        "person.mobile_taken": (
            "该手机号已由另一人登记",
            "this mobile number is registered by another person",
        ),
        "row.duplicate": ("与第 {line} 行重复", "repeats line {line}"),
        "row.columns": ("列数多于表头", "more columns than the header has"),
        "row.quotes": ("引号没有成对", "a quotation mark is not closed"),
        "row.too_long": ("这一行太长", "the line is too long"),
    }
)
"""Every problem by its code: what is wrong and what is expected, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which field; `line` is the earlier line that a row repeats."""

    field: str
    code: str
    line: int | None = None

    def words(self, language: int) -> str:
        """The problem in words."""
        return PROBLEM_WORDS[self.code][language].format(line=self.line)
