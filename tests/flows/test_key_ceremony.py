"""Ceremonies with the command line, as officers walk them: 3 of 5 from the first key to a restored instance."""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from crypto.sm import sm2
from crypto.x509 import private_key
from idp.audit.service import Audit
from idp.cli import main
from idp.clock import SystemClock
from idp.commands import terminal
from idp.keys.agent import Agent
from idp.keys.agent_server import AgentServer
from idp.keys.book import read_book
from idp.keys.ceremonies.backup_file import book_of
from idp.keys.commands_officer_files import public_pem
from idp.observe import log
from idp.storage.engine import Sql

ISSUER = "http://127.0.0.1:8400"
LABELS = ("甲", "乙", "丙", "丁", "戊")
PASSPHRASE = "canary-passphrase"
ROUNDS = 1_000
"""Iterations of the officers' key files here: these tests are not about the cost of a passphrase."""

Run = Callable[..., Result]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings of an instance in a folder of its own; the path of a socket has to be short."""
    with tempfile.TemporaryDirectory(prefix="ya-") as folder:
        yield {
            "YIHAO_ISSUER": ISSUER,
            "YIHAO_PROFILE": "sandbox",
            "YIHAO_DATABASE__URL": f"sqlite:///{tmp_path}/var/yihao.db",
            "YIHAO_KEYS__ROOT_KEY_FILE": str(tmp_path / "var/root.key"),
            "YIHAO_KEYS__AGENT_SOCKET": f"{folder}/agent/key.sock",
            "YIHAO_PASSWORDS__MEMORY_KIB": "7168",
            "YIHAO_PASSWORDS__TIME_COST": "1",
            "YIHAO_OBSERVE__LOG_LEVEL": "error",
            "LC_ALL": "zh_CN.UTF-8",
        }


@pytest.fixture
def run(environment: dict[str, str]) -> Iterator[Run]:
    """Runs `yihao` in this process with those settings."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], env=environment)

    yield run
    log.configure("info")


@pytest.fixture
def officers(tmp_path: Path) -> list[Path]:
    """Five officers' key files; beside each lies its public key."""
    (tmp_path / "pass").write_text(PASSPHRASE + "\n")
    (tmp_path / "pass").chmod(0o600)
    return [officer_file(tmp_path / f"o{number}.key") for number in range(1, 6)]


def officer_file(path: Path) -> Path:
    """What `yihao key officer new` writes, with fewer iterations."""
    d = private_key.generate()
    path.write_text(private_key.write(d, PASSPHRASE, ROUNDS))
    path.with_name(path.name + ".pub").write_text(public_pem(d))
    return path


@contextmanager
def agent(environment: dict[str, str], backup: bytes | None = None) -> Iterator[None]:
    """What `yihao key agent` runs, in a thread."""
    sql = Sql(environment["YIHAO_DATABASE__URL"])

    def find() -> Any:
        if backup is not None:
            return book_of(backup, ISSUER)
        with sql.once() as db:
            return read_book(db)

    stop, ready = threading.Event(), threading.Event()
    held = Agent(find, Audit(sql, SystemClock()).note)
    server = AgentServer(held, Path(environment["YIHAO_KEYS__AGENT_SOCKET"]))
    thread = threading.Thread(target=server.serve, args=(stop, ready.set))
    thread.start()
    assert ready.wait(10)
    yield
    stop.set()
    thread.join()
    sql.close()


def fit(result: Result) -> Result:
    """A command that ended well."""
    assert result.exit_code == terminal.OK, result.output
    return result


def agree(run: Run, tmp_path: Path, statement: Path, signers: list[Path]) -> str:
    """Officers sign offline and hand in their evidence; the id of the ceremony."""
    ceremony_id = str(json.loads(statement.read_text())["id"])
    for signer in signers:
        evidence = tmp_path / f"{ceremony_id}-{signer.stem}.evidence"
        fit(run("key", "ceremony", "sign", statement, *own(signer), "-o", evidence, "--yes"))
        fit(run("key", "ceremony", "add-evidence", ceremony_id, evidence))
    return ceremony_id


def own(signer: Path) -> tuple[object, ...]:
    """The options that name an officer's key."""
    return ("--key", signer, "--passphrase-file", signer.with_name("pass"))


def held_ceremony(run: Run, tmp_path: Path, signers: list[Path], *wish: object, **files: Path) -> Path:
    """A whole ceremony; the file of its record."""
    statement = tmp_path / f"{len(list(tmp_path.glob('*.statement')))}.statement"
    opened = () if "made" in files else tuple(("--backup", path) for path in files.values())
    fit(run("key", "ceremony", "open", *wish, *(each for pair in opened for each in pair), "-o", statement))
    ceremony_id = agree(run, tmp_path, statement, signers)
    record = statement.with_suffix(".record")
    given = [each for path in files.values() for each in ("--backup", path)]
    fit(run("key", "ceremony", "execute", ceremony_id, "-o", record, *given))
    return record


