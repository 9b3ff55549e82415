"""Finds comparisons of secrets by an operator, whose time tells how much of a guess was right."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("idp", "federation", "adapters", "crypto", "admin")
_SECRET = re.compile(
    r"(?:^|_)(?:secret|digest|mac|password|csrf|signature|token|cookie|verifier|challenge)s?$"
)


def in_product() -> list[str]:
    """Every bare comparison in the five packages."""
    paths = [path for folder in PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(paths) > 100, "the packages are not where this looks"
    return [
        found
        for path in paths
        for found in bare_comparisons(path.relative_to(ROOT).as_posix(), path.read_text())
    ]


def bare_comparisons(path: str, source: str) -> list[str]:
    """`path:line: source` of every `==` and `!=` between values of which one is named like a secret.

    A literal, a name in capitals and a column of a table (which the database compares by its index) tell nothing.
    """
    return [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        and any(_SECRET.search(_last_name(side)) for side in (node.left, *node.comparators))
        and not any(_is_open(side) for side in (node.left, *node.comparators))
    ]


def _last_name(side: ast.expr) -> str:
    if isinstance(side, ast.Attribute):
        return side.attr
    return side.id if isinstance(side, ast.Name) else ""


def _is_open(side: ast.expr) -> bool:
    return isinstance(side, ast.Constant) or _last_name(side).isupper() or _is_column(side)


def _is_column(side: ast.expr) -> bool:
    """Whether this is `table.c.name` or `table.c[name]`."""
    is_of_columns = isinstance(side, ast.Attribute | ast.Subscript) and isinstance(side.value, ast.Attribute)
    return is_of_columns and side.value.attr == "c"
