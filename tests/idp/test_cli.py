"""The command `yihao` as operators and scripts meet it: streams, exit codes, languages, and no value of a person."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from crypto.errors import SelfTestFailed
from crypto.sm import selftest
from idp.cli import main
from idp.commands.helps import EXAMPLES, HELPS
from idp.observe import log
from tests.support.servers import free_port
from tests.support.synthetic import synthetic_id_number, synthetic_mobile

YIHAO = [sys.executable, "-c", "from idp.cli import main; main(prog_name='yihao')"]
REFERENCE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")
PASSWORD = "canary-password"
PERSON = {
    "id_number": synthetic_id_number(7),
    "name": "测试丸",
    "mobile": synthetic_mobile(7),
    "level": 2,
    "password": PASSWORD,
}
CANARIES = ("测试丸", synthetic_id_number(7), synthetic_mobile(7), PASSWORD)

Run = Callable[..., Result]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of an instance in a folder of its own."""
    return {
        "YIHAO_ISSUER": "http://127.0.0.1:8400",
        "YIHAO_PROFILE": "sandbox",
        "YIHAO_DATABASE__URL": f"sqlite:///{tmp_path}/var/yihao.db",
        "YIHAO_KEYS__ROOT_KEY_FILE": str(tmp_path / "var/root.key"),
        "YIHAO_PASSWORDS__MEMORY_KIB": "7168",
        "YIHAO_PASSWORDS__TIME_COST": "1",
        "LC_ALL": "zh_CN.UTF-8",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Iterator[Run]:
    """Runs `yihao` in this process with those settings."""

    def run(*arguments: str, given: str = "", **changes: str | None) -> Result:
        return CliRunner().invoke(main, arguments, input=given, env={**environment, **changes})

    yield run
    log.configure("info")


@pytest.fixture
def ready(run: Run) -> Run:
    """The same, after `yihao init`."""
    assert run("init").exit_code == 0
    return run


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with its path."""
    for name, command in group.commands.items():
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["", *(path for path, _ in commands(main))])
def test_help_begins_with_two_examples_in_the_operators_language(run: Run, path: str, lang: str) -> None:
    """Every command shows two examples first, then says what it does; no key of a word is left standing."""
    result = run("--lang", lang, *path.split(), "--help")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == {"zh": "示例:", "en": "Examples:"}[lang]
    assert [line.strip() for line in lines[1:3]] == list(EXAMPLES[path or "yihao"])
    assert not any(key in result.stdout for key in HELPS if key.startswith("option."))
    words = HELPS[path or "yihao"][["zh", "en"].index(lang)]
    assert words[:6] in result.stdout


def test_init_can_be_repeated(run: Run) -> None:
    """The first run makes everything, the second nothing; the root key is its owner's only and stays the same."""
    first, again = json.loads(run("init", "--json").stdout), json.loads(run("init", "--json").stdout)
    assert (first["made"], first["kept"]) == (["root_key", "tables", "data_keys", "signing_keys"], [])
    assert (again["made"], again["kept"]) == ([], first["made"])
    assert {**first, "made": 0, "kept": 0} == {**again, "made": 0, "kept": 0}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("YIHAO_PASSWORDS__TIME_COST", "canary-value", "passwords.time_cost"),
        ("YIHAO_PASWORDS__TIME_COST", "canary-value", "YIHAO_PASWORDS__TIME_COST"),
        ("YIHAO_WEB", "canary-value", "YIHAO_WEB"),
        ("YIHAO_CONFIG", "canary-value.toml", "YIHAO_CONFIG"),
        ("YIHAO_ISSUER", None, "issuer"),
    ],
)
@pytest.mark.parametrize("command", ["init", "health", "serve", "worker", "migrate"])
def test_a_wrong_setting_is_named_without_its_value(
    run: Run, command: str, name: str, value: str | None, fault: str
) -> None:
    """Exit code 2, the key, what to do next, a reference; nothing on stdout."""
    result = run(command, **{name: value})
    assert result.exit_code == 2
    assert fault in result.stderr
    assert "canary-value" not in result.output
    assert REFERENCE.search(result.stderr)
    assert not result.stdout


def test_a_file_of_settings_that_is_no_toml_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    """The line is said, what stands in it is not."""
    config = tmp_path / "yihao.toml"
    config.write_text('profile = "sandbox"\ncanary value\n')
    result = run("health", YIHAO_CONFIG=str(config))
    assert result.exit_code == 2
    assert "at line 2" in result.stderr
    assert "canary" not in result.output


