"""Words of the key commands, Chinese and English: said, faults, helps and examples, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "prompt.emergency": (
            "紧急更换会使旧密钥签发的令牌立即失效。请输入算法名确认",
            "Tokens under the old key end at once. Type the algorithm to confirm",
        ),
        "key.next": ("{since} 之后可转为 {state}", "May become {state} from {since} on"),
        "key.verified": ("{count} 个密钥全部可用", "All {count} keys are as their rows say"),
        "key.differs": (
            "{count} 个密钥中有 {faults} 个不符",
            "{faults} of {count} keys are not as their rows say",
        ),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "device.gone": (
            ("密码设备或密钥服务没有应答", "The key device or key service does not answer"),
            (
                "检查设备和连接,再运行 yihao health",
                "Check the device and the connection, then run yihao health",
            ),
        ),
        "key.unknown": (
            ("没有这个密钥:{kid}", "There is no key {kid}"),
            ("运行 yihao key list 查看", "See yihao key list"),
        ),
        "key.no_such_pair": (
            ("用途 {purpose} 没有算法 {algorithm} 的密钥", "The purpose {purpose} has no key of {algorithm}"),
            ("运行 yihao key list 查看可用的组合", "See the pairs in yihao key list"),
        ),
        "key.state": (
            (
                "密钥 {kid} 现为 {state},不能转为 {wanted}",
                "The key {kid} is {state} and cannot become {wanted}",
            ),
            (
                "状态依次为 created、published、active、verify_only、retired、destroyed",
                "The order is created, published, active, verify_only, retired, destroyed",
            ),
        ),
        "key.early": (
            ("密钥 {kid} 停留时间不足", "The key {kid} has not been in its state for long enough"),
            (
                "{since} 之后再试;泄露时用 rotate --emergency",
                "Again after {since}; if it leaked: rotate --emergency",
            ),
        ),
        "key.clock": (
            ("系统时间早于密钥记录的时间 {since}", "The clock is before {since}, which the keys have seen"),
            ("校准系统时间后再试", "Set the clock right and try again"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "key": ("密钥:查看、轮换、停用、仪式。", "Keys: see, rotate, retire, ceremonies."),
        "key list": (
            "列出全部密钥的用途、状态、使用次数和时间线。",
            "List every key with purpose, state, uses and timeline.",
        ),
        "key show": ("显示一个密钥的公开信息。", "Show what is public of one key."),
        "key rotate": (
            "生成并公布下一把密钥;到期后由后台任务启用,或用 key activate。",
            "Make and publish the next key; the job, or key activate, lets it sign when its time has come.",
        ),
        "key publish": ("把已生成的密钥放进公钥集。", "Put a created key into the key set."),
        "key activate": (
            "启用已公布的密钥,原密钥转为只验证。",
            "Let a published key sign; the one before it verifies only.",
        ),
        "key retire": ("停止用一把密钥验证。", "End the verification by a key."),
        "key verify": (
            "逐个打开并试用全部密钥,与记录核对;不符时退出码为 6。",
            "Open and try every key against its row; exit code 6 when one differs.",
        ),
        "option.emergency": (
            "密钥泄露:新密钥立即启用,旧密钥立即失效",
            "The key leaked: the new one signs at once, the old one ends",
        ),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "key": ("yihao key list", "yihao key rotate token SGD_SM3_SM2"),
        "key list": ("yihao key list", "yihao key list --json"),
        "key show": ("yihao key show KID", "yihao key show KID --json"),
        "key rotate": (
            "yihao key rotate token SGD_SM3_SM2",
            "yihao key rotate token ES256 --emergency --yes",
        ),
        "key publish": ("yihao key publish KID", "yihao key publish KID --json"),
        "key activate": ("yihao key activate KID", "yihao key activate KID --json"),
        "key retire": ("yihao key retire KID", "yihao key retire KID --json"),
        "key verify": ("yihao key verify", "yihao key verify --json"),
    }
)
