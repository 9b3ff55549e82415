"""A catalogue of matters as a file: its rows checked, and compared with what stands.

The columns stand in COLUMNS; lists are parted by semicolons.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from idp.identifiers.capacity import Capacity
from idp.importing import table_file
from idp.importing.table_file import Columns, Row, TableFile
from idp.matters.models import MatterState
from idp.matters.store import Matter

COLUMNS: Final[Columns] = MappingProxyType(
    {
        "code": ("事项编码", "code"),
        "name": ("事项名称", "name"),
        "name_en": ("英文名称", "name_en"),
        "department": ("主管部门", "department"),
        "level": ("最低等级", "level"),
        "why": ("等级说明", "why"),
        "why_en": ("英文说明", "why_en"),
        "capacities": ("办理身份", "capacities"),
        "claims": ("可用信息", "claims"),
        "ends_at_once": ("立即失效", "ends_at_once"),
        "aal": ("登录等级", "aal"),
    }
)
REQUIRED: Final = ("code", "name", "department", "level", "capacities")
LONGEST: Final = 200
MOST: Final = 20_000
CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,31}", re.ASCII)
"""A code as the province gives it; it stands in scopes, so nothing else than these characters."""
YES: Final = frozenset({"是", "1", "yes", "true"})
NO: Final = frozenset({"否", "0", "no", "false", ""})
COMPARED: Final = (
    "name",
    "name_en",
    "department",
    "level",
    "why",
    "why_en",
    "capacities",
    "claims",
    "ends_at_once",
    "aal",
    "state",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with which field of which line; `code` names the words."""

    line: int
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One matter that a file would add, change or retire; `fields` are those that differ."""

    code: str
    kind: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do."""

    added: tuple[Matter, ...]
    changed: tuple[Matter, ...]
    retired: tuple[Matter, ...]
    differences: tuple[Difference, ...]


def read(path: Path, claims: frozenset[str]) -> list[Matter] | list[Fault]:
    """The matters of a file, or everything that is wrong with it. `claims` are the claims that there are.

    Raises FileRefused for a file that is no table, OSError when there is none.
    """
    matters: dict[str, Matter] = {}
    faults: list[Fault] = []
    with table_file.opened(path, COLUMNS, REQUIRED) as file:
        for row in file.rows:
            found = _matter(file, row, claims)
            if isinstance(found, list):
                faults += found
            elif found.code in matters:
                faults.append(Fault(row.line, "code", "matter.twice"))
            elif len(matters) >= MOST:
                return [Fault(row.line, "code", "matter.too_many")]
            else:
                matters[found.code] = found
    return faults or list(matters.values())


def plan(standing: list[Matter], wanted: list[Matter]) -> Plan:
    """What makes the catalogue that stands the wanted one; a matter that the file lacks is retired, never removed."""
    known = {matter.code: matter for matter in standing}
    new = {matter.code: matter for matter in wanted}
    added = tuple(matter for code, matter in new.items() if code not in known)
    changed: list[Matter] = []
    retired: list[Matter] = []
    differences = [Difference(matter.code, "added") for matter in added]
    for code, matter in known.items():
        target = new.get(code) or replace(matter, state=MatterState.RETIRED)
        fields = tuple(name for name in COMPARED if getattr(matter, name) != getattr(target, name))
        if not fields:
            continue
        is_retired = code not in new
        (retired if is_retired else changed).append(target)
        differences.append(Difference(code, "retired" if is_retired else "changed", fields))
    return Plan(added, tuple(changed), tuple(retired), tuple(differences))


def _matter(file: TableFile, row: Row, claims: frozenset[str]) -> Matter | list[Fault]:
    fault = file.fault(row)
    if fault is not None:
        return [Fault(row.line, "row", fault)]
    cells = {field: file.cell(row, field).strip() for field in COLUMNS}
    wanted = frozenset(_listed(cells["claims"]))
    checks: Mapping[str, tuple[bool, str]] = {
        "code": (bool(CODE.fullmatch(cells["code"])), "matter.code"),
        "name": (0 < len(cells["name"]) <= LONGEST, "matter.text"),
        "name_en": (len(cells["name_en"]) <= LONGEST, "matter.text"),
        "department": (0 < len(cells["department"]) <= 120, "matter.text"),
        "level": (cells["level"] in {"0", "1", "2", "3"}, "matter.level"),
        "why": (len(cells["why"]) <= LONGEST, "matter.text"),
        "why_en": (len(cells["why_en"]) <= LONGEST, "matter.text"),
        "capacities": (_are_capacities(cells["capacities"]), "matter.capacities"),
        "claims": (wanted <= claims, "matter.claims"),
        "ends_at_once": (cells["ends_at_once"].casefold() in YES | NO, "matter.yes_no"),
        "aal": (cells["aal"] in {"", "1", "2", "3"}, "matter.aal"),
    }
    faults = [Fault(row.line, field, code) for field, (holds, code) in checks.items() if not holds]
    if faults:
        return faults
    return Matter(
        code=cells["code"],
        name=cells["name"],
        name_en=cells["name_en"],
        department=cells["department"],
        level=int(cells["level"]),
        why=cells["why"],
        why_en=cells["why_en"],
        capacities=frozenset(map(Capacity, _listed(cells["capacities"]))),
        claims=wanted,
        ends_at_once=cells["ends_at_once"].casefold() in YES,
        state=MatterState.ACTIVE,
        aal=int(cells["aal"] or 1),
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]


def _are_capacities(text: str) -> bool:
    listed = _listed(text)
    return bool(listed) and set(listed) <= {capacity.value for capacity in Capacity}
