"""The pages under specs/generated, made from the code: `python -m tests.support.generated_pages` writes them."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from idp import settings
from idp.audit.event import REGISTRY
from idp.claims.catalogue import CLAIMS
from idp.composition import SECTIONS
from idp.limits.rules import RULES, Counts
from idp.main import all_tables, public_routes

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "specs" / "generated"
NOTE = "Generated from the code by `python -m tests.support.generated_pages`; a test compares."


def settings_page() -> str:
    """Every setting with its variable, default and sentence."""
    return settings.document(SECTIONS)


def events_page() -> str:
    """Every audit event with its own fields."""
    for path in sorted((ROOT / "idp").rglob("events.py")):
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    rows = []
    for act, kind in sorted(REGISTRY.items()):
        rows.append(
            f"| `{act}` | {(kind.__doc__ or '').splitlines()[0]} | {', '.join(kind.__slots__) or '–'} |"
        )
    return _table("Audit events", "| Act | Meaning | Own fields |\n|---|---|---|", rows)


def limits_page() -> str:
    """Every limit, and the addresses that name it."""
    rows = []
    for name, rule in RULES.items():
        paths = sorted(route.path for route in public_routes() if route.limit == name)
        what = (
            "–"
            if rule.counts is Counts.NOTHING
            else f"{rule.allowed} {rule.counts.value} in {rule.seconds} s"
        )
        rows.append(
            f"| `{name}` | {what} | {', '.join(f'`{path}`' for path in paths) or 'named by a service'} |"
        )
    return _table("Limits", "| Rule | Allowed per source | Addresses |\n|---|---|---|", rows)


def claims_page() -> str:
    """Every claim with its meaning, source, sensitivity and scopes."""
    rows = [
        f"| `{c.name}` | {c.meaning}<br>{c.meaning_en} | {c.source.value} | {c.label.value} | "
        f"{', '.join(sorted(c.scopes))} |"
        for c in CLAIMS
    ]
    return _table(
        "Claims", "| Claim | Meaning | Source | Sensitivity | Scopes |\n|---|---|---|---|---|", rows
    )


def columns_page() -> str:
    """Every column of every table with its label."""
    rows = []
    for table in sorted(all_tables().tables.values(), key=lambda one: one.name):
        for column in table.columns:
            label = column.info.get("label", "–")
            rows.append(f"| `{table.name}` | `{column.name}` | {label} |")
    return _table("Columns and their sensitivity", "| Table | Column | Label |\n|---|---|---|", rows)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "events.md": events_page,
    "limits.md": limits_page,
    "claims.md": claims_page,
    "columns.md": columns_page,
}


def _table(title: str, head: str, rows: list[str]) -> str:
    return "\n".join([f"# {title}", "", NOTE, "", head, *rows]) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
