"""The words of the pages in two languages, and how what the provider said is shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

LANGUAGES = ("zh-CN", "en")
CHINA = ZoneInfo("Asia/Shanghai")

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "lead": "用一号统一身份登录。您的密码只在一号的页面上输入，本系统看不到。",
        "sign_in": "使用一号登录",
        "sign_out": "退出登录",
        "refresh": "重新获取信息",
        "hello": "您好，{name}",
        "received": "本系统从一号得到的信息",
        "received_hint": "经您同意提供。可随时在一号的“授权的应用”里撤回。",
        "notice.signed_out": "您已在本系统和一号退出登录。",
        "notice.refreshed": "信息已更新。",
        "notice.ended": "您的登录已在一号结束，请重新登录。",
        "failed": "登录没有完成",
        "failed.access_denied": "您没有同意提供信息，所以没有登录。没有任何信息提供给本系统。",
        "failed.wrong_state": "这次登录不是从本浏览器开始的，或者已经过期。请重新登录。",
        "failed.unreachable": "暂时连不上一号，请稍后再试。",
        "failed.other": "请重新登录。如果仍不成功，请把下面的代码告诉窗口工作人员。",
        "code": "代码",
        "home": "返回首页",
        "demo": "演示应用：所有人员和号码都是虚构的。",
        "name": "姓名",
        "ial": "实名等级",
        "id_type": "证件类型",
        "id_number": "证件号码",
        "phone_number": "手机号",
        "sub": "本系统的用户标识",
        "auth_time": "登录时间",
        "acr": "登录强度",
    },
    "en": {
        "lead": "Sign in with Yihao. You type your password on Yihao's page only; this system never sees it.",
        "sign_in": "Sign in with Yihao",
        "sign_out": "Sign out",
        "refresh": "Fetch again",
        "hello": "Hello, {name}",
        "received": "What this system received from Yihao",
        "received_hint": "Given with your consent. Withdraw it at any time under “Apps and consent” in Yihao.",
        "notice.signed_out": "You are signed out here and at Yihao.",
        "notice.refreshed": "The information is up to date.",
        "notice.ended": "Your sign-in ended at Yihao. Please sign in again.",
        "failed": "The sign-in was not completed",
        "failed.access_denied": "You did not agree, so you are not signed in. Nothing was given to this system.",
        "failed.wrong_state": "This sign-in did not begin in this browser, or it is too old. Please sign in again.",
        "failed.unreachable": "Yihao cannot be reached at the moment. Please try again later.",
        "failed.other": "Please sign in again. If it fails again, tell the counter the code below.",
        "code": "Code",
        "home": "Back to the start",
        "demo": "Demonstration: all people and numbers are invented.",
        "name": "Name",
        "ial": "Real-name level",
        "id_type": "Kind of document",
        "id_number": "Document number",
        "phone_number": "Mobile number",
        "sub": "Your identifier in this system",
        "auth_time": "Signed in at",
        "acr": "Strength of sign-in",
    },
}
ORDER = ("name", "id_type", "id_number", "phone_number", "ial", "sub", "auth_time", "acr")
ID_TYPES: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {"111": "居民身份证", "154": "港澳台居民居住证", "553": "外国人永久居留身份证"},
    "en": {
        "111": "Resident identity card",
        "154": "Hong Kong, Macao and Taiwan residence permit",
        "553": "Foreign permanent resident card",
    },
}


def rows(claims: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """(label, value) of every claim there is, in a fixed order; numbers are masked on the screen."""
    return [(WORDS[language][name], shown(name, claims[name], language)) for name in ORDER if name in claims]


def shown(name: str, value: Any, language: str) -> str:
    """One claim as a person reads it."""
    match name:
        case "name":
            return masked_name(value)
        case "id_type":
            return ID_TYPES[language].get(value, value)
        case "id_number" | "phone_number":
            plain = str(value).removeprefix("+86")
            return plain[:3] + "*" * max(len(plain) - 5, 0) + plain[-2:]
        case "auth_time":
            return f"{datetime.fromtimestamp(value, CHINA):%Y-%m-%d %H:%M:%S}"
        case _:
            return str(value)


def masked_name(name: str) -> str:
    """The first character only: screens are seen by others (GB/T 35273)."""
    return f"{name[:1]}*"
