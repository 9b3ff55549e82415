"""Words of all imports, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "import.encoding": ("编码 {encoding},约 {lines} 行", "Encoding {encoding}, about {lines} lines"),
        "import.progress": ("导入", "Importing"),
        "import.percent": ("已读 {percent}%,第 {line} 行", "{percent}% read, line {line}"),
        "import.resumed": (
            "接着上次:第 {line} 行及以前已处理,计数包含它们",
            "Went on after line {line}; the counts include what an earlier run did",
        ),
        "import.result": (
            "新增 {added} · 不变 {unchanged} · 错误 {refused}",
            "added {added} · unchanged {unchanged} · refused {refused}",
        ),
        "import.result_changed": (
            "新增 {added} · 更新 {changed} · 不变 {unchanged} · 错误 {refused}",
            "added {added} · changed {changed} · unchanged {unchanged} · refused {refused}",
        ),
        "import.dry": ("试运行:什么都没有写入", "Dry run: nothing was written"),
        "import.problem": ("第 {line} 行 {field} {value} {words}", "line {line} {field} {value} {words}"),
        "import.more": ("后面还有,见 --json 或 --report", "There are more: see --json or --report"),
        "import.report": (
            "错误行已写入 {path},改正后可直接再次导入",
            "The refused rows are in {path}: put them right and import that file",
        ),
        "import.no_report": (
            "加 --report bad.csv 可把错误行另存,改正后再次导入",
            "Add --report bad.csv to keep the refused rows and import them again",
        ),
        "import.stopping": ("正在写完这一批…", "Finishing the batch in hand …"),
        "import.stopped": (
            "已停在第 {line} 行之后,写入的都完整。再次运行同一命令,从这里继续",
            "Stopped after line {line}; what is written is whole. Run the same command to go on from there",
        ),
    }
)

FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "import.encoding": (
            ("文件编码既不是 UTF-8 也不是 GB 18030", "The file is neither UTF-8 nor GB 18030"),
            ("另存为 CSV UTF-8 再导入", "Save it as CSV UTF-8 and import that"),
        ),
        "import.empty": (
            ("文件是空的", "The file is empty"),
            ("第一行应为表头,列名见 --help", "The first line names the columns: see --help"),
        ),
        "import.missing": (
            ("表头缺少一列:{column}", "The header lacks a column: {column}"),
            ("第一行应为表头,列名见 --help", "The first line names the columns: see --help"),
        ),
        "import.repeated": (
            ("表头中这一列出现两次:{column}", "The header has this column twice: {column}"),
            ("删去其中一列", "Remove one of them"),
        ),
        "import.report_is_source": (
            ("--report 指向了要导入的文件本身", "--report names the imported file itself"),
            ("换一个文件名", "Choose another name"),
        ),
        "import.elsewhere": (
            ("另一个进程正在导入同一个文件", "Another process imports the same file"),
            ("等它结束,再运行即可核对", "Let it end, then run again to compare"),
        ),
    }
)

HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "person import": (
            "导入 CSV 或 JSON 行文件(UTF-8 或 GB 18030)。列:姓名、证件号码、证件类型、手机号、等级、初始密码、密码散列、"
            "核验方式、核验来源、核验编号、核验时间;前两列必须有。错误的行不影响其余;中断后再次运行从断点继续。",
            "Import CSV or JSON lines (UTF-8 or GB 18030). Columns: name, id_number, id_kind, mobile, level, password, "
            "password_hash, proof_method, proof_source, proof_reference, proof_at; the first two are needed. "
            "A bad row never stops the rest; a run that was broken off goes on where it stood.",
        ),
        "option.weak_hashes": (
            "文件里的弱密码散列(加盐 MD5、SM3,轮数过少的 PBKDF2):upgrade 外加一层 Argon2 保存,登录一次即换新;"
            "reset 不保存,本人须重设密码。",
            "Weak hashes in the file (salted MD5, SM3, PBKDF2 of few rounds): upgrade keeps them under Argon2 until the "
            "first sign-in; reset keeps none, and their owners choose a new password.",
        ),
    }
)

EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "person import": (
            "yihao person import persons.csv --dry-run",
            "yihao person import persons.csv --report bad.csv --json",
        ),
    }
)
