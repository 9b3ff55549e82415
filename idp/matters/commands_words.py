"""Words of the commands on matters, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

PROBLEMS: Mapping[str, Pair] = MappingProxyType(
    {
        "matter.code": (
            "应为 3 到 32 位大写字母、数字、连字符或下划线",
            "3 to 32 capital letters, digits, hyphens or underscores",
        ),
        "matter.text": ("未填写或太长", "empty or too long"),
        "matter.level": ("应为 0、1、2、3 之一", "one of 0, 1, 2, 3"),
        "matter.aal": ("应为 1、2、3 之一,或留空", "one of 1, 2, 3, or empty"),
        "matter.capacities": (
            "应为 self、legal_representative、administrator、agent、guardian、family,用分号分隔",
            "of self, legal_representative, administrator, agent, guardian, family, parted by semicolons",
        ),
        "matter.claims": ("有平台没有的信息项", "names a claim that there is none of"),
        "matter.yes_no": ("应为 是 或 否", "yes or no"),
        "matter.twice": ("事项编码重复", "the code stands twice"),
        "matter.too_many": ("超过 20,000 项", "more than 20,000 matters"),
    }
)
"""What can be wrong with a row of a catalogue."""

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "matter.problem": ("第 {line} 行 {field}:{what}", "Line {line}, {field}: {what}"),
        "matter.added": ("新增", "added"),
        "matter.changed": ("变更", "changed"),
        "matter.retired": ("停用", "retired"),
        "matter.would": (
            "将新增 {added} 项、变更 {changed} 项、停用 {retired} 项",
            "Would add {added}, change {changed}, retire {retired}",
        ),
        "matter.done": (
            "已新增 {added} 项、变更 {changed} 项、停用 {retired} 项",
            "Added {added}, changed {changed}, retired {retired}",
        ),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "matter.refused": (
            (
                "{path} 有 {count} 处有误,目录没有改动",
                "{path} has {count} faults; the catalogue stays as it was",
            ),
            ("改正后再次导入", "Correct them and import it again"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "matter": ("事项目录:查看、导入。", "The catalogue of matters: list, import."),
        "matter list": ("列出全部事项,包括停用的。", "List every matter, retired ones too."),
        "matter import": (
            "以一个文件替换整个目录:CSV 或 JSON 行。列:事项编码、事项名称、主管部门、最低等级、办理身份必须有;"
            "另有英文名称、等级说明、英文说明、可用信息、立即失效。有一处错误就全部不改;文件里没有的事项停用,不删除。",
            "Replace the whole catalogue by a file: CSV or JSON lines. Columns needed: code, name, department, level, "
            "capacities; also name_en, why, why_en, claims, ends_at_once. One fault and nothing changes; a matter that the "
            "file lacks is retired, never removed.",
        ),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "matter": ("yihao matter list", "yihao matter import matters.csv --dry-run"),
        "matter list": ("yihao matter list", "yihao matter list --json"),
        "matter import": (
            "yihao matter import matters.csv --dry-run",
            "yihao matter import matters.csv --json",
        ),
    }
)
