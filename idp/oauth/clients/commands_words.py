"""Words of the commands on clients, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "client.done": (
            "{client} 现在要求:登录等级至少 {aal} 级,身份等级至少 {ial} 级",
            "{client} now asks for sign-in level {aal} and identity level {ial} at least",
        ),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "client.unknown": (
            ("没有这个应用接入编号", "There is no such client"),
            ("用 yihao client list 查看全部编号", "See all of them by yihao client list"),
        ),
        "client.nothing": (
            ("没有说要改什么", "Nothing to change was given"),
            ("给出 --aal 或 --ial", "Give --aal or --ial"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "client": ("应用接入:查看、设置最低等级。", "Clients of applications: list, set least levels."),
        "client list": ("列出全部应用接入,包括停用的。", "List every client, suspended ones too."),
        "client require": (
            "设置进入应用的最低登录等级和最低身份等级。立即生效:等级不够的登录会被要求再确认一步,已发的令牌在用户信息端点被拒绝。",
            "Set the least level of sign-in and of the person for an application. It holds at once: a weaker sign-in is asked "
            "for one more step, and tokens issued before are refused at userinfo.",
        ),
        "option.aal": ("最低登录等级,1 到 3", "least level of sign-in, 1 to 3"),
        "option.ial": ("最低身份等级,0 到 3", "least level of the person, 0 to 3"),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "client": ("yihao client list", "yihao client require tax-portal --aal 2"),
        "client list": ("yihao client list", "yihao client list --json"),
        "client require": (
            "yihao client require tax-portal --aal 2",
            "yihao client require tax-portal --aal 2 --ial 2 --json",
        ),
    }
)
