"""Words of `yihao org import`, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType({})
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType({})
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "org": ("单位:导入登记清单。", "Organisations: import what the register says."),
        "org import": (
            "导入登记机关的单位清单:CSV 或 JSON 行(UTF-8 或 GB 18030)。列:统一社会信用代码、名称、登记状态、法定代表人、"
            "法定代表人证件号码必须有;另有机构类型、登记机关、行政区划、法定代表人证件类型、组织机构代码、注册号、纳税人识别号、"
            "证书编号、上级与并入单位的统一社会信用代码。已有的单位按清单更新;中断后再次运行从断点继续。",
            "Import an extract of the register: CSV or JSON lines (UTF-8 or GB 18030). Columns needed: uscc, name, status, "
            "representative_name, representative_number; also kind, authority, region, representative_kind, "
            "organisation_code, registration_number, tax_number, certificate_number, parent_uscc, merged_into_uscc. "
            "Organisations that are there are brought up to date; a run that was broken off goes on where it stood.",
        ),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "org": ("yihao org import register.csv --dry-run", "yihao org import register.csv --report bad.csv"),
        "org import": (
            "yihao org import register.csv --dry-run",
            "yihao org import register.jsonl --report bad.csv --json",
        ),
    }
)
