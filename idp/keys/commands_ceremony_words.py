"""Words of the commands of ceremonies, Chinese and English: said, helps and examples; faults are in a file of their own."""

from collections.abc import Mapping
from types import MappingProxyType

from idp.keys import commands_ceremony_faults

Pair = tuple[str, str]

FAULTS: Mapping[str, tuple[Pair, Pair]] = commands_ceremony_faults.FAULTS

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "prompt.officer_passphrase": ("保管人私钥文件的口令", "Passphrase of the officer's key file"),
        "prompt.sign": ("核对无误,签名?", "Is this what you agree to? Sign it?"),
        "officer.made": (
            "私钥(加密)在 {path},公钥在 {public}。请抄下上面的 SM3 指纹,每次仪式核对",
            "The private key, encrypted, is in {path}, the public key in {public}. Write the SM3 fingerprint above down "
            "and compare it at every ceremony",
        ),
        "ceremony.label_id": ("仪式", "Ceremony"),
        "ceremony.label_kind": ("种类", "Kind"),
        "ceremony.label_instance": ("实例", "Instance"),
        "ceremony.label_digest": ("陈述 SM3", "Statement SM3"),
        "ceremony.label_agreement": ("须同意", "Agreement"),
        "ceremony.label_state": ("状态", "State"),
        "ceremony.label_agreed": ("已同意", "Agreed"),
        "ceremony.opened": (
            "陈述已写入 {path},须 {threshold} 位保管人签名",
            "The statement is in {path}; {threshold} officers must sign it",
        ),
        "ceremony.signed": ("{officer} 已签名,证据在 {path}", "{officer} signed; the evidence is in {path}"),
        "ceremony.evidence": ("证据有效:{have} / {need}", "The evidence holds: {have} of {need}"),
        "ceremony.done": (
            "已执行,记录在 {path},请打印存档",
            "Done; the record is in {path}: print and file it",
        ),
        "ceremony.handed_on": (
            "本机密钥代理已持有新的根密钥,服务不中断;其他主机上的代理须重新解封",
            "The key agent here holds the new root key and service goes on; agents of other hosts are to be unsealed",
        ),
        "ceremony.next_unseal": (
            "下一步:运行 yihao key agent,各保管人用 yihao key unseal 送入份额",
            "Next: run yihao key agent, and let officers bring their shares with yihao key unseal",
        ),
        "ceremony.next_file": (
            "把设置 keys.root 改为 shares;解封确认可用后,销毁记录中列出的旧根密钥文件",
            "Set keys.root to shares; once unsealing was seen to work, destroy the old root key file that the record names",
        ),
        "ceremony.abandoned": ("仪式已放弃", "The ceremony was given up"),
        "record.form": ("记录格式", "form of the record"),
        "record.text": ("打印文字与数据一致", "printed text is that of the data"),
        "record.statement": ("陈述", "statement"),
        "record.evidence": ("保管人签名", "officer's signature"),
        "record.agreement": ("同意人数", "agreement"),
        "record.instance": ("实例签名", "instance's signature"),
        "record.holds": ("成立", "holds"),
        "record.fails": ("不成立", "FAILS"),
        "record.whole": (
            "各项成立。请再核对保管人指纹与当初抄下的一致",
            "All holds. Compare the officers' fingerprints with those written down when the keys were made",
        ),
        "record.broken": ("记录有不成立之处,不可采信", "Something does not hold: do not rely on this record"),
        "agent.ready": (
            "密钥代理在 {socket},已封存,{dumps}",
            "The key agent is at {socket}, sealed; {dumps}",
        ),
        "agent.dumps_off": ("内存转储已禁止", "memory dumps are off"),
        "agent.dumps_on": ("系统不允许禁止内存转储", "the system does not let memory dumps be turned off"),
        "agent.stopped": ("密钥代理已停止,根密钥已清除", "The key agent stopped and forgot the root key"),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "key destroy": (
            "提议销毁一把已停用的密钥,用 kid 或用途与版本指明;由保管人在仪式中同意后执行,退出码 5。",
            "Propose the destruction of a retired key, by kid or by purpose and version; officers agree in a ceremony. "
            "Exit code 5.",
        ),
        "key officer": ("保管人:生成签名密钥。", "Officers: make their keys."),
        "key officer new": (
            "生成保管人的 SM2 密钥对:私钥加密存于 FILE,公钥在 FILE.pub。离线运行,不需要实例。",
            "Make an officer's SM2 key pair: the private key encrypted in FILE, the public one in FILE.pub. Runs offline.",
        ),
        "key ceremony": (
            "密钥仪式:开启、签名、收集、执行、查验。每一步都记入审计日志,可以中断后继续。",
            "Key ceremonies: open, sign, collect, execute, verify. Every step is audited and can be resumed.",
        ),
        "key ceremony open": (
            "开启仪式,把待签名的陈述写入文件。种类:initialise 初始化、add-officer 增加保管人、replace-officer 更换保管人、"
            "rotate-root 更换根密钥、backup 备份、restore 恢复、destroy 销毁。",
            "Open a ceremony and write the statement to be signed to a file.",
        ),
        "key ceremony sign": (
            "显示陈述并用保管人私钥签名。离线运行,不需要实例。",
            "Show a statement and sign it with an officer's key. Runs offline, without an instance.",
        ),
        "key ceremony add-evidence": (
            "核验一位保管人的签名并收下。退出码 4:签名不算数。",
            "Verify an officer's evidence and keep it. Exit code 4: it does not count.",
        ),
        "key ceremony execute": (
            "同意人数足够时执行一次,写出记录。退出码 5:人数不足,并给出陈述。",
            "Carry it out once when enough officers agreed, and write the record. Exit code 5: too few, with the statement.",
        ),
        "key ceremony show": ("查看一次仪式。", "Show one ceremony."),
        "key ceremony list": ("列出全部仪式。", "List all ceremonies."),
        "key ceremony abandon": ("放弃未执行的仪式。", "Give an open ceremony up."),
        "key ceremony verify": (
            "核验仪式记录:只用 gmssl,离线,不需要实例。退出码 6:有不成立之处。",
            "Verify a record with gmssl alone, offline, without an instance. Exit code 6: something does not hold.",
        ),
        "key agent": (
            "密钥代理:在内存中持有根密钥,供同一用户的进程使用。启动时为封存状态,由保管人解封。",
            "Key agent: holds the root key in memory for processes of the same user. It starts sealed.",
        ),
        "key unseal": (
            "把一位保管人的份额送给密钥代理;人数足够即解封。退出码 4:份额不算数。",
            "Bring an officer's share to the key agent, which opens with the last one needed. Exit code 4: it does not count.",
        ),
        "key seal": ("让密钥代理清除根密钥。", "Let the key agent forget the root key."),
        "option.officer_passphrase_file": (
            "口令取自此文件的第一行(仅本人可读);不给则在终端询问。",
            "Take the passphrase from the first line of this file, readable by its owner only; asked when not given.",
        ),
        "option.officer_key": ("保管人的私钥文件。", "The officer's key file."),
        "option.evidence_out": ("证据写入的文件。", "File for the evidence."),
        "option.statement_out": (
            "陈述写入的文件;缺省 ceremony-ID.json。",
            "File for the statement; ceremony-ID.json when not given.",
        ),
        "option.record_out": (
            "记录写入的文件;缺省 ceremony-ID.record.txt。",
            "File for the record; ceremony-ID.record.txt when not given.",
        ),
        "option.ceremony_officer": (
            "新保管人:标签=公钥文件,可重复。",
            "A new officer: label=public key file; may be repeated.",
        ),
        "option.ceremony_threshold": ("须同意的人数(2 至 16)。", "How many must agree (2 to 16)."),
        "option.ceremony_leaving": ("离任保管人的标签或编号。", "Label or id of the leaving officer."),
        "option.ceremony_form": (
            "根密钥在保管人手中(shares)或密码设备中(device)。",
            "Root key with the officers (shares) or in a device (device).",
        ),
        "option.ceremony_target": (
            "要销毁的密钥:kid:编号 或 data:用途:版本。",
            "The key to destroy: kid:… or data:purpose:version.",
        ),
        "option.ceremony_backup": (
            "备份文件:备份时写入,恢复时读取。",
            "The backup file: written by backup, read by restore.",
        ),
        "option.ceremony_days": ("陈述有效的天数。", "Days for which the statement is good."),
        "option.ceremony_record": ("给出记录原文。", "Give the record itself."),
        "option.ceremony_statement": ("给出待签名的陈述原文。", "Give the statement itself, to be signed."),
        "option.agent_status": ("只查看正在运行的代理。", "Only ask the running agent."),
        "option.agent_backup": (
            "份额取自这个备份文件(数据表丢失时)。",
            "Take the shares from this backup (when the tables are lost).",
        ),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "key destroy": ("yihao key destroy KID", "yihao key destroy seal:1 -o destroy.json"),
        "key officer": ("yihao key officer new officer.key", "yihao key officer new --help"),
        "key officer new": (
            "yihao key officer new officer.key",
            "yihao key officer new officer.key --passphrase-file passphrase --json",
        ),
        "key ceremony": ("yihao key ceremony list", "yihao key ceremony open rotate-root"),
        "key ceremony open": (
            "yihao key ceremony open initialise --threshold 2 --officer 甲=a.pub --officer 乙=b.pub --officer 丙=c.pub",
            "yihao key ceremony open replace-officer --leaving 乙 --officer 丁=d.pub -o statement.json",
        ),
        "key ceremony sign": (
            "yihao key ceremony sign statement.json --key officer.key -o evidence.json",
            "yihao key ceremony sign statement.json --key officer.key --passphrase-file passphrase -o evidence.json --yes",
        ),
        "key ceremony add-evidence": (
            "yihao key ceremony add-evidence ID evidence.json",
            "yihao key ceremony add-evidence ID evidence.json --json",
        ),
        "key ceremony execute": (
            "yihao key ceremony execute ID",
            "yihao key ceremony execute ID --backup keys.backup -o record.txt",
        ),
        "key ceremony show": (
            "yihao key ceremony show ID --json",
            "yihao key ceremony show ID --record > record.txt",
        ),
        "key ceremony list": ("yihao key ceremony list", "yihao key ceremony list --json"),
        "key ceremony abandon": ("yihao key ceremony abandon ID", "yihao key ceremony abandon ID --json"),
        "key ceremony verify": (
            "yihao key ceremony verify record.txt",
            "yihao key ceremony verify record.txt --json",
        ),
        "key agent": ("yihao key agent", "yihao key agent --status --json"),
        "key unseal": (
            "yihao key unseal --key officer.key",
            "yihao key unseal --key officer.key --passphrase-file passphrase --json",
        ),
        "key seal": ("yihao key seal", "yihao key seal --json"),
    }
)
