"""Conduct: nothing unfinished, private or bound to one machine in any file, and tests that hold anywhere."""

import re
from fnmatch import fnmatch

import pytest

from tests.architecture import conduct_rules as rules
from tests.architecture.source_tree import (
    ROOT,
    module_from_text,
    modules_of_tests,
    product_modules,
    refuse,
    texts,
    tracked_paths,
    unparsable,
)

VECTORS = "tests/vectors/"


def test_every_source_is_python() -> None:
    """Every source file of the packages and of the tests can be parsed, else the other rules would pass it by."""
    refuse(unparsable(), "Sources are Python")


def test_nothing_is_left_for_later() -> None:
    """No file holds a mark of unfinished work; published vectors are taken as they are."""
    found = [
        line
        for path, text in texts().items()
        if not path.startswith(VECTORS) and path != "requirements.lock"
        for line in rules.matches(rules.UNFINISHED, path, text)
    ]
    refuse(found, "No mark of unfinished work")


def test_only_the_command_line_prints() -> None:
    """The product writes to its log and its answers; print belongs to the command line."""
    refuse(
        [line for module in product_modules() for line in rules.prints(module)],
        "print only in idp/cli.py and commands",
    )


def test_no_file_names_a_machine_path_or_a_registry() -> None:
    """The checkout works from any place and with any package index."""
    found = [
        line
        for path, text in texts().items()
        for pattern in (rules.MACHINE_PATH, rules.REGISTRY_HOST, rules.INDEX_OPTION)
        for line in rules.matches(pattern, path, text)
    ]
    refuse(found, "No machine path, registry host or index option")


def test_no_file_holds_a_private_key() -> None:
    """A private key in PEM stands only in a published vector that tests/vectors/SOURCES.md names."""
    sources = sources_of_vectors()
    found = [
        line
        for path, text in texts().items()
        if not (path.startswith(VECTORS) and is_named(path, sources))
        for line in rules.matches(rules.PRIVATE_KEY, path, text)
    ]
    refuse(found, "No private key")


def test_every_vector_has_its_source() -> None:
    """Each file of vectors is named, by itself or by a pattern, in tests/vectors/SOURCES.md (style.md 25)."""
    sources = sources_of_vectors()
    vectors = [
        path for path in tracked_paths() if path.startswith(VECTORS) and path != VECTORS + "SOURCES.md"
    ]
    refuse([path for path in vectors if not is_named(path, sources)], "Vectors have a line in SOURCES.md")


def test_every_test_says_what_it_holds() -> None:
    """The first line of each test is a sentence (style.md 22)."""
    found = [line for module in modules_of_tests() for line in rules.tests_without_sentence(module)]
    refuse(found, "The first line of each test is a one-sentence docstring")


def test_no_test_waits_long_or_measures_the_wall_clock() -> None:
    """No test sleeps more than a second or asserts on elapsed time, which fails on a busy machine."""
    found = [
        line
        for module in modules_of_tests()
        for line in (*rules.long_sleeps(module), *rules.asserts_on_elapsed_time(module))
    ]
    refuse(
        found,
        "No long sleep, no assert on elapsed wall-clock time; use a fixed Clock, or wait with a time-out",
    )


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (rules.UNFINISHED, "x = 1  # TO" + "DO later"),
        (rules.MACHINE_PATH, 'open("/wo' + 'rk/main/x")'),
        (rules.MACHINE_PATH, "cd /ro" + "ot"),
        (rules.MACHINE_PATH, "see /ho" + "me/somebody/notes"),
        (rules.MACHINE_PATH, "file:///wo" + "rk"),
        (rules.REGISTRY_HOST, "https://py" + "pi.o" + "rg/simple"),
        (rules.REGISTRY_HOST, "https://mirr" + "ors.example.edu/debian"),
        (rules.INDEX_OPTION, "--index" + "-url https://packages.example"),
        (rules.PRIVATE_KEY, "-----BEGIN EC PRIVATE " + "KEY-----"),
    ],
)
def test_a_forbidden_text_is_found_with_its_line(pattern: re.Pattern[str], text: str) -> None:
    """Each forbidden text is found on its own line."""
    assert [line.split(": ")[0] for line in rules.matches(pattern, "a.txt", f"fine\n{text}\n")] == ["a.txt:2"]


@pytest.mark.parametrize(
    "text", ["/homepage", "network/work/flow", "/home", "the root /oauth/token", "homework", "/workflow"]
)
def test_an_address_of_the_product_is_no_machine_path(text: str) -> None:
    """Words and addresses that only look alike pass."""
    assert rules.matches(rules.MACHINE_PATH, "a.txt", text) == []


def test_bad_tests_are_found() -> None:
    """A test without sentence, a long sleep, and an assert on elapsed time in three disguises are found."""
    text = """
def test_silent():
    time.sleep(2 * 1)
    start = time.perf_counter()
    assert time.perf_counter() - start < 5
    took = int(time.monotonic()) - start
    rate = 100 / took
    assert rate > 3

class TestMore:
    def test_half(self):
        "no sentence"
"""
    module = module_from_text("tests/test_x.py", text)
    places = [
        rules.tests_without_sentence(module),
        rules.long_sleeps(module),
        rules.asserts_on_elapsed_time(module),
    ]
    assert [[int(line.split(":")[1]) for line in lines] for lines in places] == [[2, 11], [3], [5, 8]]


def test_good_tests_are_left_alone() -> None:
    """A short sleep, a comparison with the present and a helper inside a test pass."""
    text = '''
def test_fine():
    """It holds."""
    def test_inner(): ...
    time.sleep(0.05)
    now = time.time()
    assert token["exp"] > now
    assert deadline - margin < 3
'''
    module = module_from_text("tests/test_x.py", text)
    assert rules.tests_without_sentence(module) == []
    assert rules.long_sleeps(module) == []
    assert rules.asserts_on_elapsed_time(module) == []


def sources_of_vectors() -> frozenset[str]:
    """The words of tests/vectors/SOURCES.md that may name a file; none while there is no such page."""
    page = ROOT / VECTORS / "SOURCES.md"
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return frozenset(
        word.strip("`*,.;:()[]|") if "*" not in word else word.strip("`,;:()[]|") for word in text.split()
    )


def is_named(path: str, words: frozenset[str]) -> bool:
    """Whether one of the words is the file's path below tests/vectors/, its whole path, or a pattern for it."""
    below = path.removeprefix(VECTORS)
    return any(fnmatch(below, word) or word == path for word in words if "/" in word or "." in word)
