"""Words of the commands on claims, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "claim.granted": ("{client} 可以获取 {claim}", "{client} may get {claim}"),
        "claim.ended": ("{client} 不再获取 {claim}", "{client} gets {claim} no more"),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "claim.no_client": (
            ("没有这个应用:{client}", "There is no client {client}"),
            ("检查 client_id", "Check the client_id"),
        ),
        "claim.unknown": (
            ("没有这个信息项:{claim}", "There is no claim {claim}"),
            ("运行 yihao claim list 看有哪些", "Run yihao claim list to see which there are"),
        ),
        "claim.text": (
            (
                "依据和用途都要写明,各不超过 {most} 个字",
                "Basis and purpose are needed, {most} characters at most",
            ),
            ("写明后再试", "State them and try again"),
        ),
        "claim.past": (
            ("截止日期已过", "The last day is over"),
            ("写今天或以后的日期", "Give today or a later day"),
        ),
        "claim.not_granted": (
            ("{client} 本来就不能获取 {claim}", "{claim} is not approved for {client}"),
            ("运行 yihao claim list {client} 看已批准的", "Run yihao claim list {client} to see what is"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "claim": (
            "信息项:查看目录,逐项批准或停止提供给应用。",
            "Claims: the catalogue, and approving or ending each one for an application.",
        ),
        "claim list": (
            "列出全部信息项;给出应用时,列出批准给它的。",
            "List every claim, or with a client what is approved for it.",
        ),
        "claim grant": (
            "批准一个应用获取一个信息项,写明依据和用途;已批准的以新的为准。",
            "Approve one claim for an application, with its ground and purpose; a new approval replaces the old one.",
        ),
        "claim end": (
            "停止向一个应用提供一个信息项,一秒内生效。",
            "End that an application gets a claim; it holds within a second.",
        ),
        "option.claim_basis": ("法律依据。", "Legal ground."),
        "option.claim_purpose": ("用途。", "Purpose."),
        "option.claim_until": ("最后一天;缺省不限。", "Last day; without it there is no end."),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "claim": ("yihao claim list", "yihao claim list demo-affairs"),
        "claim list": ("yihao claim list", "yihao claim list demo-affairs --json"),
        "claim grant": (
            "yihao claim grant demo-affairs name --basis TEXT --purpose TEXT",
            "yihao claim grant demo-affairs id_number --basis TEXT --purpose TEXT --until 2027-12-31",
        ),
        "claim end": ("yihao claim end demo-affairs name", "yihao claim end demo-affairs name --json"),
    }
)
