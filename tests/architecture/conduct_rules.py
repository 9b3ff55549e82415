"""Rules of conduct for texts and tests: what no tracked file may hold and what no test may do."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch

from tests.architecture.source_tree import Function, Module, dotted, functions

MAY_PRINT = ("idp/cli.py", "*/commands*")

# Each pattern is written so that this file does not match itself.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?:(?<![\w./-])|(?<=file://))/(?:(?:work|root)(?![\w-])|home/\w+)")
REGISTRY_HOST = re.compile(
    r"(?:pypi\.o" r"rg|pythonhosted\.o" r"rg|registry\.npmjs\.o" r"rg|npmmirror\.c" r"om|docker\.i" r"o|ghcr\.i" r"o"
    r"|quay\.i" r"o|(?:deb|security)\.debian\.o" r"rg|proxy\.golang\.o" r"rg|//mirrors?\.[\w.-]+)"
)  # fmt: skip
INDEX_OPTION = re.compile(r"^\s*--(?:index-url|extra-index-url|find-links|trusted-host)\b", re.MULTILINE)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE K" r"EY-----")

CLOCKS = frozenset(
    {"time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns", "now", "utcnow"}
)


def matches(pattern: re.Pattern[str], path: str, text: str) -> list[str]:
    """`path:line: what was found` for every place where `text` matches."""
    return [
        f"{path}:{text.count(chr(10), 0, m.start()) + 1}: {m.group().strip()}" for m in pattern.finditer(text)
    ]


def prints(module: Module) -> list[str]:
    """Every call of print, unless the module is part of the command line."""
    if any(fnmatch(module.path, allowed) for allowed in MAY_PRINT):
        return []
    return [
        f"{module.path}:{node.lineno}: print(…)"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def tests_without_sentence(module: Module) -> list[str]:
    """Every test function of a test file whose docstring is missing or does not begin with a sentence."""
    if not module.path.rpartition("/")[2].startswith("test_"):
        return []
    return [
        f"{module.path}:{node.lineno}: {node.name}"
        for node in _collected(module.tree)
        if not ((ast.get_docstring(node) or "").partition("\n\n")[0].endswith((".", "?", "!", "。")))
    ]


def long_sleeps(module: Module) -> list[str]:
    """Every sleep of more than one second by a written-out number."""
    return [
        f"{module.path}:{node.lineno}: sleeps {ast.unparse(node.args[0])} s"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] == "sleep" and node.args
        if _number(node.args[0]) > 1
    ]


def asserts_on_elapsed_time(module: Module) -> list[str]:
    """Every assert that compares a difference of two readings of a clock: it fails on a busy machine."""
    return [
        f"{module.path}:{node.lineno}: {ast.unparse(node.test)}"
        for function in functions(module)
        for node in _elapsed_asserts(function)
    ]


def _collected(tree: ast.Module) -> Iterator[Function]:
    """The functions that pytest collects: at the top and in classes named Test…, never nested in a function."""
    bodies = [
        tree.body,
        *(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name[:4] == "Test"),
    ]
    for body in bodies:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield node


def _number(node: ast.expr) -> float:
    """The value of a number or a product or sum of numbers; 0 for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
        left, right = _number(node.left), _number(node.right)
        return left * right if isinstance(node.op, ast.Mult) else left + right
    return 0.0


def _elapsed_asserts(function: Function) -> list[ast.Assert]:
    readings: set[str] = set()
    spans: set[str] = set()
    assignments = [
        (node.targets[0].id, node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    for _ in assignments:  # as many rounds as the longest chain of names can need
        for name, value in assignments:
            if _holds_span(value, readings, spans):
                spans.add(name)
            elif _reads_clock(value, readings):
                readings.add(name)
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Assert)
        and any(
            _holds_span(part, readings, spans)
            for part in ast.walk(node.test)
            if isinstance(part, ast.Compare)
        )
    ]


def _reads_clock(node: ast.expr, readings: set[str]) -> bool:
    """Whether the value is a clock's reading itself: the call, a name for it, or one of these made int or shifted."""
    if isinstance(node, ast.Call):
        called = dotted(node.func).split(".")
        if called[-1] in CLOCKS and called[0] in {"time", "datetime", *CLOCKS}:
            return True
        return called[-1] in {"int", "round", "float"} and any(
            _reads_clock(part, readings) for part in node.args
        )
    return isinstance(node, ast.Name) and node.id in readings


def _holds_span(node: ast.expr, readings: set[str], spans: set[str]) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in spans:
            return True
        is_difference = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub)
        if is_difference and all(
            _reads_clock(side, readings) for side in ast.iter_child_nodes(part) if isinstance(side, ast.expr)
        ):
            return True
    return False