def initialise(run: Run, environment: dict[str, str], tmp_path: Path, officers: list[Path]) -> Path:
    """The root key out of its file into five officers' hands, three to open it."""
    named = [f"{label}={path}.pub" for label, path in zip(LABELS, officers, strict=True)]
    options = [each for name in named for each in ("--officer", name)]
    record = held_ceremony(run, tmp_path, officers[:3], "initialise", "--threshold", 3, *options)
    environment["YIHAO_KEYS__ROOT"] = "shares"
    return record


def healthy(run: Run) -> bool:
    """Whether every key opens."""
    return json.loads(run("health", "--json").stdout)["checks"]["keys"] == "ok"


def unseal(run: Run, signers: list[Path]) -> None:
    """Officers bring their shares."""
    for signer in signers:
        fit(run("key", "unseal", *own(signer)))


def test_three_of_five_from_the_first_key_to_a_restored_instance(
    run: Run, environment: dict[str, str], tmp_path: Path, officers: list[Path]
) -> None:
    """Init, unseal by three, rotate, replace an officer, back up, lose every key row, restore: all keys open again."""
    fit(run("init"))
    records = [initialise(run, environment, tmp_path, officers)]
    assert not healthy(run)
    with agent(environment):
        assert run("key", "ceremony", "open", "rotate-root", "-o", tmp_path / "x").exit_code == terminal.OK
        unseal(run, officers[1:4])
        (tmp_path / "var/root.key").unlink()
        assert healthy(run)
        records.append(held_ceremony(run, tmp_path, officers[:3], "rotate-root"))
        assert healthy(run)
        new = officer_file(tmp_path / "o6.key")
        wish = ("replace-officer", "--leaving", "乙", "--officer", f"己={new}.pub")
        records.append(held_ceremony(run, tmp_path, officers[:3], *wish))
        assert healthy(run)
        fit(run("key", "seal"))
        assert run("key", "unseal", *own(officers[1])).exit_code == terminal.DENIED
        unseal(run, [officers[0], officers[2], new])
        backup = tmp_path / "keys.backup"
        records.append(held_ceremony(run, tmp_path, [officers[0], officers[2], new], "backup", made=backup))
    sql = Sql(environment["YIHAO_DATABASE__URL"])
    with sql.begin() as db:
        for table in (
            "ceremony_evidence",
            "ceremony",
            "root_share",
            "root_key",
            "custodian",
            "key_pair",
            "data_key",
        ):
            db.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - constants
    sql.close()
    with agent(environment, backup.read_bytes()):
        for signer in (officers[0], officers[4], new):
            fit(run("key", "unseal", *own(signer), "--backup", backup))
        signers = [officers[0], officers[4], new]
        records.append(held_ceremony(run, tmp_path, signers, "restore", given=backup))
        assert healthy(run)
    for record in records:
        fit(run("key", "ceremony", "verify", record))
    assert PASSPHRASE not in "".join(record.read_text() for record in records)


def test_a_new_instance_never_has_a_root_key_file(
    run: Run, environment: dict[str, str], tmp_path: Path, officers: list[Path]
) -> None:
    """With keys.root = shares from the start: the first `init` says what is missing, the second makes the keys."""
    environment["YIHAO_KEYS__ROOT"] = "shares"
    first = run("init")
    assert first.exit_code == terminal.USAGE and "ceremony open initialise" in first.stderr
    record = initialise(run, environment, tmp_path, officers)
    fit(run("key", "ceremony", "verify", record))
    with agent(environment):
        unseal(run, officers[2:])
        fit(run("init"))
        assert healthy(run)
    assert not (tmp_path / "var/root.key").exists()


def test_retired_keys_are_destroyed_for_good(
    run: Run, environment: dict[str, str], tmp_path: Path, officers: list[Path]
) -> None:
    """A key pair and a version of a data key, by the rules of their life: the private part is gone, the row stays."""
    fit(run("init"))
    initialise(run, environment, tmp_path, officers)
    sql = Sql(environment["YIHAO_DATABASE__URL"])
    with sql.begin() as db:
        kid = db.execute(text("SELECT kid FROM key_pair WHERE purpose = 'federation'")).scalar()
        old = "state = 'retired', verify_only_at = 1, retired_at = 2, created_at = 1, published_at = 1, activated_at = 1"
        db.execute(text(f"UPDATE key_pair SET {old} WHERE kid = :kid"), {"kid": kid})  # noqa: S608 - constants
        copied = "SELECT 'older', purpose, 0, wrapped, provider, used, 'retired', 1, 1, 1, 1, 2, NULL FROM data_key"
        columns = (
            "id, purpose, version, wrapped, provider, used, state, created_at, published_at, activated_at"
        )
        columns += ", verify_only_at, retired_at, destroyed_at"
        db.execute(text(f"INSERT INTO data_key ({columns}) {copied} WHERE purpose = 'ephemeral'"))
    with agent(environment):
        unseal(run, officers[:3])
        fit(run("init"))
        for target in (f"kid:{kid}", "data:ephemeral:0"):
            record = held_ceremony(run, tmp_path, officers[:3], "destroy", "--target", target)
            fit(run("key", "ceremony", "verify", record))
            assert target in record.read_text()
        assert healthy(run)
    with sql.once() as db:
        pair = db.execute(text("SELECT state, wrapped FROM key_pair WHERE kid = :kid"), {"kid": kid}).one()
        data = db.execute(text("SELECT state, wrapped FROM data_key WHERE id = 'older'")).one()
    sql.close()
    assert tuple(pair) == tuple(data) == ("destroyed", None)


