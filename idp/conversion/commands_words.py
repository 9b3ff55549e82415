"""Words of the commands on old codes, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "queue.waiting": ("共有 {count} 条待处理", "{count} wait in all"),
        "queue.more": ("后面还有:加 --after {after}", "There are more: add --after {after}"),
        "queue.settled": ("{item} 已归入 {uscc}", "{item} now belongs to {uscc}"),
        "queue.dismissed": ("{item} 已排除", "{item} is nobody's"),
        "resolve.old": (
            "这是旧代码,现在的统一社会信用代码是 {uscc}",
            "This is an old code; the unified code is {uscc}",
        ),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "organisation.unknown": (
            ("没有这个单位", "There is no such organisation"),
            (
                "核对代码,或先用 yihao org import 导入登记清单",
                "Check the code, or import the register's extract first",
            ),
        ),
        "conversion.unknown": (
            ("没有这一条", "There is no such item"),
            ("用 yihao org queue 查看待处理的条目", "See yihao org queue for what waits"),
        ),
        "conversion.decided": (
            ("这一条已经处理过", "This item was decided already"),
            ("用 yihao org queue 查看待处理的条目", "See yihao org queue for what waits"),
        ),
        "conversion.bad_code": (
            ("代码本身不成立,不能归入任何单位", "The code itself does not hold: it can be nobody's"),
            (
                "在原系统改正后重新转换,再排除这一条",
                "Correct it at its source, convert it again, and dismiss this item",
            ),
        ),
        "uscc.format": (
            (
                "统一社会信用代码为 18 位,不含 I、O、S、V、Z",
                "A USCC has 18 characters and never I, O, S, V or Z",
            ),
            ("核对后重新输入", "Check it and try again"),
        ),
        "uscc.check": (
            ("代码校验位不符", "The check character does not match"),
            ("核对营业执照后重新输入", "Compare it with the licence"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "org convert": (
            "把旧代码转换为统一社会信用代码:CSV 或 JSON 行(UTF-8 或 GB 18030)。列:名称必须有,组织机构代码、注册号、"
            "纳税人识别号、证书编号、统一社会信用代码至少有一个旧代码。按旧代码或登记信息确认的直接归入;一码多户、重复、"
            "校验不成立和找不到的进入队列,从不自行推算代码。中断后再次运行从断点继续。",
            "Turn old codes into unified ones: CSV or JSON lines (UTF-8 or GB 18030). Columns: name, and at least one of "
            "organisation_code, registration_number, tax_number, certificate_number; also uscc. What a code or the register "
            "settles is settled; several owners, seconds, bad check characters and unknown ones wait in the queue. No code is "
            "ever computed. A run that was broken off goes on where it stood.",
        ),
        "org queue": (
            "列出待人工处理的旧代码,每次 50 条;代码和姓名已遮盖。",
            "List the old records that wait for a person, 50 at a time; personal values are masked.",
        ),
        "org settle": (
            "把一条旧代码归入一个单位;原来持有它的单位改为曾用。",
            "Give a waiting record to an organisation; with whoever had its codes they become former.",
        ),
        "org dismiss": ("排除一条:它不属于任何单位。", "Dismiss a record: it is nobody's."),
        "org resolve": ("查一个新旧代码对应的单位。", "Find the organisation of a code, old or new."),
        "option.queue_state": ("只列这种原因。", "Only those of this state."),
        "option.after": ("从这个编号之后列起。", "Begin behind this id."),
        "option.why": ("理由,记入审计。", "The reason; it is kept."),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "org convert": (
            "yihao org convert old.csv --dry-run",
            "yihao org convert old.csv --report left.csv --json",
        ),
        "org queue": ("yihao org queue --state ambiguous", "yihao org queue --json"),
        "org settle": (
            "yihao org settle ITEM 91140100MA0T00011A --why 已核对登记档案",
            "yihao org settle ITEM 91140100MA0T00011A --why checked",
        ),
        "org dismiss": (
            "yihao org dismiss ITEM --why 单位已不存在",
            "yihao org dismiss ITEM --why 'no such organisation'",
        ),
        "org resolve": ("yihao org resolve D2143569X", "yihao org resolve 140100200000018 --json"),
    }
)
