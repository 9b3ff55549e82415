"""What goes wrong in ceremonies and with the key agent, and what to do next, Chinese and English, by code."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]
Fault = tuple[Pair, Pair]

_ROOT: Mapping[str, Fault] = {
    "keys.root_file_in_production": (
        ("生产环境不得使用根密钥文件", "Production does not take its root key from a file"),
        (
            "先用 yihao key ceremony open initialise 把根密钥交给保管人,再设 keys.root 为 shares",
            "Put it into officers' hands with yihao key ceremony open initialise, then set keys.root to shares",
        ),
    ),
    "keys.root_missing": (
        ("这个实例还没有根密钥", "This instance has no root key yet"),
        (
            "先 yihao migrate,再 yihao key ceremony open initialise,解封后运行 yihao init",
            "Run yihao migrate, then yihao key ceremony open initialise, unseal, then yihao init",
        ),
    ),
    "keys.root_other_form": (
        (
            "根密钥的形式是 {form},设置 keys.root 却是 {setting}",
            "The root key is in form {form}, but keys.root says {setting}",
        ),
        ("把 keys.root 改为 {form}", "Set keys.root to {form}"),
    ),
    "keys.root_wrong": (
        (
            "这不是第 {generation} 代根密钥:校验值不符",
            "This is not the root key of generation {generation}: its check value differs",
        ),
        (
            "换上这个实例的根密钥;文件丢失时用备份恢复",
            "Use the root key of this instance; restore from a backup if it is lost",
        ),
    ),
    "keys.root_without_device": (
        ("根密钥在密码设备中,但没有配置密码设备", "The root key is in a device, but none is configured"),
        ("设置 keys.provider 及其设备", "Set keys.provider and its device"),
    ),
    "keys.agent_absent": (
        ("密钥代理没有应答", "The key agent does not answer"),
        (
            "在本机以同一用户运行 yihao key agent,由保管人解封;检查 keys.agent_socket",
            "Run yihao key agent here as the same user and let officers unseal it; check keys.agent_socket",
        ),
    ),
    "keys.agent_sealed": (
        ("密钥代理尚未解封", "The key agent is sealed"),
        (
            "各保管人依次运行 yihao key unseal --key 私钥文件",
            "Let officers run yihao key unseal --key, one after the other",
        ),
    ),
    "agent.folder_open": (
        (
            "{path} 所在的目录属于他人或他人可进入",
            "The folder of {path} is another's or open to others",
        ),
        ("换一个目录,或 chmod 700", "Choose another one, or chmod 700"),
    ),
    "agent.path_long": (
        ("套接字路径太长:{path}", "The path of the socket is too long: {path}"),
        ("把 keys.agent_socket 设得短一些", "Set a shorter keys.agent_socket"),
    ),
    "agent.taken": (
        ("已有密钥代理在 {path}", "A key agent serves at {path} already"),
        ("用 yihao key agent --status 查看", "See yihao key agent --status"),
    ),
}
_FILES: Mapping[str, Fault] = {
    "file.exists": (
        ("文件已存在:{path}", "The file is there already: {path}"),
        ("换一个文件名;不会覆盖", "Choose another name; nothing is overwritten"),
    ),
    "officer.passphrase_short": (
        ("口令至少 8 个字符", "The passphrase has at least eight characters"),
        ("换一个更长的口令", "Choose a longer one"),
    ),
    "officer.passphrase_open": (
        ("口令文件他人可读:{path}", "Others may read the passphrase file {path}"),
        ("chmod 600", "chmod 600"),
    ),
    "officer.passphrase_wrong": (
        ("口令打不开私钥文件", "The passphrase does not open the key file"),
        ("核对口令和文件后再试", "Check passphrase and file, then try again"),
    ),
    "officer.key_malformed": (
        ("不是加密的 SM2 私钥文件:{path}", "This is no encrypted SM2 private key file: {path}"),
        ("用 yihao key officer new 生成的文件", "Use the file that yihao key officer new wrote"),
    ),
    "officer.public_malformed": (
        ("不是 SM2 公钥文件:{path}", "This is no SM2 public key file: {path}"),
        ("用 yihao key officer new 生成的 .pub 文件", "Use the .pub file that yihao key officer new wrote"),
    ),
    "officer.form": (
        ("--officer 须写成 标签=公钥文件", "--officer is label=public key file"),
        ("例如 --officer 甲=officer1.key.pub", "For example --officer A=officer1.key.pub"),
    ),
}
_QUORUM: Mapping[str, Fault] = {
    "quorum.malformed": (
        ("陈述不是规范的形式,或被改动过", "The statement is not in its canonical form, or was changed"),
        (
            "用 yihao key ceremony show ID --statement 重新取得",
            "Get it again with yihao key ceremony show ID --statement",
        ),
    ),
    "quorum.policy": (
        (
            "人数不合规则:2 ≤ 门限 ≤ 人数 ≤ 16,标签和公钥不得重复",
            "2 ≤ threshold ≤ officers ≤ 16, all different",
        ),
        ("改正 --threshold 和 --officer", "Correct --threshold and --officer"),
    ),
    "quorum.clock": (
        ("系统时间早于仪式开启的时间", "The clock stands before the opening of the ceremony"),
        ("校准系统时间后再试", "Set the clock right and try again"),
    ),
    "quorum.expired": (
        ("陈述已过期", "The statement has expired"),
        ("重新开启仪式", "Open the ceremony anew"),
    ),
    "quorum.outdated": (
        (
            "陈述开启之后,保管人或根密钥已变更",
            "Officers or the root key changed after this statement was made",
        ),
        ("重新开启仪式", "Open the ceremony anew"),
    ),
    "quorum.too_few": (
        ("同意人数不足:{have} / {need}", "Too few officers agreed: {have} of {need}"),
        (
            "请保管人签署上面的陈述,再用 add-evidence 交入",
            "Let officers sign the statement above, then add-evidence",
        ),
    ),
    "quorum.evidence_malformed": (
        ("不是签名证据文件", "This is no evidence file"),
        ("用 yihao key ceremony sign 生成", "Make it with yihao key ceremony sign"),
    ),
    "quorum.other_statement": (
        ("签的是另一份陈述", "The evidence is over another statement"),
        ("对照 --statement 给出的陈述重新签名", "Sign the statement that show ID --statement gives"),
    ),
    "quorum.stranger": (
        ("签名人不在陈述所列保管人之中", "The signer is not among the officers of the statement"),
        ("换用保管人的私钥文件", "Use the key of one of those officers"),
    ),
    "quorum.removed": (
        ("{officer} 已不是保管人", "{officer} is no longer an officer"),
        ("由在任的保管人签名", "Let an officer in office sign"),
    ),
    "quorum.duplicate": (
        ("{officer} 已经签过", "{officer} has signed already"),
        ("由另一位保管人签名", "Let another officer sign"),
    ),
    "quorum.early": (
        ("{officer} 的签名时间早于仪式开启", "{officer} signed before the ceremony was opened"),
        ("校准签名用机器的时间后重新签名", "Set the clock of the signing machine right and sign again"),
    ),
    "quorum.late": (
        ("{officer} 的签名时间晚于失效", "{officer} signed after the statement expired"),
        ("重新开启仪式", "Open the ceremony anew"),
    ),
    "quorum.ahead": (
        ("{officer} 的签名时间在将来", "{officer} signed in the future"),
        ("校准两台机器的时间后重新签名", "Set both clocks right and sign again"),
    ),
    "quorum.signature": (
        ("{officer} 的签名不成立", "The signature of {officer} does not hold"),
        ("重新签名", "Sign again"),
    ),
}
_UNSEAL: Mapping[str, Fault] = {
    "unseal.no_shares": (
        ("这个实例的根密钥不在保管人手中", "The root key of this instance is not in officers' hands"),
        ("用 yihao key ceremony open initialise 交给保管人", "See yihao key ceremony open initialise"),
    ),
    "unseal.stranger": (
        ("这把私钥没有份额", "This key holds no share"),
        ("换用在任保管人的私钥文件", "Use the key of an officer in office"),
    ),
    "unseal.removed": (
        ("这位保管人已离任", "This officer was removed"),
        ("由在任的保管人解封", "Let officers in office unseal"),
    ),
    "unseal.generation": (
        ("份额属于另一代根密钥", "The share is of another generation of the root key"),
        ("再运行一次 yihao key unseal", "Run yihao key unseal again"),
    ),
    "unseal.stale": (
        ("代理的一次性密钥已用过或已失效", "The agent's one-time key was used or forgotten"),
        ("再运行一次 yihao key unseal", "Run yihao key unseal again"),
    ),
    "unseal.signature": (
        ("份额上的签名不成立", "The signature over the share does not hold"),
        ("再运行一次 yihao key unseal", "Run yihao key unseal again"),
    ),
    "unseal.duplicate": (
        ("这位保管人已送入份额", "This officer brought the share already"),
        ("由另一位保管人解封", "Let another officer unseal"),
    ),
    "unseal.damaged": (
        ("份额打不开或已损坏", "The share does not open or is damaged"),
        (
            "由其他保管人解封;之后用 rotate-root 重新分发份额",
            "Let other officers unseal, then give out new shares by rotate-root",
        ),
    ),
    "unseal.wrong": (
        ("份额不是分发给这位保管人的那一份", "The share is not the one that was given to this officer"),
        ("由其他保管人解封,并查明原因", "Let other officers unseal, and find out why"),
    ),
    "unseal.check_value": (
        (
            "份额都对,根密钥校验值却不符:数据表被改动",
            "All shares are right, the root key's check value is not",
        ),
        ("用备份恢复 root_key 表", "Restore the table root_key from a backup"),
    ),
    "unseal.open": (
        ("密钥代理已解封", "The key agent is open already"),
        ("无须再送份额", "No further share is needed"),
    ),
    "unseal.sealed": (
        ("密钥代理尚未解封", "The key agent is sealed"),
        ("由保管人解封", "Let officers unseal it"),
    ),
    "unseal.malformed": (
        ("请求不成形式", "The request is malformed"),
        ("用本版本的 yihao key unseal", "Use yihao key unseal of this version"),
    ),
}
_CEREMONY: Mapping[str, Fault] = {
    "ceremony.unknown": (
        ("没有这个仪式", "There is no such ceremony"),
        ("用 yihao key ceremony list 查看", "See yihao key ceremony list"),
    ),
    "ceremony.not_open": (
        ("仪式已结束:{state}", "The ceremony is over: {state}"),
        ("用 yihao key ceremony show 查看", "See yihao key ceremony show"),
    ),
    "ceremony.no_record": (
        ("仪式还没有记录", "The ceremony has no record yet"),
        ("执行之后才有", "It has one once it was carried out"),
    ),
    "ceremony.initialised": (
        ("已有保管人,不能再次初始化", "There are officers already"),
        ("用 add-officer、replace-officer 或 rotate-root", "Use add-officer, replace-officer or rotate-root"),
    ),
    "ceremony.unprepared": (
        ("有密钥而没有根密钥的登记", "There are keys, but no generation of a root key"),
        (
            "先运行 yihao init;若数据表受损,用备份恢复",
            "Run yihao init; restore a backup if the tables are damaged",
        ),
    ),
    "ceremony.no_device": (
        ("没有配置密码设备", "No device is configured"),
        ("设置 keys.provider 及其设备", "Set keys.provider and its device"),
    ),
    "ceremony.no_officers": (
        ("还没有保管人", "There are no officers yet"),
        ("先用 yihao key ceremony open initialise", "First yihao key ceremony open initialise"),
    ),
    "ceremony.officers_needed": (
        ("缺少 --officer 或 --threshold", "--officer or --threshold is missing"),
        (
            "initialise 列出全部保管人和门限;增加、更换时列出一位新保管人",
            "initialise takes all officers and the threshold, add-officer and replace-officer one new officer",
        ),
    ),
    "ceremony.officer_known": (
        ("标签或公钥用过:{officer}", "Label or key was used before: {officer}"),
        ("换一个标签,并生成新的密钥对", "Choose another label and make a new key pair"),
    ),
    "ceremony.officer_unknown": (
        ("没有这位在任保管人", "There is no such officer in office"),
        ("--leaving 写标签或编号", "--leaving takes a label or an id"),
    ),
    "ceremony.row_damaged": (
        ("{row} 打不开,什么都没有改变", "{row} does not open; nothing was changed"),
        ("先用备份恢复这一行,再执行", "Restore this row from a backup first, then execute again"),
    ),
    "ceremony.changed": (
        ("陈述开启之后情况已变", "Things changed after the statement was made"),
        ("重新开启仪式", "Open the ceremony anew"),
    ),
    "ceremony.target": (
        ("没有这个密钥", "There is no such key"),
        ("--target kid:编号 或 data:用途:版本", "--target kid:… or data:purpose:version"),
    ),
    "ceremony.not_retired": (
        (
            "密钥现为 {state},只有 retired 的密钥可以销毁",
            "The key is {state}; only a retired one is destroyed",
        ),
        ("先停用并等到期限", "Retire it first, and wait its time"),
    ),
    "ceremony.file_needed": (
        ("缺少 --backup 文件", "--backup FILE is missing"),
        ("备份时写入它,恢复时读取它", "A backup is written to it, a restore reads it"),
    ),
    "ceremony.backup_malformed": (
        ("不是密钥备份文件", "This is no backup of keys"),
        ("换用正确的文件", "Use the right file"),
    ),
    "ceremony.backup_altered": (
        ("备份文件被改动,或根密钥不配", "The backup was altered, or another root key is held"),
        ("换用另一份副本,核对记录中的 SM3", "Use another copy, and compare its SM3 with the record"),
    ),
    "ceremony.backup_other_instance": (
        ("这是另一实例的备份", "This is the backup of another instance"),
        ("换用本实例的备份", "Use a backup of this instance"),
    ),
    "ceremony.backup_other_root": (
        ("备份中的根密钥不是本实例的", "The root key of the backup is not this instance's"),
        ("换用本实例的备份", "Use a backup of this instance"),
    ),
    "ceremony.backup_newer": (
        ("实例的根密钥比备份新", "The instance's root key is newer than the backup"),
        ("用更换根密钥之后的备份", "Use a backup made after the root key was replaced"),
    ),
    "ceremony.backup_quorum": (
        ("备份上保管人的签名不足", "Too few officers' signatures hold over this backup"),
        ("换用另一份副本", "Use another copy"),
    ),
    "ceremony.no_differences": (
        ("与备份没有差别,无须恢复", "Nothing differs from the backup"),
        ("不用做什么", "Nothing is to be done"),
    ),
    "ceremony.too_many_days": (
        ("有效期为 1 至 {most} 天", "A statement is good for 1 to {most} days"),
        ("改正 --days", "Correct --days"),
    ),
}
FAULTS: Mapping[str, Fault] = MappingProxyType({**_ROOT, **_FILES, **_QUORUM, **_UNSEAL, **_CEREMONY})
