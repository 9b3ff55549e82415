"""Words of `yihao delegation import`, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType({})
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType({})
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "delegation import": (
            "从旧系统导入谁代表哪个单位(CSV 或 JSON 行)。列:统一社会信用代码、姓名、证件号码、身份必须有;另有证件类型、事项、"
            "开始日期、结束日期、可转授权、授权凭证、接受凭证。法定代表人以登记为准;没有接受凭证的只成为邀请,等本人确认。",
            "Import who acts for which organisation from an old system (CSV or JSON lines). Columns needed: uscc, "
            "agent_name, agent_number, capacity; also agent_kind, matters, starts_on, ends_on, may_delegate, "
            "grant_reference, acceptance_reference. Without an acceptance_reference a row becomes an offer only.",
        ),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "delegation import": (
            "yihao delegation import agents.csv --dry-run",
            "yihao delegation import agents.csv --report bad.csv --json",
        ),
    }
)
