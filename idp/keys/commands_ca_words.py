"""Words of the commands of the internal authority, Chinese and English, in the forms of idp/commands."""

from collections.abc import Mapping
from types import MappingProxyType

Pair = tuple[str, str]

SAID: Mapping[str, Pair] = MappingProxyType(
    {
        "prompt.ca_passphrase": ("根密钥文件的口令", "Passphrase of the root key file"),
        "prompt.ca_revoke": (
            "吊销不可恢复。请再输入一次序列号",
            "This is for good. Type the serial number once more",
        ),
        "ca.root_made": (
            "根密钥在 {key_file},根证书在 {certificate_file}。请把密钥文件离线保存,口令另行保管",
            "Root key in {key_file}, certificate in {certificate_file}. Keep the key offline, the passphrase elsewhere",
        ),
        "ca.root_signed": (
            "已签发下级证书 {serial}({subject})",
            "Signed the authority's certificate {serial} ({subject})",
        ),
        "ca.requested": (
            "请把证书请求带到离线的根,用 yihao ca root-sign 签发",
            "Take the request to the offline root and sign it with yihao ca root-sign",
        ),
        "ca.issued": (
            "已签发 {serial}({subject}),有效至 {until}",
            "Issued {serial} ({subject}), valid until {until}",
        ),
        "ca.revoked": (
            "已吊销。请运行 yihao ca crl 发布新的列表",
            "Revoked. Publish a new list with yihao ca crl",
        ),
        "ca.listed": (
            "列表含 {count} 张证书,有效至 {until}",
            "The list has {count} certificates and counts until {until}",
        ),
        "ca.expiring": ("证书 {serial} 将在 {days} 天后到期", "The certificate {serial} ends in {days} days"),
    }
)
FAULTS: Mapping[str, tuple[Pair, Pair]] = MappingProxyType(
    {
        "certificate.rejected": (
            ("证书或请求不合格:{reason}", "The certificate or request does not hold: {reason}"),
            (
                "各原因的说明见 specs/flows/certificates.md",
                "The reasons are told in specs/flows/certificates.md",
            ),
        ),
        "certificate.unknown": (
            ("没有这张证书:{serial}", "There is no certificate {serial}"),
            ("运行 yihao ca list 查看", "See yihao ca list"),
        ),
        "certificate.revoked": (
            ("证书 {serial} 已经吊销", "The certificate {serial} is revoked already"),
            ("运行 yihao ca show {serial} 查看时间和原因", "See when and why with yihao ca show {serial}"),
        ),
        "certificate.no_authority": (
            ("内部证书机构还没有可用的证书", "The internal authority has no certificate yet"),
            (
                "依次运行 yihao ca request、(离线)root-sign、install",
                "Run yihao ca request, root-sign (offline) and install in turn",
            ),
        ),
        "ca.file_exists": (
            ("文件已存在:{path}", "The file is there already: {path}"),
            ("换一个文件名;根密钥从不覆盖", "Choose another name; a root key is never written over"),
        ),
        "ca.file_unwritten": (
            ("写不了文件:{path}", "The file cannot be written: {path}"),
            ("检查目录和权限", "Check the folder and its rights"),
        ),
        "ca.subject": (
            ("名称不合格", "The name does not hold"),
            (
                "按 RFC 4514 书写,如 CN=根证书,O=某省,C=CN,不超过 200 字",
                "Write it as in RFC 4514: CN=Root,O=Province,C=CN, at most 200 characters",
            ),
        ),
        "ca.passphrase": (
            ("口令打不开密钥文件", "The passphrase does not open the key file"),
            ("核对口令和文件后再试", "Check passphrase and file, then try again"),
        ),
        "ca.passphrase_short": (
            ("口令至少 8 个字符", "The passphrase has at least eight characters"),
            ("换一个更长的口令", "Choose a longer one"),
        ),
        "ca.key_file": (
            ("不是加密的 SM2 私钥文件", "This is no encrypted SM2 private key file"),
            (
                "使用 yihao ca root-init 生成的文件(PKCS #8、PBES2)",
                "Use the file that yihao ca root-init wrote (PKCS #8, PBES2)",
            ),
        ),
    }
)
HELPS: Mapping[str, Pair] = MappingProxyType(
    {
        "ca": (
            "内部证书:离线的根、签发、吊销、列表。",
            "Internal certificates: offline root, issuing, revoking, lists.",
        ),
        "ca root-init": (
            "在离线机器上建立根:加密的 SM2 私钥文件和自签名证书。不读取实例。",
            "Make the root on an offline machine: an encrypted SM2 key file and its certificate. Reads no instance.",
        ),
        "ca root-sign": (
            "在离线机器上用根签发下级机构的证书,输出到标准输出。不读取实例。",
            "Sign the authority's certificate with the root, offline; it goes to stdout. Reads no instance.",
        ),
        "ca request": (
            "生成下级机构的密钥和证书请求,输出到标准输出。再次运行用同一个密钥。",
            "Make the authority's key and its request, which goes to stdout. Again: for the same key.",
        ),
        "ca install": (
            "安装根签发的证书;从此由它签发,此前的机构只再签自己的列表。",
            "Install what the root signed: it issues from now on, the one before it signs its lists only.",
        ),
        "ca issue": (
            "按证书请求为人员、节点或部门签发证书,输出到标准输出。",
            "Certify a request for an officer, a node or a department; the certificate goes to stdout.",
        ),
        "ca revoke": ("吊销一张证书,不可恢复。", "Revoke a certificate for good."),
        "ca crl": (
            "签发吊销列表,输出到标准输出。",
            "Sign the list of revoked certificates; it goes to stdout.",
        ),
        "ca list": (
            "列出全部证书;将到期而没有后续的另行提示。",
            "List every certificate; those that end soon without a successor are told of.",
        ),
        "ca show": ("显示一张证书。", "Show one certificate."),
        "option.ca_subject": (
            "名称(RFC 4514),如 CN=根证书,O=某省,C=CN。",
            "Name (RFC 4514), such as CN=Root,O=Province,C=CN.",
        ),
        "option.ca_root": ("根证书文件。", "File of the root's certificate."),
        "option.ca_root_key": ("根私钥文件(加密)。", "File of the root's key, encrypted."),
        "option.ca_root_certificate": ("根证书文件。", "File of the root's certificate."),
        "option.ca_passphrase_file": (
            "口令取自此文件的第一行;不给则在终端询问。",
            "Take the passphrase from the first line of this file; asked at the terminal when not given.",
        ),
        "option.ca_kind": ("证书种类。", "Kind of certificate."),
        "option.ca_dns": ("域名,可重复。", "DNS name, may be repeated."),
        "option.ca_crl_address": (
            "写入证书的吊销列表地址,可重复。",
            "Address of the revocation list in the certificate, may be repeated.",
        ),
        "option.ca_reason": ("吊销原因。", "Why it is revoked."),
        "option.ca_authority": (
            "此前机构的密钥编号;不给则为现任。",
            "Key id of an earlier authority; the present one when not given.",
        ),
    }
)
EXAMPLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ca": ("yihao ca list", "yihao ca issue officer.csr --kind officer"),
        "ca root-init": (
            "yihao ca root-init --subject CN=根证书,O=某省,C=CN --key root.key --certificate root.pem",
            "yihao ca root-init --subject CN=Root,C=CN --key root.key --certificate root.pem --passphrase-file p --json",
        ),
        "ca root-sign": (
            "yihao ca root-sign ca.csr --key root.key --certificate root.pem > ca.pem",
            "yihao ca root-sign ca.csr --key root.key --certificate root.pem --passphrase-file p > ca.pem",
        ),
        "ca request": (
            "yihao ca request --subject CN=内部机构,O=某省,C=CN > ca.csr",
            "yihao ca request --subject CN=Authority,C=CN > ca.csr",
        ),
        "ca install": (
            "yihao ca install ca.pem --root root.pem",
            "yihao ca install ca.pem --root root.pem --json",
        ),
        "ca issue": (
            "yihao ca issue officer.csr --kind officer > officer.pem",
            "yihao ca issue node.csr --kind node --dns a.example.test --crl-address http://ca.example.test/crl > node.pem",
        ),
        "ca revoke": (
            "yihao ca revoke SERIAL --reason key_compromise",
            "yihao ca revoke SERIAL --reason superseded --yes --json",
        ),
        "ca crl": ("yihao ca crl > authority.crl", "yihao ca crl --authority KID > earlier.crl"),
        "ca list": ("yihao ca list", "yihao ca list --kind officer --json"),
        "ca show": ("yihao ca show SERIAL", "yihao ca show SERIAL --json"),
    }
)
