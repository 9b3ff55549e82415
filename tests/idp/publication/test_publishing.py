"""The daily publication: whole, in order, signed, chained, and made once however many make it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from idp.clock import CHINA, instant
from idp.organisations import importing_file
from idp.organisations.commands_import import import_of
from idp.publication import service, store
from idp.publication.statement import FIRST, check, previous_of
from idp.publication.store import Publication
from tests.support.at_once import at_once
from tests.support.converting import converted, number, org_code, registered
from tests.support.importing import read_in
from tests.support.provider import Provider
from tests.support.raw import ask
from tests.support.synthetic import synthetic_uscc


def to_ten_past_midnight(provider: Provider, days: int = 1) -> None:
    """Let it be ten past midnight in China, so many days on."""
    now = instant(provider.clock).astimezone(CHINA)
    midnight = datetime.combine(now.date() + timedelta(days=days), datetime.min.time(), CHINA)
    provider.clock.advance((midnight + timedelta(minutes=10) - now).total_seconds())


def published(provider: Provider) -> list[Publication]:
    """Every publication, in order."""
    with provider.sql.once() as db:
        return store.list_after(db, 0, 99)


def content(provider: Provider, number_: int) -> bytes:
    """The file, as everybody gets it."""
    answer = ask(provider, "GET", f"/publications/feed?number={number_}")
    assert answer.status == 200 and "immutable" in (answer.one("Cache-Control") or "")
    return answer.body


def keys(provider: Provider) -> list[dict[str, Any]]:
    """The keys, as everybody gets them."""
    return list(orjson.loads(ask(provider, "GET", "/publications/keys").body)["keys"])


def test_a_day_is_published_once_it_is_over(any_provider: Provider, tmp_path: Path) -> None:
    """New codes and converted ones, in order; the file checks with the published keys; sole traders' names are masked."""
    registered(any_provider, tmp_path, (1, "甲公司", number(1)), (2, "乙公司", ""))
    converted(any_provider, tmp_path / "o.csv", f"乙公司,{org_code(2)},,,")
    publications = any_provider.services.people.publications
    assert publications.run() == 0, "the day is not over"
    to_ten_past_midnight(any_provider)
    assert publications.run() == 1 and publications.run() == 0
    file = content(any_provider, 1)
    *lines, last = map(orjson.loads, file.splitlines())
    assert [(line["kind"], line["uscc"]) for line in lines] == [
        ("new", synthetic_uscc(1)),
        ("new", synthetic_uscc(2)),
        ("converted", synthetic_uscc(2)),
    ]
    assert lines[2]["old"] == [{"kind": "organisation_code", "value": org_code(2)}] and set(last) == {
        "statement"
    }
    now = any_provider.clock.timestamp()
    statement = check(file, keys(any_provider), any_provider.issuer, now)
    assert statement is not None and (statement.number, statement.part, statement.count) == (1, 1, 3)
    page = ask(any_provider, "GET", "/publications/one?number=1").text
    assert synthetic_uscc(2) in page and org_code(2) in page
    assert f"number={statement.number}" in ask(any_provider, "GET", "/publications").text
    assert [event.object for event in any_provider.events("publication.made")] == ["publication:1"]


def test_days_follow_one_another_without_a_gap(any_provider: Provider, tmp_path: Path) -> None:
    """A day without a change has an empty file; each statement names the one before; late changes come with the next."""
    registered(any_provider, tmp_path, (1, "甲公司", ""))
    to_ten_past_midnight(any_provider, 3)
    assert any_provider.services.people.publications.run() == 3
    registered(any_provider, tmp_path, (2, "乙公司", ""))
    to_ten_past_midnight(any_provider)
    assert any_provider.services.people.publications.run() == 1
    made = published(any_provider)
    assert [one.count for one in made] == [1, 0, 0, 1]
    days = [datetime.fromisoformat(one.day) for one in made]
    assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * 3
    previous = FIRST
    for one in made:
        statement = check(
            content(any_provider, one.number),
            keys(any_provider),
            any_provider.issuer,
            any_provider.clock.timestamp(),
        )
        assert statement is not None and statement.previous == previous
        previous = previous_of(one.signed)


def test_a_long_day_has_several_parts(
    any_provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every change is in just one of them; a part that is just full is followed by an empty one."""
    monkeypatch.setattr(service, "IN_A_FILE", 2)
    registered(any_provider, tmp_path, *((serial, f"公司{serial}", "") for serial in range(1, 5)))
    to_ten_past_midnight(any_provider)
    assert any_provider.services.people.publications.run() == 3
    assert [(one.part, one.count) for one in published(any_provider)] == [(1, 2), (2, 2), (3, 0)]
    told = [orjson.loads(line) for n in (1, 2) for line in content(any_provider, n).splitlines()[:-1]]
    assert [line["uscc"] for line in told] == [synthetic_uscc(serial) for serial in range(1, 5)]


def test_two_workers_publish_a_day_once(any_provider: Provider, tmp_path: Path) -> None:
    """Racing workers make one file between them, and lose no change."""
    registered(any_provider, tmp_path, (1, "甲公司", ""), (2, "乙公司", ""))
    to_ten_past_midnight(any_provider)
    made = at_once([any_provider.services.people.publications.run] * 4)
    assert sum(made) == 1 and [one.count for one in published(any_provider)] == [2]


def test_a_file_that_was_touched_does_not_hold(provider: Provider, tmp_path: Path) -> None:
    """A line altered, left out, doubled or exchanged, another issuer, another key, and nonsense."""
    registered(provider, tmp_path, (1, "甲公司", ""), (2, "乙公司", ""))
    to_ten_past_midnight(provider)
    provider.services.people.publications.run()
    file, good, now = content(provider, 1), keys(provider), provider.clock.timestamp()
    lines = file.splitlines(keepends=True)
    touched = [
        file.replace("甲".encode(), "丁".encode()),
        b"".join(lines[1:]),
        lines[0] + file,
        b"".join([lines[1], lines[0], *lines[2:]]),
        b"".join(lines[:-1]),
        file.replace(b"\n", b"\r\n"),
        b"",
        b"\xff\xfe",
        b'{"statement": 5}\n',
    ]
    assert check(file, good, provider.issuer, now) is not None
    assert [check(one, good, provider.issuer, now) for one in touched] == [None] * len(touched)
    assert check(file, good, "https://evil.test", now) is None
    assert check(file, [], provider.issuer, now) is None


def test_sole_traders_are_masked(provider: Provider, tmp_path: Path) -> None:
    """Their name may be a person's: one character of it is published."""
    path = tmp_path / "register.csv"
    registered(provider, tmp_path, (1, "甲公司", ""))
    path.write_text(
        path.read_text("utf-8")
        .replace(synthetic_uscc(1), synthetic_uscc(1, "92"))
        .replace("甲公司", "王小明"),
        "utf-8",
    )
    read_in(provider, importing_file.opened, import_of(provider.services), path)
    to_ten_past_midnight(provider)
    provider.services.people.publications.run()
    assert (
        "小明" not in content(provider, 1).decode() + ask(provider, "GET", "/publications/one?number=1").text
    )


def test_what_is_not_there_is_missing(provider: Provider) -> None:
    """Numbers that no publication has, and none at all."""
    for path in ("/publications/one", "/publications/feed"):
        for query in ("", "?number=9", "?number=-1", "?number=x", "?number=99999999999999999999"):
            assert ask(provider, "GET", path + query).status == 404
    assert orjson.loads(ask(provider, "GET", "/publications/index").body) == {"publications": []}
    assert instant(provider.clock).tzinfo is UTC
