"""Words of the commands of data keys, Chinese and English: said, faults, helps and examples, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "reseal.percent": ("{name} 已完成 {percent}%", "{name} {percent} % done"),
        "reseal.nothing": ("只有一个版本在用,无须重新加密", "Only one version is in use: nothing to do"),
        "reseal.stopped": (
            "已在整批处停止,再次运行即从此处继续",
            "Stopped after a whole step; run again to go on from there",
        ),
        "reseal.refused": (
            "{count} 行打不开,未改动,详见审计事件 reseal.row_refused",
            "{count} rows do not open and were left as they are; see the audit events reseal.row_refused",
        ),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "key.pending": (
            ("数据密钥 {kid} 已生成,尚未启用", "The data key {kid} is made already and waits"),
            ("启用后再轮换:yihao key data activate", "Let it serve first: yihao key data activate"),
        ),
        "key.in_use": (
            ("数据密钥 {kid} 仍有 {count} 行未处理", "{count} rows still stand in the way of {kid}"),
            (
                "运行 yihao key reseal 后再试;口令摘要要等用户登录更新",
                "Run yihao key reseal and try again; a pepper waits for its owners to sign in",
            ),
        ),
        "key.fixed": (
            ("数据密钥 {kid} 不能轮换", "The data key {kid} is never rotated"),
            ("见 specs/flows/data-keys.md", "See specs/flows/data-keys.md"),
        ),
        "key.unusable": (
            ("数据密钥 {kid} 打不开,未启用", "The data key {kid} does not open and was not activated"),
            ("核对数据库与根密钥:yihao key verify", "Compare database and root key: yihao key verify"),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "key reseal": (
            "用最新的数据密钥重新加密各表;可中断,可重复。",
            "Seal all tables anew under the newest data keys; may be interrupted and repeated.",
        ),
        "key data": ("数据密钥:轮换、启用、停用。", "Data keys: rotate, activate, retire."),
        "key data rotate": (
            "生成并公布下一版;由后台任务启用,或用 key data activate。",
            "Make and publish the next version; the job, or key data activate, lets it serve.",
        ),
        "key data activate": (
            "启用已公布的版本,原版本只用于解密。",
            "Let a published version serve; the one before it opens only.",
        ),
        "key data retire": ("停用不再需要的版本。", "End a version that no row needs."),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "key reseal": ("yihao key reseal", "yihao key reseal --json"),
        "key data": ("yihao key data rotate seal", "yihao key data activate seal 2"),
        "key data rotate": ("yihao key data rotate seal", "yihao key data rotate lookup --json"),
        "key data activate": ("yihao key data activate seal 2", "yihao key data activate pepper 2 --json"),
        "key data retire": ("yihao key data retire seal 1", "yihao key data retire lookup 1 --json"),
    }
)
