"""The checkout as the architecture tests see it: paths, texts and syntax trees, never imported code."""

import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("idp", "federation", "adapters", "crypto", "admin")
TOP_FOLDERS = (*PRODUCT, "tests", "specs")
UNTRACKED = frozenset({"var", "build", "dist"})  # as .gitignore has them
HIDDEN_BUT_OURS = frozenset({".ci"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file: `path` relative to the root with slashes, `name` dotted."""

    path: str
    name: str
    is_package: bool
    text: str
    tree: ast.Module


def module_from_text(path: str, text: str) -> Module:
    """Parse `text` as the file that stands at `path`; raises SyntaxError that names the path."""
    parts = PurePosixPath(path).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    return Module(path, name, is_package, text, ast.parse(text, filename=path))


@lru_cache(maxsize=1)
def tracked_paths() -> tuple[str, ...]:
    """Every file that belongs to the checkout, by relative path, sorted, less what .gitignore names."""
    found: list[str] = []
    for folder, subfolders, files in os.walk(ROOT):
        at_root = Path(folder) == ROOT
        subfolders[:] = sorted(name for name in subfolders if _is_ours(name, at_root=at_root))
        found += [(Path(folder) / name).relative_to(ROOT).as_posix() for name in files if name[-4:] != ".pyc"]
    return tuple(sorted(found))


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    """The text of every tracked file that is UTF-8 text, by path."""
    result: dict[str, str] = {}
    for path in tracked_paths():
        data = (ROOT / path).read_bytes()
        if b"\0" in data:
            continue
        try:
            result[path] = data.decode()
        except UnicodeDecodeError:
            continue
    return result


def modules() -> tuple[Module, ...]:
    """Every Python module of the five packages and of tests/ that can be parsed."""
    return _parsed_sources()[0]


def unparsable() -> tuple[str, ...]:
    """`path:line: why` for every source that is not Python."""
    return _parsed_sources()[1]


def product_modules() -> tuple[Module, ...]:
    """The modules of the five packages."""
    return tuple(module for module in modules() if module.path.partition("/")[0] in PRODUCT)


def modules_of_tests() -> tuple[Module, ...]:
    """The modules of tests/."""
    return tuple(module for module in modules() if module.path.startswith("tests/"))


def functions(module: Module) -> Iterator[Function]:
    """Every function and method of `module`, nested ones too."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names and attributes, calls inside it left out; else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def refuse(violations: Sequence[str], rule: str) -> None:
    """Fail the test with every violation under its rule; do nothing when there is none."""
    if violations:
        pytest.fail("\n  ".join([f"{rule} ({len(violations)} broken):", *violations]), pytrace=False)


def wait_for(path: str, reason: str) -> None:
    """Skip only while `path` does not exist in the checkout; from its first day on the test runs."""
    if not (ROOT / path).exists():
        pytest.skip(f"{path} does not exist yet: {reason}")


def _is_ours(name: str, *, at_root: bool) -> bool:
    if name.startswith("."):
        return at_root and name in HIDDEN_BUT_OURS
    return not (name == "__pycache__" or name.endswith(".egg-info") or (at_root and name in UNTRACKED))


@lru_cache(maxsize=1)
def _parsed_sources() -> tuple[tuple[Module, ...], tuple[str, ...]]:
    good: list[Module] = []
    bad: list[str] = []
    for path, text in texts().items():
        if not path.endswith(".py") or path.partition("/")[0] not in (*PRODUCT, "tests"):
            continue
        try:
            good.append(module_from_text(path, text))
        except SyntaxError as error:
            bad.append(f"{path}:{error.lineno}: {error.msg}")
    return tuple(good), tuple(bad)
