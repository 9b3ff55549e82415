"""Sizes: files and functions stay small enough to be read in one go (style.md 6)."""

from tests.architecture.size_rules import FILE_LIMIT, FUNCTION_LIMIT, function_lines, oversize
from tests.architecture.source_tree import module_from_text, modules, refuse


def test_files_and_functions_stay_within_the_hard_limits() -> None:
    """No file has more than 500 lines and no function more than 60 without its docstring."""
    refuse([line for module in modules() for line in oversize(module)], "Hard limits of size (style.md 6)")


def test_a_long_file_and_a_long_function_are_refused() -> None:
    """One line over either limit is refused with the place and the figure."""
    body = "    x = 1\n" * FUNCTION_LIMIT
    long_function = module_from_text("idp/clock.py", f"def tick():\n{body}")
    assert oversize(long_function) == ["idp/clock.py:1: function tick has 61 lines, at most 60"]
    long_file = module_from_text("idp/clock.py", "x = 1\n" * (FILE_LIMIT + 1))
    assert oversize(long_file) == ["idp/clock.py:501: file has 501 lines, at most 500"]
    assert oversize(module_from_text("idp/clock.py", "x = 1\n" * FILE_LIMIT)) == []


def test_the_docstring_does_not_count_as_size() -> None:
    """A function is measured from its def line (decorators left out) to its end, less its docstring."""
    docstring = '        """One.\n\n        Two.\n        """\n'
    text = f"class A:\n    @property\n    def f(self):\n{docstring}        return 1\n"
    assert function_lines(module_from_text("idp/clock.py", text)) == [("f", 3, 2)]