def test_health_names_the_part_that_is_not_fit(ready: Run, tmp_path: Path) -> None:
    """All parts are listed; another root key spoils the keys and nothing else."""
    fit = ready("health", "--json")
    assert (fit.exit_code, json.loads(fit.stdout)["ok"]) == (0, True)
    assert json.loads(fit.stdout)["engine"].startswith("Botan")
    (tmp_path / "var/root.key").write_text("1f" * 16 + "\n")
    unfit = ready("health", "--json")
    checks = json.loads(unfit.stdout)["checks"]
    assert unfit.exit_code == 1
    assert {name for name, state in checks.items() if state != "ok"} == {"keys"}
    assert checks.keys() == {"selftest", "database", "migrations", "ephemeral", "keys", "device"}


def test_a_database_that_is_away_is_unreachable(run: Run) -> None:
    """Exit code 3 and the advice to run the health check, which itself answers with 1."""
    away = f"postgresql+psycopg://u:canary-secret@127.0.0.1:{free_port()}/none"
    result = run("migrate", YIHAO_DATABASE__URL=away)
    assert result.exit_code == 3
    assert "yihao health" in result.stderr
    health = run("health", "--json", YIHAO_DATABASE__URL=away)
    assert (health.exit_code, json.loads(health.stdout)["checks"]["database"]) == (1, "down")
    assert "canary-secret" not in result.output + health.output


def test_an_instance_that_was_not_prepared_is_refused_in_one_sentence(run: Run) -> None:
    """Serving before init says what to run first."""
    result = run("serve")
    assert result.exit_code == 2
    assert "keys.root_key_file" in result.stderr


