"""Prints the sizes of the product under the results of the architecture tests."""

import pytest

from tests.architecture.size_rules import size_report
from tests.architecture.source_tree import product_modules


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add one line with the figures of style.md 6."""
    terminalreporter.write_line(f"sizes of the product: {size_report(product_modules())}")
