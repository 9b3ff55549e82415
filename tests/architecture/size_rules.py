"""Measures of files and functions, and their limits (style.md 6)."""

import ast
from collections.abc import Iterable, Sequence

from tests.architecture.source_tree import Function, Module, functions

FILE_LIMIT, FILE_WISH = 500, 300
FUNCTION_LIMIT, FUNCTION_WISH = 60, 40


def file_lines(module: Module) -> int:
    """The lines of the file."""
    return len(module.text.splitlines())


def function_lines(module: Module) -> list[tuple[str, int, int]]:
    """(name, first line, lines without the docstring) of every function."""
    return [(node.name, node.lineno, _lines(node)) for node in functions(module)]


def oversize(module: Module) -> list[str]:
    """One sentence for the file and each function over its hard limit."""
    found = []
    if file_lines(module) > FILE_LIMIT:
        found.append(
            f"{module.path}:{FILE_LIMIT + 1}: file has {file_lines(module)} lines, at most {FILE_LIMIT}"
        )
    found += [
        f"{module.path}:{line}: function {name} has {count} lines, at most {FUNCTION_LIMIT}"
        for name, line, count in function_lines(module)
        if count > FUNCTION_LIMIT
    ]
    return found


def size_report(modules: Iterable[Module]) -> str:
    """One line: number of files and functions, 95th percentiles, and how many exceed the soft limit."""
    files, counts = [], []
    for module in modules:
        files.append(file_lines(module))
        counts += [count for _, _, count in function_lines(module)]
    return "; ".join(
        f"{len(values)} {what}, p95 {_p95(values)} lines, {sum(value > wish for value in values)} over {wish}"
        for what, values, wish in (("files", files, FILE_WISH), ("functions", counts, FUNCTION_WISH))
    )


def _lines(node: Function) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is None:
        return total
    docstring = node.body[0]
    return total - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def _p95(values: Sequence[int]) -> int:
    return sorted(values)[int(len(values) * 0.95)] if values else 0
