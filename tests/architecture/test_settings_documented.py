"""The manual of the settings is what the settings themselves say (style.md 35)."""

import difflib
import importlib

from tests.architecture.source_tree import ROOT, refuse, wait_for

PAGE = "specs/generated/settings.md"


def test_the_page_of_settings_is_what_the_loader_documents() -> None:
    """specs/generated/settings.md is, letter by letter, what idp.settings says of the sections of wiring."""
    wait_for("idp/wiring.py", "it knows the sections of all packages")
    sections = importlib.import_module("idp.wiring").SECTIONS
    wanted: str = importlib.import_module("idp.settings").document(sections)
    page = ROOT / PAGE
    present = page.read_text(encoding="utf-8") if page.exists() else ""
    changes = difflib.unified_diff(
        present.splitlines(), wanted.splitlines(), PAGE, "idp.settings.document(SECTIONS)", lineterm="", n=0
    )
    refuse(list(changes), f"{PAGE} is generated: write idp.settings.document(idp.wiring.SECTIONS) to it")
    assert present == wanted, f"{PAGE} differs from idp.settings.document(SECTIONS) in line ends"
