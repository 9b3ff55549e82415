"""Reading from the rows of a file who acts for which organisation."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from idp.clock import CHINA
from idp.delegations.rules import Held, Refusal
from idp.identifiers import masking
from idp.identifiers.capacity import ALL, Capacity
from idp.identifiers.document import DocumentKind, parse_document
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import parse_id_number
from idp.identifiers.person_name import PersonName, parse_person_name
from idp.identifiers.uscc import parse_uscc
from idp.importing import table_file
from idp.importing.problems import Pair, Problem, Vocabulary
from idp.importing.table_file import Columns, Row, TableFile

RESIDENT: Final = "111"
LONGEST_REFERENCE: Final = 64
COLUMNS: Final[Columns] = MappingProxyType(
    {
        "uscc": ("统一社会信用代码", "uscc"),
        "agent_name": ("姓名", "agent_name"),
        "agent_kind": ("证件类型", "agent_kind"),
        "agent_number": ("证件号码", "agent_number"),
        "capacity": ("身份", "capacity"),
        "matters": ("事项", "matters"),
        "starts_on": ("开始日期", "starts_on"),
        "ends_on": ("结束日期", "ends_on"),
        "may_delegate": ("可转授权", "may_delegate"),
        "grant_reference": ("授权凭证", "grant_reference"),
        "acceptance_reference": ("接受凭证", "acceptance_reference"),
    }
)
REQUIRED: Final = ("uscc", "agent_name", "agent_number", "capacity")
_CAPACITIES: Final[Mapping[str, Capacity]] = MappingProxyType(
    {
        "法定代表人": Capacity.LEGAL_REPRESENTATIVE,
        "管理员": Capacity.ADMINISTRATOR,
        "经办人": Capacity.AGENT,
        Capacity.LEGAL_REPRESENTATIVE.value: Capacity.LEGAL_REPRESENTATIVE,
        Capacity.ADMINISTRATOR.value: Capacity.ADMINISTRATOR,
        Capacity.AGENT.value: Capacity.AGENT,
    }
)
_YES: Final = frozenset({"是", "1", "yes", "true"})
_NO: Final = frozenset({"", "否", "0", "no", "false"})
_REFUSALS: Final[Mapping[Refusal, Pair]] = MappingProxyType(
    {
        Refusal.NOT_USABLE: (
            "该单位的法定代表人还没有在本平台登记:先导入法定代表人这一行",
            "the legal representative is not recorded here yet: import that row first",
        ),
        Refusal.MORE_THAN_HELD: ("超出授权人所有的范围", "more than the one who grants holds"),
        Refusal.PERIOD: (
            "期限不成立:经办人最长两年,且不能已过期",
            "the period does not hold: at most two years, not over yet",
        ),
        Refusal.NO_MATTERS: ("没有写明事项", "no matter is named"),
        Refusal.TOO_MANY_MATTERS: ("事项太多", "too many matters"),
        Refusal.MAY_NOT_DELEGATE: ("授权人不能给出这种身份", "the one who grants may not give this capacity"),
        Refusal.TOO_DEEP: ("转授权层次太多", "too many steps of delegation"),
        Refusal.TOO_MANY: ("该单位已有五名管理员", "the organisation has five administrators already"),
        Refusal.ALREADY: (
            "此人在该单位已有同一身份的授权或邀请,但内容不同",
            "this person has a grant or an offer of this capacity there already, which says something else",
        ),
        Refusal.ONESELF: ("不能授权给自己", "nobody grants to oneself"),
        Refusal.LEVEL: ("此人的实名等级不够", "the level of this person does not suffice"),
    }
)
_PROBLEMS: Final[Mapping[str, Pair]] = MappingProxyType(
    {
        "delegation.uscc": ("统一社会信用代码不成立", "the unified code does not hold"),
        "delegation.agent": (
            "姓名、证件类型或证件号码不成立",
            "name, kind of document or number does not hold",
        ),
        "delegation.capacity": (
            "身份应为法定代表人、管理员或经办人",
            "legal_representative, administrator or agent",
        ),
        "delegation.date": ("日期写作 2026-05-31", "a date is written 2026-05-31"),
        "delegation.yes_no": ("写作 是 或 否", "yes or no"),
        "delegation.reference": (
            "凭证不超过 64 个字,没有控制字符",
            "a reference has at most 64 characters, none of control",
        ),
        "delegation.no_grant": (
            "没有授权凭证:单位一方没有同意的证据,不能导入",
            "without a grant_reference there is no evidence that the organisation agreed",
        ),
        "delegation.no_organisation": (
            "该单位没有登记,或已不在业",
            "the organisation is not there, or has ended",
        ),
        "delegation.no_person": (
            "此人没有登记,或姓名不同,或不能使用:先导入人员",
            "the person is not there, has another name, or is not usable: import persons first",
        ),
        "delegation.not_representative": (
            "登记机关所记的法定代表人不是此人",
            "the register names another legal representative",
        ),
        "delegation.no_matter": ("事项目录里没有其中的事项", "one of the matters is not in the catalogue"),
        "object.conflict": ("与已有的授权冲突", "conflicts with a grant that is there"),
    }
    | {f"delegation.refused.{refusal.value}": pair for refusal, pair in _REFUSALS.items()}
)
VOCABULARY: Final = Vocabulary(
    fields=MappingProxyType({field: (words[0], words[-1]) for field, words in COLUMNS.items()}),
    problems=_PROBLEMS,
    masks=MappingProxyType(
        {
            "uscc": masking.mask_uscc,
            "agent_number": masking.mask_id_number,
            "agent_name": masking.mask_name,
            "starts_on": lambda value: value[:10],
            "ends_on": lambda value: value[:10],
        }
    ),
)


@dataclass(frozen=True, slots=True, repr=False)
class ReadDelegation:
    """What a row says. `acceptance` is empty where the agent is still to say yes."""

    uscc: str
    agent_name: PersonName
    agent_kind: str
    agent_number: str
    offered: Held
    grant: str
    acceptance: str

    def __repr__(self) -> str:
        return "ReadDelegation(…)"


def opened(path: Path) -> AbstractContextManager[TableFile]:
    """Open a file of delegations; raises as `table_file.opened`."""
    return table_file.opened(path, COLUMNS, REQUIRED)


def read_delegation(file: TableFile, row: Row, now: datetime) -> ReadDelegation | list[Problem]:
    """What a row says of one delegation, or every problem there is, by field."""
    cells = {field: file.cell(row, field).strip() for field in COLUMNS}
    problems: list[Problem] = []
    uscc = _uscc(cells["uscc"], problems)
    agent = _agent(cells, now, problems)
    capacity = _CAPACITIES.get(cells["capacity"].casefold())
    if capacity is None:
        problems.append(Problem("capacity", "delegation.capacity"))
    starts = _day(cells, "starts_on", problems)
    ends = _day(cells, "ends_on", problems)
    if cells["may_delegate"].casefold() not in _YES | _NO:
        problems.append(Problem("may_delegate", "delegation.yes_no"))
    for name in ("grant_reference", "acceptance_reference"):
        if len(cells[name]) > LONGEST_REFERENCE or not cells[name].isprintable():
            problems.append(Problem(name, "delegation.reference"))
    if capacity not in {None, Capacity.LEGAL_REPRESENTATIVE} and not cells["grant_reference"]:
        problems.append(Problem("grant_reference", "delegation.no_grant"))
    if problems or uscc is None or agent is None or capacity is None:
        return problems
    offered = Held(
        capacity,
        frozenset(_listed(cells["matters"])),
        starts or now,
        ends + timedelta(days=1) if ends else None,
        cells["may_delegate"].casefold() in _YES,
    )
    if capacity is Capacity.LEGAL_REPRESENTATIVE:
        offered = Held(capacity, frozenset({ALL}), now, None, may_delegate=True)
    return ReadDelegation(uscc, *agent, offered, cells["grant_reference"], cells["acceptance_reference"])


def _uscc(text: str, problems: list[Problem]) -> str | None:
    try:
        return parse_uscc(text[:64]).value
    except IdentifierRejected:
        problems.append(Problem("uscc", "delegation.uscc"))
        return None


def _agent(
    cells: Mapping[str, str], now: datetime, problems: list[Problem]
) -> tuple[PersonName, str, str] | None:
    """Name, kind of document and number of the one who acts."""
    kind, number = cells["agent_kind"] or RESIDENT, cells["agent_number"][:64]
    try:
        name = parse_person_name(cells["agent_name"])
    except IdentifierRejected:
        problems.append(Problem("agent_name", "delegation.agent"))
        return None
    try:
        if kind in set(DocumentKind):
            return name, kind, parse_document(DocumentKind(kind), number).value
        parsed = parse_id_number(number, now.astimezone(CHINA).date())
        if parsed.kind != kind:
            raise IdentifierRejected("id.kind", "another kind of document")
    except IdentifierRejected:
        problems.append(Problem("agent_number", "delegation.agent"))
        return None
    return name, parsed.kind.value, parsed.value


def _day(cells: Mapping[str, str], name: str, problems: list[Problem]) -> datetime | None:
    """The beginning of a day in China."""
    if not cells[name]:
        return None
    try:
        day = date.fromisoformat(cells[name])
        return datetime.combine(day, time(), CHINA).astimezone(UTC)
    except (ValueError, OverflowError):
        problems.append(Problem(name, "delegation.date"))
        return None


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]
