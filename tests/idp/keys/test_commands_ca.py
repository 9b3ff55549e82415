"""`yihao ca` as officers and scripts meet it: from the offline root to a revoked officer, through files and streams."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crypto.x509 import certificate, crl, path, private_key, request
from crypto.x509.path import Purpose
from crypto.x509.private_key import SoftwareKey
from idp.clock import SystemClock, instant
from idp.keys.commands_ca import ca
from idp.observe import log
from tests.support.provider import SqliteTemplate

PASSPHRASE = "canary-passphrase"
SUBJECT = "CN=根证书,O=测试,C=CN"

Run = Callable[..., Result]


@pytest.fixture
def run(sqlite_template: SqliteTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs `yihao ca` on a prepared instance, in a folder of its own."""
    environment = {**sqlite_template.copy(tmp_path), "LC_ALL": "zh_CN.UTF-8"}
    monkeypatch.chdir(tmp_path)
    # The cost of the passphrase's derivation is not what these tests are about.
    monkeypatch.setattr(private_key.write, "__defaults__", (2000,))
    (tmp_path / "p").write_text(f"{PASSPHRASE}\n")

    def run(arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(ca, arguments.split(), input=given, env=environment)

    yield run
    log.configure("info")


@pytest.fixture
def ready(run: Run, tmp_path: Path) -> Run:
    """The same, with a root and an installed authority."""
    root = "--key ca-root.key --certificate root.pem --passphrase-file p"
    assert run(f"root-init --subject {SUBJECT} {root}").exit_code == 0
    (tmp_path / "ca.csr").write_text(run("request --subject CN=机构,C=CN").stdout)
    (tmp_path / "ca.pem").write_text(run(f"root-sign ca.csr {root}").stdout)
    assert run("install ca.pem --root root.pem").exit_code == 0
    return run


def csr(folder: Path, name: str) -> str:
    """A file with the request of a fresh key."""
    made = request.write(f"CN={name}", SoftwareKey(private_key.generate()))
    (folder / f"{name}.csr").write_text(made.pem())
    return f"{name}.csr"


def test_a_certificate_goes_to_stdout_and_holds_by_the_root(ready: Run, tmp_path: Path) -> None:
    """Only PEM is on stdout, the rest on stderr; the chain verifies by the root's file."""
    result = ready(f"issue {csr(tmp_path, 'officer')} --kind officer")
    assert result.exit_code == 0
    officer = certificate.parse_pem(result.stdout.encode(), 1)[0]
    above, root = (certificate.parse_any((tmp_path / name).read_bytes()) for name in ("ca.pem", "root.pem"))
    now = instant(SystemClock())
    assert path.build(officer, [above], [root], Purpose.SIGNING, now).anchor.subject.text == SUBJECT
    assert officer.serial_hex in result.stderr


def test_a_revoked_certificate_is_on_the_list(ready: Run, tmp_path: Path) -> None:
    """Revoke, list, show and crl tell the same, in words and in JSON."""
    serial = json.loads(ready(f"issue {csr(tmp_path, 'node')} --kind node --dns a.test --json").stdout)[
        "serial"
    ]
    wrong = ready(f"revoke {serial} --reason superseded", given="another\n")
    assert wrong.exit_code == 1
    result = ready(f"revoke {serial} --reason superseded --json", given=f"{serial}\n")
    assert json.loads(result.stdout)["standing"] == "revoked"
    listed = json.loads(ready("list --json").stdout)
    assert [(each["kind"], each["standing"]) for each in listed["certificates"]] == [
        ("authority", "valid"),
        ("authority", "valid"),
        ("node", "revoked"),
    ]
    assert (listed["schema"], listed["expiring"]) == (1, [])
    assert serial in ready("list --kind node").stdout
    assert "superseded" in ready(f"show {serial}").stdout
    assert json.loads(ready(f"show {serial} --json").stdout)["reason"] == "superseded"
    assert set(crl.parse(ready("crl").stdout.encode()).revoked) == {int(serial, 16)}
    again = ready(f"revoke {serial} --reason superseded --yes")
    assert (again.exit_code, again.stdout) == (1, "")
    assert "已经吊销" in again.stderr


def test_the_root_key_file_is_its_owners_and_is_never_written_over(ready: Run, tmp_path: Path) -> None:
    """Rights 0600, an encrypted key, and a second root into the same file is refused."""
    file = tmp_path / "ca-root.key"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert len(private_key.read(before, PASSPHRASE)) == 32
    result = ready(f"root-init --subject {SUBJECT} --key ca-root.key --certificate r.pem --passphrase-file p")
    assert (result.exit_code, file.read_bytes()) == (2, before)
    assert not (tmp_path / "r.pem").exists()


def test_the_root_verbs_need_no_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without settings and database a root is made and signs; its passphrase is nowhere in the output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(private_key.write, "__defaults__", (2000,))
    (tmp_path / "p").write_text(PASSPHRASE)
    (tmp_path / "wrong").write_text("another-passphrase")

    def run(arguments: str) -> Result:
        return CliRunner().invoke(ca, arguments.split(), env={"YIHAO_DATABASE__URL": "nowhere://"})

    root = "--key root.key --certificate root.pem --passphrase-file"
    made = run(f"root-init --subject {SUBJECT} {root} p --json")
    assert (made.exit_code, json.loads(made.stdout)["subject"]) == (0, SUBJECT)
    asked = csr(tmp_path, "authority")
    signed = run(f"root-sign {asked} {root} p --json")
    assert (
        certificate.parse_any(json.loads(signed.stdout)["certificate"].encode()).extensions.path_length == 0
    )
    refused = run(f"root-sign {asked} {root} wrong")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "口令" in refused.stderr
    assert not any(PASSPHRASE in each.output + each.stderr for each in (made, signed, refused))


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ("root-init --subject 无 --key k --certificate c --passphrase-file p", 2, "RFC 4514"),
        ("root-init --subject CN=a --key no/k --certificate c --passphrase-file p", 1, "写不了"),
        ("root-init --subject CN=a --key k --certificate c", 2, "终端"),
        ("root-init --subject CN=a --key k --certificate c --passphrase-file short", 2, "8 个字符"),
        ("root-sign p --key ca-root.key --certificate root.pem --passphrase-file p", 1, "malformed"),
        ("root-sign ca.csr --key p --certificate root.pem --passphrase-file p", 1, "SM2 私钥文件"),
        ("install ca.pem --root root.pem", 1, "key"),
        ("issue p --kind officer", 1, "malformed"),
        ("revoke abc --reason superseded --yes", 1, "没有这张证书"),
        ("show abc", 1, "没有这张证书"),
        ("crl --authority -abc", 1, "还没有可用的证书"),
    ],
)
def test_a_refusal_says_what_and_what_next(
    ready: Run, tmp_path: Path, arguments: str, code: int, word: str
) -> None:
    """Nothing on stdout, words on stderr, an exit code; never a trace."""
    (tmp_path / "short").write_text("short")
    result = ready(arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert word in result.stderr
    assert "下一步" in result.stderr
