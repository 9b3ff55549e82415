"""What can be wrong with a person's data, and the words for it: for people at a terminal and in error files."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from idp.identifiers import masking
from idp.importing import problems as importing
from idp.importing.problems import EN, ZH

__all__ = ["EN", "FIELD_WORDS", "PROBLEM_WORDS", "VOCABULARY", "ZH", "Problem"]

FIELD_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "row": importing.ROW,
        "name": ("姓名", "name"),
        "id_kind": ("证件类型", "id_kind"),
        "id_number": ("证件号码", "id_number"),
        "mobile": ("手机号", "mobile"),
        "level": ("等级", "level"),
        "password": ("初始密码", "password"),
        "password_hash": ("密码散列", "password_hash"),
        "proof_method": ("核验方式", "proof_method"),
        "proof_source": ("核验来源", "proof_source"),
        "proof_reference": ("核验编号", "proof_reference"),
        "proof_at": ("核验时间", "proof_at"),
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
        "password.hash": (
            "密码散列的形式不认识,或参数超出范围",
            "the password hash has no known form, or its parameters are out of bounds",
        ),
        "password.both": ("密码与密码散列只能有一个", "give a password or a password hash, not both"),
        "proof.method": ("没有这种核验方式", "there is no such method of proof"),
        "proof.level": ("这种核验方式达不到所写的等级", "this method of proof does not carry that level"),
        "proof.text": (
            "不超过 48 个字(编号 64 个),没有控制字符",
            "at most 48 characters (64 for a reference), none of control",
        ),
        "proof.time": (
            "核验时间写作 2024-05-31 或 2024-05-31T08:30:00+08:00,且不在将来",
            "the time is written 2024-05-31 or 2024-05-31T08:30:00+08:00, and not in the future",
        ),
        "person.id_number_taken": (
            "该证件号码已登记,但姓名或手机号与此不同",
            "this number is registered already, with another name or mobile number",
        ),
        "person.mobile_taken": (
            "该手机号已由另一人登记",
            "this mobile number is registered by another person",
        ),
    }
)
"""Every problem by its code: what is wrong and what is expected, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Problem(importing.Problem):
    """What is wrong with which field; `line` is the earlier line that a row repeats."""

    def words(self, language: int) -> str:
        """The problem in words."""
        return VOCABULARY.words(self, language)


VOCABULARY: Final = importing.Vocabulary(
    fields=FIELD_WORDS,
    problems=PROBLEM_WORDS,
    masks=MappingProxyType(
        {
            "id_number": masking.mask_id_number,
            "mobile": masking.mask_mobile,
            "name": masking.mask_name,
            "level": lambda value: value if len(value) < 3 else "*",
        }
    ),
)
"""How persons are spoken of; a field without a mask shows nothing."""
