"""specs/standards.toml and the clause marks of the tests say the same (style.md 23).

The table is a list of `[[clause]]` entries with `standard`, `clause`, `status` (implemented, planned or exception),
`module` (dotted) and `tests` (paths, with `::name` where one test is meant); planned ones need no module and no test.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.architecture.source_tree import (
    ROOT,
    Module,
    dotted,
    functions,
    module_from_text,
    modules_of_tests,
    product_modules,
    refuse,
    wait_for,
)

STATUSES = ("implemented", "planned", "exception")
FIELDS = frozenset({"standard", "clause", "status", "module", "tests"})

Marks = Mapping[tuple[str, str], frozenset[str]]


def test_the_table_of_standards_and_the_marks_agree() -> None:
    """Rows point to modules and tests that exist; each mark has a row; each implemented row has a mark."""
    if not (ROOT / "specs/standards.toml").exists():
        wait_for("idp/main.py", "until the parts are composed the table of standards may be missing")
    table = tomllib.loads((ROOT / "specs/standards.toml").read_text(encoding="utf-8"))
    tests = modules_of_tests()
    marks, wrong = clause_marks(tests)
    known = {module.name for module in product_modules()}
    rows: Sequence[Mapping[str, Any]] = table.get("clause", [])
    found = [*wrong, *row_violations(rows, known, names_of_tests(tests)), *mark_violations(rows, marks)]
    refuse(found, "Standards, modules and clause marks agree (specs/standards.toml)")


def test_rows_that_point_nowhere_are_refused() -> None:
    """An unknown status, field, module or test, a repeated row and a missing module are each refused."""
    good = {
        "standard": "RFC 1",
        "clause": "1",
        "status": "implemented",
        "module": "idp.clock",
        "tests": ["tests/a.py"],
    }
    rows: list[Mapping[str, Any]] = [
        good,
        good,
        {**good, "clause": "2", "status": "done", "since": "today"},
        {**good, "clause": "3", "module": "idp.gone"},
        {**good, "clause": "4", "tests": ["tests/b.py", "tests/a.py::test_gone", "tests/a.py::test_here"]},
        {**good, "clause": "5", "status": "exception", "module": "", "tests": []},
        {"standard": "RFC 1", "clause": "6", "status": "planned"},
    ]
    found = row_violations(rows, {"idp.clock"}, {"tests/a.py": {"test_here"}})
    assert found == [
        "RFC 1 1: stands twice",
        "RFC 1 2: unknown field since",
        "RFC 1 2: status 'done' is none of implemented, planned, exception",
        "RFC 1 3: module 'idp.gone' does not exist",
        "RFC 1 4: test tests/b.py does not exist",
        "RFC 1 4: test tests/a.py::test_gone does not exist",
        "RFC 1 5: module '' does not exist",
    ]


def test_marks_without_row_and_rows_without_mark_are_refused() -> None:
    """A mark that no row knows, a planned row that is tested and an implemented row that is not are refused."""
    marked = '@pytest.mark.clause("RFC 1", "1")\ndef test_a(): ...\n\npytestmark = [pytest.mark.clause("RFC 2", "2")]\n'
    marks, wrong = clause_marks(
        [module_from_text("tests/a.py", marked + '\nx = pytest.mark.clause("RFC 3")\n')]
    )
    assert wrong == ["tests/a.py:6: clause takes a document and a clause, both written out"]
    rows: list[Mapping[str, Any]] = [
        {"standard": "RFC 2", "clause": "2", "status": "planned"},
        {"standard": "RFC 3", "clause": "3", "status": "implemented", "tests": ["tests/a.py"]},
    ]
    assert mark_violations(rows, marks) == [
        "RFC 1 1: marked in tests/a.py, but has no row",
        "RFC 2 2: marked in tests/a.py, but its row says planned",
        "RFC 3 3: its row says implemented, but no test is marked with it",
        "RFC 3 3: tests/a.py is named in its row, but holds no such mark",
    ]


def clause_marks(tests: Iterable[Module]) -> tuple[Marks, list[str]]:
    """The test files by (document, clause), and a sentence for every mark that cannot be read."""
    marks: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    wrong = []
    for module in tests:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call) or dotted(node.func) != "pytest.mark.clause":
                continue
            values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if len(values) == 2 and all(isinstance(value, str) for value in values):
                marks[str(values[0]), str(values[1])].add(module.path)
            else:
                wrong.append(
                    f"{module.path}:{node.lineno}: clause takes a document and a clause, both written out"
                )
    return {key: frozenset(paths) for key, paths in marks.items()}, wrong


def names_of_tests(tests: Iterable[Module]) -> dict[str, set[str]]:
    """The names of the functions in each test file, by path."""
    return {module.path: {node.name for node in functions(module)} for module in tests}


def row_violations(
    rows: Iterable[Mapping[str, Any]], known_modules: set[str], known_tests: Mapping[str, set[str]]
) -> list[str]:
    """What is wrong with the rows themselves, in their order."""
    found = []
    seen: set[tuple[Any, Any]] = set()
    for row in rows:
        key = (row.get("standard"), row.get("clause"))
        title = f"{key[0]} {key[1]}"
        if key in seen:
            found.append(f"{title}: stands twice")
        seen.add(key)
        found += [f"{title}: unknown field {name}" for name in sorted(set(row) - FIELDS)]
        if row.get("status") not in STATUSES:
            found.append(f"{title}: status {row.get('status')!r} is none of {', '.join(STATUSES)}")
        if row.get("status") != "planned" and row.get("module") not in known_modules:
            found.append(f"{title}: module {row.get('module')!r} does not exist")
        for test in row.get("tests", []):
            path, _, name = test.partition("::")
            if path not in known_tests or (name and name not in known_tests[path]):
                found.append(f"{title}: test {test} does not exist")
    return found


def mark_violations(rows: Iterable[Mapping[str, Any]], marks: Marks) -> list[str]:
    """Where rows and marks disagree, sorted by document and clause."""
    by_key = {(row.get("standard"), row.get("clause")): row for row in rows}
    found = []
    for key, paths in marks.items():
        status = by_key.get(key, {}).get("status")
        if status in {None, "planned"}:
            complaint = "but its row says planned" if status else "but has no row"
            found.append(f"{key[0]} {key[1]}: marked in {', '.join(sorted(paths))}, {complaint}")
    for (standard, clause), row in by_key.items():
        if row.get("status") != "implemented":
            continue
        marked = marks.get((str(standard), str(clause)), frozenset())
        if not marked:
            found.append(f"{standard} {clause}: its row says implemented, but no test is marked with it")
        named = {test.partition("::")[0] for test in row.get("tests", [])}
        found += [
            f"{standard} {clause}: {path} is named in its row, but holds no such mark"
            for path in sorted(named - marked)
        ]
    return sorted(found, key=lambda line: line.partition(":")[0])
