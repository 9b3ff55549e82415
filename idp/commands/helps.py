"""Help of every command and option, Chinese and English, and two examples for each command."""

from collections.abc import Mapping
from types import MappingProxyType

from idp.accounts.requests import commands_words as request_words
from idp.claims import commands_words as claim_words
from idp.commands import importing_words
from idp.conversion import commands_words as conversion_words
from idp.delegations import commands_import_words as delegation_import_words
from idp.delegations import commands_words as delegation_words
from idp.keys import (
    commands_ca_words,
    commands_ceremony_words,
    commands_reseal_words,
    commands_service_words,
    commands_words,
)
from idp.matters import commands_words as matter_words
from idp.oauth.clients import commands_words as client_words
from idp.organisations import commands_import_words as organisation_import_words
from idp.publication import commands_words as publication_words

_PARTS = (
    importing_words,
    organisation_import_words,
    delegation_import_words,
    commands_words,
    commands_reseal_words,
    commands_ceremony_words,
    commands_ca_words,
    commands_service_words,
    delegation_words,
    matter_words,
    client_words,
    conversion_words,
    publication_words,
    claim_words,
    request_words,
)

HELPS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "yihao": (
            "一号:全省统一身份认证。退出码:0 成功,1 失败,2 用法或设置有误,3 连不上。",
            "Yihao, the unified identity of a province. Exit codes: 0 ok, 1 failed, 2 usage or settings, 3 unreachable.",
        ),
        "init": (
            "准备实例:根密钥、数据表、数据密钥、签名密钥。可以重复运行,已有的不动。",
            "Prepare the instance: root key, tables, data keys, signing keys. Can be repeated; what is there stays.",
        ),
        "migrate": ("把数据表升级到这个版本。", "Bring the tables to this version."),
        "serve": (
            "启动认证服务;先检查设置、密码自检和数据表,不合格不启动。",
            "Serve the provider, after settings, self-test and tables have been checked.",
        ),
        "worker": (
            "运行后台任务,直到收到停止信号。",
            "Run the periodic jobs until told to stop.",
        ),
        "demo": (
            "准备并运行一个演示实例:虚构的人员和两个部门应用,按 Ctrl-C 停止。"
            "四个端口从 YIHAO_DEMO_PORT(8400)起,数据在 YIHAO_DEMO_DIR(var)。",
            "Prepare and serve a demo with invented people and two departments until Ctrl-C. "
            "Four ports from YIHAO_DEMO_PORT (8400), data in YIHAO_DEMO_DIR (var).",
        ),
        "health": (
            "检查密码自检、数据库、数据表、缓存和密钥;全部可用时退出码为 0。",
            "Check self-test, database, tables, cache and keys; exit code 0 when all are fit.",
        ),
        "person": ("自然人:登记、导入、冻结、注销。", "Natural persons: add, import, freeze, close."),
        "person add": (
            "登记一个人:在终端逐项询问,或从标准输入读一个 JSON 对象。密码从不作为参数。",
            "Register a person: asks at the terminal, or reads one JSON object. A password is never an option.",
        ),
        "person freeze": ("冻结一个人并结束其会话。", "Bar a person from signing in, and end the sessions."),
        "person unfreeze": ("解除冻结。", "Let a frozen person sign in again."),
        "person close": ("注销一个人,不可恢复。", "Close a person for good."),
        "option.lang": ("语言;缺省按 LANG。", "Language; by LANG when not given."),
        "option.debug": (
            "出错时列出程序位置,不含数据。",
            "On failure list the places in the program, no data.",
        ),
        "option.json": ("在标准输出给出一个 JSON 对象。", "Give one JSON object on stdout."),
        "option.host": ("监听的地址。", "Address to listen on."),
        "option.port": ("监听的端口。", "Port to listen on."),
        "option.workers": ("服务进程数。", "Number of serving processes."),
        "option.admin": (
            "启动管理端而不是公众端。",
            "Serve the officers' address instead of the public one.",
        ),
        "option.from_json": (
            "从文件读取 JSON 对象;- 为标准输入。",
            "Read a JSON object from this file; - is standard input.",
        ),
        "option.dry_run": ("只检查,不写入。", "Check only, write nothing."),
        "option.report": (
            "把错误行写到这个文件(含原始数据,仅本人可读)。",
            "Write the refused rows to this file (original data, readable by its owner only).",
        ),
        "option.yes": ("不再询问。", "Do not ask."),
    }
    | {key: pair for part in _PARTS for key, pair in part.HELPS.items()}
)
"""By the path of the command, or `option.` and its name."""

EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "yihao": ("yihao init", "yihao serve --port 8400"),
        "init": ("yihao init", "YIHAO_CONFIG=yihao.toml yihao init"),
        "migrate": ("yihao migrate", "YIHAO_CONFIG=yihao.toml yihao migrate"),
        "serve": ("yihao serve", "yihao serve --port 8401 --admin"),
        "worker": ("yihao worker", "YIHAO_CONFIG=yihao.toml yihao worker"),
        "demo": ("yihao demo", "YIHAO_DEMO_PORT=8500 YIHAO_DEMO_DIR=/tmp/yihao yihao demo"),
        "health": ("yihao health", "yihao health --json"),
        "person": ("yihao person add", "yihao person import persons.csv --dry-run"),
        "person add": ("yihao person add", "yihao person add --from-json - --json < person.json"),
        "person freeze": ("yihao person freeze ID", "yihao person freeze ID --json"),
        "person unfreeze": ("yihao person unfreeze ID", "yihao person unfreeze ID --json"),
        "person close": ("yihao person close ID", "yihao person close ID --yes --json"),
    }
    | {key: lines for part in _PARTS for key, lines in part.EXAMPLES.items()}
)
"""Two for each command."""
