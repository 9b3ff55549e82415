"""What the tests of the demo and of its kit share."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

KIT = Path(__file__).parents[3] / "specs" / "kit" / "python-flask"


@pytest.fixture
def kit_module(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the kit as the kit does, from its own folder, and forgets it afterwards."""
    monkeypatch.syspath_prepend(str(KIT))
    before = set(sys.modules)
    yield importlib.import_module
    own = {path.stem for path in KIT.glob("*.py")}
    for name in (set(sys.modules) - before) & own:
        del sys.modules[name]
