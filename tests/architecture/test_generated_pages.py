"""The generated pages say what the code says."""

import pytest

from tests.support.generated_pages import FOLDER, PAGES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_page_is_up_to_date(name: str) -> None:
    """A change of settings, events, limits, claims or columns changes its page in the same commit."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), (
        "run: .venv/bin/python -m tests.support.generated_pages"
    )
