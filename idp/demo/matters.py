"""The catalogue of matters of the demo: invented, from the file beside this one."""

from pathlib import Path
from typing import Final

from idp.audit.event import Place
from idp.claims.catalogue import BY_NAME
from idp.matters.catalogue import read
from idp.matters.service import Matters
from idp.matters.store import Matter

FILE: Final = Path(__file__).parent / "matters.csv"


def seed(matters: Matters, actor: str, place: Place) -> None:
    """Make it the catalogue where there is none yet. Raises ValueError for a file that does not hold."""
    if matters.list_all():
        return
    wanted = [one for one in read(FILE, frozenset(BY_NAME)) if isinstance(one, Matter)]
    if len(wanted) != len(FILE.read_text("utf-8").splitlines()) - 1:
        raise ValueError("matters.csv does not hold")
    matters.replace_all(wanted, actor, place)