def test_serving_is_refused_when_the_self_test_fails(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """GM/T 0028 §7.10: no service with cryptography that answers wrongly."""

    def fail() -> None:
        raise SelfTestFailed("sm2")

    monkeypatch.setattr(selftest, "run", fail)
    result = ready("serve")
    assert result.exit_code == 1
    assert "自检" in result.stderr


def test_a_person_is_added_from_json_and_frozen_and_closed(ready: Run) -> None:
    """The script's way: JSON in, JSON out, ids and states only."""
    added = ready("person", "add", "--from-json", "-", "--json", given=json.dumps(PERSON))
    assert added.exit_code == 0
    person = json.loads(added.stdout)
    assert (person["level"], person["state"]) == (2, "active")
    for verb, state in (("freeze", "frozen"), ("unfreeze", "active"), ("freeze", "frozen")):
        assert json.loads(ready("person", verb, person["id"], "--json").stdout)["state"] == state
    closed = ready("--lang", "en", "person", "close", person["id"], "--yes")
    assert (closed.exit_code, closed.stdout) == (0, f"{person['id']} is now closed\n")
    again = ready("person", "freeze", person["id"])
    assert again.exit_code == 1
    assert "已注销" in again.stderr


@pytest.mark.sec("SEC-33")
def test_no_value_of_a_person_is_on_any_stream(ready: Run, tmp_path: Path) -> None:
    """Added, refused, taken, malformed, imported, at the loudest log level and with a trace: masked forms at most."""
    loud = {"YIHAO_OBSERVE__LOG_LEVEL": "debug"}
    add = ("--debug", "person", "add", "--from-json", "-")
    source = tmp_path / "p.csv"
    line = f"测试丸,{PERSON['id_number']},{PERSON['mobile']},{PASSWORD}"
    source.write_text(f'姓名,证件号码,手机号,初始密码\n{line}\n{line}\n{line},\n{line}9,8\n"{line}\n')
    results = [
        ready(*add, given=json.dumps(PERSON), **loud),
        ready(*add, given=json.dumps(PERSON), **loud),
        ready(*add, given=json.dumps({**PERSON, "id_number": synthetic_id_number(8)}), **loud),
        ready(
            *add, given=json.dumps({**PERSON, "mobile": f"{PERSON['mobile']}0", "name": "测试丸9"}), **loud
        ),
        ready(*add, given=json.dumps({**PERSON, PASSWORD: 1}), **loud),
        ready(*add, given=json.dumps(PERSON)[:-1], **loud),
        ready("--debug", "person", "import", str(source), "--report", str(tmp_path / "bad.csv"), **loud),
        ready("--debug", "person", "import", str(source), "--dry-run", "--json", **loud),
    ]
    assert [result.exit_code for result in results] == [0, *[1] * 7]
    assert "测*" in results[0].stdout
    for result in results:
        assert not any(canary in result.output for canary in CANARIES), result.output


@pytest.mark.parametrize(
    "given",
    [
        "",
        "[]",
        "{}",
        '{"id_number": 1, "name": "x"}',
        '{"id_number": "1", "name": "x", "level": true}',
        "{" * 99,
    ],
)
def test_malformed_json_is_refused(ready: Run, given: str) -> None:
    """Only one object with known keys of the right types is a person."""
    result = ready("person", "add", "--from-json", "-", given=given)
    assert result.exit_code == 1
    assert "id_number" in result.stderr


def test_nothing_is_asked_without_a_terminal(ready: Run) -> None:
    """A script that forgot its input fails at once with the way to give it, instead of hanging."""
    assert ready("person", "add").exit_code == 2
    closing = ready("person", "close", "some-id")
    assert closing.exit_code == 2
    assert "--yes" in closing.stderr


def test_an_import_reports_on_stderr_and_counts_on_stdout(ready: Run, tmp_path: Path) -> None:
    """A dry run first, then the run; progress goes by tenths on a pipe, and the bad row is in the error file."""
    source, bad = tmp_path / "p.csv", tmp_path / "bad.csv"
    rows = [f"测试,{synthetic_id_number(number)}" for number in range(1, 4)]
    source.write_text("\n".join(["姓名,证件号码", *rows, "坏,1"]) + "\n", "gb18030")
    dry = ready("person", "import", str(source), "--dry-run", "--json")
    real = ready("person", "import", str(source), "--report", str(bad))
    assert (dry.exit_code, real.exit_code) == (1, 1)
    counted = json.loads(dry.stdout)
    assert (counted["added"], counted["unchanged"], counted["refused"], counted["dry_run"]) == (3, 0, 1, True)
    assert counted["problems"][0]["code"] == "id.format"
    assert real.stdout == "新增 3 · 不变 0 · 错误 1\n"
    assert "gb18030" in real.stderr
    assert "100%" in real.stderr
    assert str(bad) in real.stderr
    assert json.loads(ready("person", "import", str(source), "--json").stdout)["unchanged"] == 3


def test_a_clean_import_ends_with_zero(ready: Run, tmp_path: Path) -> None:
    """Scripts can rely on the exit code."""
    source = tmp_path / "p.csv"
    source.write_text(f"name,id_number\nAda Sample,{synthetic_id_number(1)}\n")
    assert ready("person", "import", str(source)).exit_code == 0


def test_usage_errors_end_with_two(run: Run, tmp_path: Path) -> None:
    """An unknown verb, a missing file, a wrong port."""
    for arguments in (
        ["persons"],
        ["person", "import", str(tmp_path / "none.csv")],
        ["serve", "--port", "0"],
    ):
        assert run(*arguments).exit_code == 2


def started(arguments: list[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """A real `yihao` process."""
    whole = {**os.environ, **environment, "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(
        [*YIHAO, "--lang", "en", *arguments],
        env=whole,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def until_answered(process: subprocess.Popen[str], url: str) -> dict[str, object]:
    """The JSON at `url`, once the process answers."""
    for _ in range(300):
        assert process.poll() is None, process.communicate()
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found: dict[str, object] = json.load(answer)
                return found
        except OSError:
            time.sleep(0.1)
    raise AssertionError("never answered")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serving_and_a_clean_stop(ready: Run, environment: dict[str, str], workers: str) -> None:
    """The server answers, refuses a second one on its port, and SIGTERM ends it with 0 and nobody listening."""
    port = free_port()
    process = started(["serve", "--port", str(port), "--workers", workers], environment)
    try:
        assert until_answered(process, f"http://127.0.0.1:{port}/health/ready")["status"] == "ok"
        second = ready("serve", "--port", str(port))
        assert second.exit_code == 1
        assert f"127.0.0.1:{port}" in second.stderr
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert f"Serving at http://127.0.0.1:{port}" in err
    assert "Stopped" in err
    assert "Traceback" not in out + err
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_an_import_stopped_by_ctrl_c_goes_on_by_the_same_command(
    ready: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    """Ctrl-C finishes the batch in hand and says how to go on; the second run adds exactly the rest."""
    source, total = tmp_path / "p.csv", 20_000
    rows = (synthetic_id_number(n % 1000, region=f"14{n // 1000:02d}99") for n in range(total))
    source.write_text("name,id_number\n" + "".join(f"Ada Sample,{number}\n" for number in rows))
    process = started(["person", "import", str(source), "--json"], environment)
    try:
        assert process.stderr is not None
        while "10% read" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    stopped = json.loads(out)
    assert (process.returncode, stopped["stopped"], stopped["added"] % 1000) == (1, True, 0), err
    assert 0 < stopped["added"] < total
    assert "Run the same command to go on" in err
    rest = json.loads(ready("person", "import", str(source), "--json").stdout)
    assert (rest["added"], rest["unchanged"]) == (total, 0)
    assert rest["resumed_after"] == stopped["added"] + 1


def test_the_worker_ends_at_sigterm(ready: Run, environment: dict[str, str]) -> None:
    """The worker names its jobs on stderr and stops cleanly."""
    process = started(["worker"], environment)
    try:
        assert process.stderr is not None
        assert "Worker started: backchannel_logout" in "".join(process.stderr.readline() for _ in range(2))
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, "Worker stopped" in err) == (0, True), err
