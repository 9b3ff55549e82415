"""Words of the commands of the key service, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {"key_service.ready": ("密钥服务正在监听 {address}", "Serving keys at {address}")}
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType({})
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "key-service": (
            "密钥服务:把本机密码设备中的密钥提供给各节点使用。",
            "Key service: let nodes use the keys of this host's device.",
        ),
        "key-service identity": (
            "为节点或密钥服务生成 SM2 身份密钥(已有则不动),并显示公钥,供另一方写入设置。",
            "Make the SM2 identity key of a node or service where there is none, and show the public key for the other "
            "side's settings.",
        ),
        "key-service serve": (
            "启动密钥服务:双向 TLS,请求与应答另由 SM2 签名;只有 key_service.callers 列出的节点可以使用。",
            "Serve keys over mutual TLS; requests and answers are signed with SM2 besides. Only nodes of "
            "key_service.callers are served.",
        ),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "key-service": ("yihao key-service identity var/key-service.key", "yihao key-service serve"),
        "key-service identity": (
            "yihao key-service identity var/node.key",
            "yihao key-service identity var/key-service.key --json",
        ),
        "key-service serve": (
            "yihao key-service serve",
            "YIHAO_CONFIG=key-service.toml yihao key-service serve --host 10.0.0.5 --port 8402",
        ),
    }
)