def test_too_few_officers_end_with_five_and_the_proposal(
    run: Run, environment: dict[str, str], tmp_path: Path, officers: list[Path]
) -> None:
    """Two of three signatures carry nothing out: exit code 5, with the statement that waits for a third."""
    fit(run("init"))
    named = [f"{label}={path}.pub" for label, path in zip(LABELS, officers, strict=True)]
    options = [each for name in named for each in ("--officer", name)]
    statement = tmp_path / "statement"
    fit(run("key", "ceremony", "open", "initialise", "--threshold", 3, *options, "-o", statement))
    ceremony_id = agree(run, tmp_path, statement, officers[:2])
    result = run("key", "ceremony", "execute", ceremony_id, "-o", tmp_path / "record")
    assert result.exit_code == terminal.NEEDS_APPROVAL
    assert json.loads(result.stdout) == json.loads(statement.read_text())
    again = next(tmp_path.glob("*o1.evidence"))
    assert run("key", "ceremony", "add-evidence", ceremony_id, again).exit_code == terminal.DENIED
    assert healthy(run)
    agree(run, tmp_path, statement, officers[2:3])
    fit(run("key", "ceremony", "execute", ceremony_id, "-o", tmp_path / "record"))
    shown = json.loads(fit(run("key", "ceremony", "show", ceremony_id, "--json")).stdout)
    assert (shown["state"], len(shown["agreed"])) == ("done", 3)


def test_signing_and_verifying_need_no_instance_and_verifying_no_native_library(
    run: Run,
    environment: dict[str, str],
    tmp_path: Path,
    officers: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An auditor has the record and gmssl, nothing else: any character changed is exit code 6."""
    fit(run("init"))
    record = initialise(run, environment, tmp_path, officers)
    offline = CliRunner()

    def no_engine() -> None:
        raise AssertionError("a native library was asked")

    monkeypatch.setattr(sm2, "engine", no_engine)
    for name in environment:
        monkeypatch.delenv(name, raising=False)
    whole = offline.invoke(main, ["key", "ceremony", "verify", str(record), "--json"])
    assert whole.exit_code == terminal.OK and json.loads(whole.stdout)["ok"]
    content = record.read_text()
    changed = tmp_path / "changed"
    for old, new in (("  甲  ", "  申  "), ('"threshold": 3', '"threshold": 2'), ("cli:", "cli;")):
        assert old in content
        changed.write_text(content.replace(old, new, 1))
        assert (
            offline.invoke(main, ["key", "ceremony", "verify", str(changed)]).exit_code
            == terminal.DIFFERENCES
        )


def test_a_key_made_by_the_command_signs_and_its_file_is_the_owners(tmp_path: Path, run: Run) -> None:
    """`officer new` writes an encrypted key for its owner only and a public key, and overwrites nothing."""
    (tmp_path / "pass").write_text(PASSPHRASE)
    (tmp_path / "pass").chmod(0o600)
    path = tmp_path / "officer.key"
    made = json.loads(
        fit(run("key", "officer", "new", path, "--passphrase-file", tmp_path / "pass", "--json")).stdout
    )
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made["fingerprint"]) == 64 and "PUBLIC KEY" in Path(made["public_key"]).read_text()
    again = run("key", "officer", "new", path, "--passphrase-file", tmp_path / "pass")
    assert again.exit_code == terminal.USAGE
    (tmp_path / "pass").chmod(0o644)
    other = run("key", "officer", "new", tmp_path / "other.key", "--passphrase-file", tmp_path / "pass")
    assert other.exit_code == terminal.USAGE and not (tmp_path / "other.key").exists()


def test_without_an_agent_the_command_says_what_to_do(
    run: Run, environment: dict[str, str], tmp_path: Path, officers: list[Path]
) -> None:
    """No agent: exit code 3 and the way to one; a sealed agent: the way to unseal it."""
    fit(run("init"))
    initialise(run, environment, tmp_path, officers)
    absent = run("worker")
    assert absent.exit_code == terminal.UNREACHABLE and "yihao key agent" in absent.stderr
    with agent(environment):
        sealed = run("worker")
        assert sealed.exit_code == terminal.UNREACHABLE and "yihao key unseal" in sealed.stderr
        status = json.loads(fit(run("key", "agent", "--status", "--json")).stdout)
        assert (status["state"], status["threshold"], status["contributed"]) == ("sealed", 3, 0)
