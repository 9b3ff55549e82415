"""Words of the commands on publications, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "publication.run": ("发布了 {count} 份", "Published {count}"),
        "publication.holds": (
            "签名成立:第 {number} 份,{day},{count} 条。上一份的摘要 {previous}",
            "It holds: number {number}, {day}, {count} entries. Digest of the one before: {previous}",
        ),
        "publication.broken": (
            "{path} 与签名不符,或不是本平台签发的",
            "{path} is not what was signed, or was not signed here",
        ),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "publication.issuer": (
            ("离线核验须说明签发者", "Offline the issuer has to be named"),
            ("加 --issuer https://…", "Add --issuer https://…"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "publication": ("代码公示:发布、核验。", "Publication of codes: publish, verify."),
        "publication run": (
            "发布已经过完的日子;后台任务会自动做。",
            "Publish the days that are over; the worker does so by itself.",
        ),
        "publication verify": (
            "核验一份公示文件;加 --keys 和 --issuer 可离线核验。",
            "Verify a published file; offline with --keys and --issuer.",
        ),
        "option.keys": ("公钥集文件(来自 /publications/keys)。", "Key set file (from /publications/keys)."),
        "option.issuer": ("签发者,即平台地址。", "The issuer: the provider's address."),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "publication": ("yihao publication run", "yihao publication verify 2026-11-25-1.jsonl"),
        "publication run": ("yihao publication run", "YIHAO_CONFIG=yihao.toml yihao publication run"),
        "publication verify": (
            "yihao publication verify 2026-11-25-1.jsonl",
            "yihao publication verify 2026-11-25-1.jsonl --keys keys.json --issuer https://id.example",
        ),
    }
)
