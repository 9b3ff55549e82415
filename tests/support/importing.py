"""Files imported into a provider, as the commands do it."""

from pathlib import Path
from typing import Any

from idp.audit.event import Place
from idp.importing.engine import Engine
from idp.importing.port import Importing, ImportRun
from idp.importing.report import ImportReport, error_file
from tests.support.provider import Provider

ACTOR = "cli:test"
PLACE = Place("console", "TEST-REFS")


def read_in(
    provider: Provider,
    opened: Any,
    what: Importing[Any, Any],
    source: Path,
    *,
    is_dry: bool = False,
    bad: Path | None = None,
) -> ImportReport:
    """Import a file; `opened` opens it, `what` says what its rows are."""
    report = ImportReport()
    run = ImportRun(ACTOR, PLACE, is_dry, lambda: False, lambda _line: None)
    services = provider.services
    with opened(source) as file, error_file(bad, source, what.vocabulary) as out:
        Engine(services.sql, services.clock, services.audit, what).run(file, run, report, out)
    return report


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Added, changed, unchanged, refused."""
    return report.added, report.changed, report.unchanged, report.refused


def codes(report: ImportReport) -> list[tuple[int, str, str]]:
    """Line, field and code of every problem."""
    return [(each.line, each.problem.field, each.problem.code) for each in report.problems]
