"""Words of the commands on delegations, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "prompt.delegation_end": (
            "终止不可恢复,其下的授权一并终止。请再输入一次授权编号",
            "This ends it and everything under it for good. Type the id once more",
        ),
        "delegation.ended": ("已终止 {delegation}", "Ended {delegation}"),
        "delegation.held": ("{organisation} 已冻结,无人可代表", "Nobody may act for {organisation} now"),
        "delegation.thawed": ("{organisation} 已解除冻结", "{organisation} may be acted for again"),
        "delegation.handed_over": (
            "原代表人已终止,{count} 项授权等待新任确认",
            "The representative has ended; {count} grants wait for the next one",
        ),
        "delegation.holds": ("证据成立:{words}", "The evidence holds: {words}"),
        "delegation.does_not_hold": ("证据不成立:{words}", "The evidence does not hold: {words}"),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "delegation.unknown": (
            ("没有这项授权:{delegation}", "There is no delegation {delegation}"),
            (
                "运行 yihao delegation list --organisation CODE 查看",
                "See yihao delegation list --organisation CODE",
            ),
        ),
        "delegation.over": (
            ("授权 {delegation} 已不在有效状态", "The delegation {delegation} does not stand any more"),
            ("运行 yihao delegation show {delegation} 查看", "See yihao delegation show {delegation}"),
        ),
        "delegation.no_organisation": (
            ("没有这个单位:{uscc}", "There is no organisation {uscc}"),
            ("核对统一社会信用代码", "Check the unified social credit code"),
        ),
        "delegation.whose": (
            ("请给出 --organisation 或 --person 之一", "Give either --organisation or --person"),
            ("例如 yihao delegation list --person ID", "Such as yihao delegation list --person ID"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "delegation": (
            "授权:查看、终止、核验证据、冻结、交接。",
            "Delegations: list, end, verify the evidence, freeze, hand over.",
        ),
        "delegation list": (
            "列出一个单位或一个人的授权,最多 1000 项。",
            "List the delegations of an organisation or of a person, at most 1,000.",
        ),
        "delegation show": ("显示一项授权。", "Show one delegation."),
        "delegation end": (
            "依职权终止一项授权,其下的授权一并终止。",
            "End a delegation by order, with everything under it.",
        ),
        "delegation verify": (
            "核验双方的签名证据;不成立时退出码为 6。",
            "Verify the signed word of both sides; the exit code is 6 when it does not hold.",
        ),
        "delegation freeze": (
            "冻结一个单位:争议期间无人可代表,记录保留。",
            "Freeze an organisation: nobody acts for it during a dispute, its records stay.",
        ),
        "delegation thaw": ("解除一个单位的冻结。", "Release a frozen organisation."),
        "delegation handover": (
            "终止现任代表人,其授出的授权等待新任逐项确认。",
            "End the representative; what was granted waits for the next one to confirm it one by one.",
        ),
        "option.delegation_organisation": ("统一社会信用代码。", "Unified social credit code."),
        "option.delegation_person": ("人员编号。", "Id of a person."),
        "option.delegation_reason": ("原因,记入审计。", "Why; it goes into the audit log."),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "delegation": ("yihao delegation list --person ID", "yihao delegation verify ID"),
        "delegation list": (
            "yihao delegation list --organisation CODE",
            "yihao delegation list --person ID --json",
        ),
        "delegation show": ("yihao delegation show ID", "yihao delegation show ID --json"),
        "delegation end": ("yihao delegation end ID", "yihao delegation end ID --reason court --yes --json"),
        "delegation verify": ("yihao delegation verify ID", "yihao delegation verify ID --json"),
        "delegation freeze": (
            "yihao delegation freeze CODE --reason dispute",
            "yihao delegation freeze CODE --reason court --json",
        ),
        "delegation thaw": ("yihao delegation thaw CODE", "yihao delegation thaw CODE --json"),
        "delegation handover": (
            "yihao delegation handover CODE --reason deceased",
            "yihao delegation handover CODE --reason insolvency --json",
        ),
    }
)
