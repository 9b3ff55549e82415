"""`yihao org convert` over many old records on PostgreSQL, by state: `python -m tests.bench.converting --rows 1000000`."""

import os
import resource
import subprocess
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

import click
import orjson

from tests.bench.importing import YIHAO, Figures, _environment, _postgresql
from tests.support.synthetic import (
    synthetic_id_number,
    with_organisation_check,
    with_registration_check,
    with_uscc_check,
)

BY_CODE, BY_NAME, BAD, SEVERAL, SECOND, UNKNOWN, RENAMED = range(7)
KINDS = (*[BY_CODE] * 10, *[BY_NAME] * 5, BAD, SEVERAL, SECOND, UNKNOWN, RENAMED)
"""What each twentieth row is."""


@click.command("python -m tests.bench.converting")
@click.option("--rows", type=click.IntRange(20, 9_000_000), default=100_000, show_default=True)
def main(rows: int) -> None:
    """Import a directory, then convert old records of it; the register is not asked."""
    with _postgresql() as (postgres, root):
        environment = _environment(postgres, root, "converting")
        directory = _directory(root / "register.csv", rows)
        _, imported = _run(environment, "import", directory, "added")
        source = _old_records(root / "old.csv", rows)
        told, converted = _run(environment, "convert", source, "added")
        again, repeated = _run(environment, "convert", source, "unchanged")
    click.echo(
        orjson.dumps(
            {
                "import": asdict(imported),
                "convert": {**asdict(converted), "states": told["states"]},
                "again": {**asdict(repeated), "states": again["states"]},
            },
            option=orjson.OPT_INDENT_2,
        )
    )


def _uscc(n: int) -> str:
    return with_uscc_check(f"91140199{with_organisation_check(f'M{n:07d}')}")


def _code(n: int) -> str:
    return _uscc(n)[8:17]


def _number(n: int) -> str:
    return with_registration_check(f"1401{n:010d}")


def _directory(path: Path, rows: int) -> Path:
    person = synthetic_id_number(1)
    with path.open("w", encoding="utf-8") as out:
        out.write("统一社会信用代码,名称,登记状态,法定代表人,法定代表人证件号码,注册号\n")
        for n in range(rows):
            if KINDS[n % 20] not in {BAD, UNKNOWN}:
                number = _number(n) if KINDS[n % 20] in {BY_CODE, SECOND} else ""
                out.write(f"{_uscc(n)},测试公司{n},存续,测试人,{person},{number}\n")
    return path


def _old_records(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as out:
        out.write("名称,组织机构代码,注册号,纳税人识别号,统一社会信用代码\n")
        for n in range(rows):
            out.write(_old_record(n, rows) + "\n")
    return path


def _old_record(n: int, rows: int) -> str:
    name, code = f"测试公司{n}", _code(n)
    # The code of one that is ambiguous, and the registration number of the next of those that have one.
    another = _number((n // 20 + 1) * 20 % rows)
    records = {
        BY_CODE: f"{name},{code},{_number(n)},140199{code},",
        BY_NAME: f"{name},{code},,,",
        BAD: f"{name},{code[:-1]}{'0' if code[-1] != '0' else '1'},,,",
        SEVERAL: f"{name},{code},{another},,",
        SECOND: f"{name},,{_number(rows + n)},,{_uscc(n)}",
        UNKNOWN: f"{name},,{_number(2 * rows + n)},,",
        RENAMED: f"从前的名称{n},{code},,,",
    }
    return records[KINDS[n % 20]]


def _run(
    environment: dict[str, str], verb: str, source: Path, counted: str
) -> tuple[dict[str, dict[str, int]], Figures]:
    """The command in a process of its own, with what it told."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = perf_counter()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}
    command = [*YIHAO, "org", verb, str(source), "--json"]
    ended = subprocess.run(command, env=inherited | environment, capture_output=True, check=False)
    seconds = perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode not in {0, 1}:
        raise click.ClickException(ended.stderr.decode(errors="replace")[-2000:])
    told = orjson.loads(ended.stdout)
    rows = sum(told[name] for name in ("added", "changed", "unchanged", "refused"))
    if not told[counted]:
        raise click.ClickException(f"nothing {counted}: {ended.stdout[:500]!r}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return told, Figures(rows, round(rows / seconds), round(rows / cpu), after.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
