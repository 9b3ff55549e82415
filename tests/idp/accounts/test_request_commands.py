"""`yihao request`: officers see what waits, read it on the record, and answer once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from idp.accounts.models import RequestKind
from idp.accounts.requests.service import Fault
from idp.audit.event import Place
from idp.cli import main
from tests.support.provider import Provider, SqliteTemplate

WORDS = "名字第二个字写错了"
Run = Callable[..., Result]


@pytest.fixture
def provider_on_file(sqlite_template: SqliteTemplate, tmp_path: Path) -> Provider:
    """A provider on files that the command opens too; it is closed here."""
    made = Provider(sqlite_template.copy(tmp_path))
    made.close()
    return made


@pytest.fixture
def number(provider_on_file: Provider) -> str:
    """The number of a correction that waits."""
    provider = Provider(provider_on_file.environment)
    person = provider.make.person()
    with provider.sql.begin() as db:
        made = provider.services.requests.ask(
            db, person.id, RequestKind.CORRECTION, "name", WORDS, Place("192.0.2.0/24", "test")
        )
    provider.close()
    assert not isinstance(made, Fault)
    return made.number


@pytest.fixture
def run(provider_on_file: Provider) -> Run:
    """Runs `yihao request`."""
    environment = {**provider_on_file.environment, "LC_ALL": "zh_CN.UTF-8"}
    return lambda *words, given="": CliRunner().invoke(
        main, ["request", *words], env=environment, input=given
    )


def test_what_waits_is_listed_without_words_and_read_on_the_record(
    run: Run, number: str, provider_on_file: Provider
) -> None:
    """The list has codes only; showing the words is an event."""
    listed = run("list", "--json")
    (one,) = json.loads(listed.stdout)["requests"]
    assert (one["number"], one["kind"], one["about"]) == (number, "correction", "name")
    assert WORDS not in listed.output and WORDS not in run("list").output
    assert json.loads(run("show", number, "--json").stdout)["words"] == WORDS
    provider = Provider(provider_on_file.environment)
    (event,) = provider.events("person.request_read")
    provider.close()
    assert number in str(event.details) and WORDS not in str(event)


def test_an_answer_is_given_once_and_sealed(run: Run, number: str, provider_on_file: Provider) -> None:
    """From a file or standard input, never as an argument; a second one changes nothing."""
    assert "答复为空" in run("answer", number, "--from", "-", given="  ").output
    assert "答复为空" in run("answer", number, "--from", "-", given="字" * 501).output
    done = run("answer", number, "--from", "-", given="已更正\n")
    assert done.exit_code == 0 and number in done.output
    again = run("answer", number, "--from", "-", given="别的答复")
    assert again.exit_code == 1 and "已经答复过" in again.output
    assert json.loads(run("show", number, "--json").stdout)["answer"] == "已更正"
    assert json.loads(run("list", "--json").stdout)["requests"] == []
    provider = Provider(provider_on_file.environment)
    with provider.sql.once() as db:
        kept = bytes(db.execute(text("SELECT answer FROM person_request")).scalar_one())
    provider.close()
    assert "已更正".encode() not in kept


def test_an_unknown_number_is_said(run: Run) -> None:
    """Shown or answered."""
    for words in (("show", "AAAA-AAAA"), ("answer", "AAAA-AAAA", "--from", "-")):
        done = run(*words, given="已更正")
        assert done.exit_code == 1 and "没有这个编号" in done.output
