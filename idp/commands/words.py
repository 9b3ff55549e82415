"""The words of the command line, Chinese and English, by key. Keys of options and columns stay English."""

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

Pair = tuple[str, str]
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

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "label.error": ("错误", "Error"),
        "label.next": ("下一步", "Next"),
        "label.reference": ("编号", "Reference"),
        "label.examples": ("示例", "Examples"),
        "init.done": ("实例已就绪", "The instance is ready"),
        "init.made": ("新建", "made"),
        "init.kept": ("已有", "kept"),
        "init.root_key": ("根密钥", "root key"),
        "init.tables": ("数据表", "tables"),
        "init.data_keys": ("数据密钥", "data keys"),
        "init.signing_keys": ("签名密钥", "signing keys"),
        "migrate.done": ("数据表已是最新", "The tables are up to date"),
        "serve.ready": ("正在监听 {address}", "Serving at {address}"),
        "serve.stopped": ("已停止", "Stopped"),
        "worker.ready": ("后台任务已启动:{jobs}", "Worker started: {jobs}"),
        "worker.stopped": ("后台任务已停止", "Worker stopped"),
        "health.ok": ("可用", "fit"),
        "health.not_ok": ("不可用", "not fit"),
        "prompt.id_number": ("证件号码", "ID number"),
        "prompt.name": ("姓名", "Name"),
        "prompt.mobile": ("手机号(可留空)", "Mobile number (may be empty)"),
        "prompt.level": ("等级(0 至 3,缺省 1)", "Level (0 to 3, 1 when empty)"),
        "prompt.close": ("注销不可恢复。请再输入一次人员编号", "This is for good. Type the id once more"),
        "prompt.password": ("初始密码(可留空)", "First password (may be empty)"),
        "person.added": ("已登记 {person}({name} {number})", "Registered {person} ({name} {number})"),
        "person.state": ("{person} 现为 {state}", "{person} is now {state}"),
        "state.active": ("正常", "active"),
        "state.frozen": ("冻结", "frozen"),
        "state.closed": ("注销", "closed"),
    }
    | {key: pair for part in _PARTS for key, pair in part.SAID.items()}
)
"""What commands say when all goes well."""

FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "settings.refused": (
            ("设置有误:{faults}", "The settings are refused: {faults}"),
            ("改正 yihao.toml 或环境变量中的这一项", "Correct this key in yihao.toml or the environment"),
        ),
        "storage.behind": (
            ("数据表不是这个版本的", "The tables are not those of this version"),
            ("运行 yihao migrate", "Run yihao migrate"),
        ),
        "svc.down": (
            ("数据库或缓存没有应答", "The database or the cache does not answer"),
            ("运行 yihao health 看是哪一个", "Run yihao health to see which"),
        ),
        "selftest.failed": (
            ("密码自检未通过,拒绝启动", "The cryptographic self-test failed: refusing to start"),
            ("检查 OpenSSL 库,再运行 yihao health", "Check the OpenSSL library, then run yihao health"),
        ),
        "crypto.failed": (
            ("密钥打不开:根密钥与数据库不配", "The keys do not open: this root key is not the database's"),
            ("检查 keys.root_key_file", "Check keys.root_key_file"),
        ),
        "address.taken": (
            ("地址 {address} 不能监听", "The address {address} cannot be listened on"),
            ("换一个 --port,或停下占用它的程序", "Choose another --port, or stop what holds it"),
        ),
        "serve.failed": (
            ("服务进程没有启动成功", "The serving process did not start"),
            ("看上面的日志", "See the log above"),
        ),
        "file.unusable": (
            ("文件不能读写:{path}", "The file cannot be used: {path}"),
            ("检查路径和权限", "Check path and permissions"),
        ),
        "json.malformed": (
            (
                "输入不是一个 JSON 对象,或有不认识的键:{keys}",
                "Not one JSON object, or with unknown keys: {keys}",
            ),
            (
                "键为 id_number、name、mobile、level、password、id_kind",
                "The keys are id_number, name, mobile, level, password, id_kind",
            ),
        ),
        "prompt.no_terminal": (
            ("没有终端可供输入", "There is no terminal to ask at"),
            ("在脚本里用 --from-json - 或 --yes", "In scripts use --from-json - or --yes"),
        ),
        "person.refused": (
            ("填写的内容不成立:{problems}", "What was given does not hold: {problems}"),
            ("改正后再试", "Put it right and try again"),
        ),
        "person.id_number_taken": (
            ("该证件号码已登记", "This ID number is registered already"),
            ("一人一号:找到原有账号即可", "One person, one account: use the one that is there"),
        ),
        "person.mobile_taken": (
            ("该手机号已由另一人登记", "This mobile number is registered by another person"),
            ("先解除原有绑定,或留空手机号", "Release it there first, or leave the mobile number out"),
        ),
        "person.unknown": (
            ("没有这个人员编号", "There is no person of this id"),
            ("人员编号由 person add 给出", "person add gives the id"),
        ),
        "person.closed": (
            ("该账号已注销,不能再改", "This person is closed for good"),
            ("需要时重新核实身份后另行处理", "Nothing can be changed any more"),
        ),
        "object.conflict": (
            ("已有另一操作改动了它", "Another act has changed it meanwhile"),
            ("再试一次", "Try again"),
        ),
        "aborted": (("已中断", "Stopped"), ("再次运行即可", "Run it again")),
        "unexpected": (
            ("程序出错:{kind}", "The program failed: {kind}"),
            (
                "加 --debug 再运行一次,把编号和输出交给维护人员",
                "Run it again with --debug and hand reference and output to the maintainers",
            ),
        ),
    }
    | {key: pairs for part in _PARTS for key, pairs in part.FAULTS.items()}
)
"""What went wrong and what to do next, by the code of the error."""
