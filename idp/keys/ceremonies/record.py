"""The record of a ceremony: printed text in Chinese and English, the same as data below it, and the instance's signature.

The text is made from the data alone, so whoever has the record can make it again and compare. Signed by the officers'
evidence, which is in the data, and by the instance's checkpoint key, which covers text and data.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from crypto.jose.strict_json import read_object
from crypto.keys.handle import Signer
from idp.clock import CHINA
from idp.keys.ceremonies.signing import signature_of
from idp.keys.quorum import Examination
from idp.keys.statement import Evidence, Statement

TYPE: Final = "yihao-ceremony-record"
VERSION: Final = 1
DATA: Final = "YIHAO CEREMONY DATA"
SIGNATURE: Final = "YIHAO INSTANCE SIGNATURE"
LARGEST: Final = 4 << 20

KINDS: Final[Mapping[str, str]] = {
    "initialise": "初始化根密钥",
    "add-officer": "增加保管人",
    "replace-officer": "更换保管人",
    "rotate-root": "更换根密钥",
    "backup": "备份密钥",
    "restore": "恢复密钥",
    "destroy": "销毁密钥",
}
LABELS: Final[Mapping[str, str]] = {
    "backup_ceremony": "备份所属仪式",
    "check_value": "根密钥校验值",
    "checkpoint_key": "新建的签名密钥",
    "custodian": "保管人",
    "damaged": "已损坏",
    "data_key": "数据密钥",
    "destroy_file": "须销毁的旧根密钥文件",
    "destroyed": "已销毁,不恢复",
    "extra": "备份之后新增,不动",
    "file": "文件 SM3",
    "fingerprint": "指纹 SM3",
    "form": "根密钥形式",
    "generation": "根密钥代次",
    "holders": "保管人数",
    "key_pair": "密钥对",
    "leaving": "离任保管人",
    "manifest": "清单 SM3",
    "missing": "缺失",
    "officer": "新保管人",
    "officers": "保管人",
    "removed": "已离任",
    "replaces": "所替换的根密钥",
    "restored": "已恢复条数",
    "rewrapped": "已重新加密的密钥",
    "root_key": "根密钥",
    "root_share": "份额",
    "rows": "条数",
    "target": "密钥",
    "threshold": "门限",
}


@dataclass(frozen=True, slots=True)
class Record:
    """A record taken apart: its data, the text and data as printed, and the signature, if there is one."""

    data: Mapping[str, Any]
    printed: str
    signature: Mapping[str, Any] | None


def record_data(
    statement: Statement,
    evidence: Sequence[Evidence],
    examination: Examination,
    facts: Mapping[str, Any],
    actor: str,
    done_at: int,
) -> dict[str, Any]:
    """What the record says: only the evidence that counted is in it."""
    return {
        "actor": actor,
        "done_at": done_at,
        "evidence": [each.as_json() for each in evidence if each.officer_id in examination.accepted],
        "facts": dict(facts),
        "statement": statement.as_json(),
        "type": TYPE,
        "version": VERSION,
    }


def write_record(data: Mapping[str, Any], signer: Signer | None) -> str:
    """The whole record; without the instance's signature where there is no checkpoint key yet."""
    printed = render(data)
    if signer is None:
        return printed
    return printed + _block(SIGNATURE, signature_of(signer, printed.encode()))


def read_record(text: bytes) -> Record:
    """Take a record apart. Raises ValueError when it is none."""
    if len(text) > LARGEST:
        raise ValueError("oversize")
    whole = text.decode("utf-8")
    data = _inner(whole, DATA)
    if data is None or data.get("type") != TYPE or data.get("version") != VERSION:
        raise ValueError("not a record")
    printed, _, _ = whole.partition(f"-----BEGIN {SIGNATURE}-----")
    return Record(data, printed, _inner(whole, SIGNATURE))


def render(data: Mapping[str, Any]) -> str:
    """Text and data, without a signature. Raises KeyError, TypeError or ValueError for data that is no record's."""
    statement = data["statement"]
    kind = statement["kind"]
    named = {each["id"]: each for each in statement["officers"]}
    lines = [
        "一号 密钥仪式记录 · Yihao key ceremony record",
        "=" * 72,
        _line("仪式", "ceremony", statement["id"]),
        _line("种类", "kind", f"{KINDS[kind]} ({kind})"),
        _line("实例", "instance", statement["instance"]),
        _line("开启", "opened", _instant(statement["opened_at"])),
        _line("失效", "expires", _instant(statement["expires_at"])),
        _line("执行", "carried out", f"{_instant(data['done_at'])}  {data['actor']}"),
        _line("须同意", "agreement", f"{statement['threshold']} / {len(statement['officers'])}"),
        "",
        "同意 · agreed by",
    ]
    for each in data["evidence"]:
        officer = named[each["officer"]]
        lines += [
            f"  {officer['label']}  {_instant(each['signed_at'])}",
            f"    SM3 {officer['fingerprint']}",
            f"    陈述 · statement SM3 {each['statement']}",
        ]
    lines += ["", "经同意的内容 · what was agreed", *describe(statement["what"])]
    lines += ["", "结果 · result", *describe(data["facts"])]
    lines += ["", "本记录不含任何密钥。· This record holds no key.", "", ""]
    return "\n".join(lines) + _block(DATA, data)


def describe(values: Mapping[str, Any], indent: str = "  ") -> list[str]:
    """What a statement or a result says, line by line, for people."""
    lines: list[str] = []
    for name in sorted(values):
        value, label = values[name], f"{LABELS.get(name, name)} · {name}"
        if _is_officer(value):
            lines += [f"{indent}{label}: {value['label']}", f"{indent}  SM3 {value['fingerprint']}"]
        elif isinstance(value, dict):
            lines += [f"{indent}{label}:", *describe(value, indent + "  ")]
        elif isinstance(value, list):
            lines += [f"{indent}{label}: {len(value)}", *_items(value, indent + "  ")]
        else:
            lines.append(f"{indent}{label}: {'–' if value is None else value}")
    return lines


def _items(values: Sequence[Any], indent: str) -> list[str]:
    return [
        f"{indent}{value['label']}  SM3 {value['fingerprint']}" if _is_officer(value) else f"{indent}{value}"
        for value in values
    ]


def _is_officer(value: object) -> bool:
    return isinstance(value, dict) and value.keys() >= {"label", "fingerprint"}


def _line(chinese: str, english: str, value: object) -> str:
    return f"{chinese} · {english}: {value}"


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, CHINA).isoformat(" ")


def _block(name: str, value: Mapping[str, Any]) -> str:
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()
    return f"-----BEGIN {name}-----\n{text}\n-----END {name}-----\n"


def _inner(text: str, name: str) -> dict[str, Any] | None:
    found = re.findall(
        rf"^-----BEGIN {name}-----\n(.*?)\n-----END {name}-----$", text, re.DOTALL | re.MULTILINE
    )
    if len(found) > 1:
        raise ValueError("stands twice")
    return read_object(found[0].encode()) if found else None
