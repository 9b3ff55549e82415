"""Reading organisations from an extract of the register, row by row."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from idp.identifiers import masking
from idp.identifiers.document import DocumentKind, parse_document
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import parse_id_number
from idp.identifiers.person_name import parse_person_name
from idp.identifiers.uscc import Uscc, parse_uscc
from idp.importing import table_file
from idp.importing.problems import Pair, Problem, Vocabulary
from idp.importing.table_file import Columns, Row, TableFile
from idp.organisations.codes import typed
from idp.organisations.models import IdentifierKind, OrganisationType, RegistrationStatus
from idp.organisations.port import RegisterFacts
from idp.organisations.rules import kind_of

K = TypeVar("K", bound=StrEnum)
RESIDENT: Final = "111"
LONGEST_NAME: Final = 200
LONGEST_AUTHORITY: Final = 120
COLUMNS: Final[Columns] = MappingProxyType(
    {
        "uscc": ("统一社会信用代码", "uscc"),
        "name": ("名称", "单位名称", "name"),
        "kind": ("机构类型", "kind"),
        "status": ("登记状态", "status"),
        "authority": ("登记机关", "authority"),
        "region": ("行政区划", "region"),
        "representative_name": ("法定代表人", "representative_name"),
        "representative_kind": ("法定代表人证件类型", "representative_kind"),
        "representative_number": ("法定代表人证件号码", "representative_number"),
        "organisation_code": ("组织机构代码", "organisation_code"),
        "registration_number": ("注册号", "registration_number"),
        "tax_number": ("纳税人识别号", "tax_number"),
        "certificate_number": ("证书编号", "certificate_number"),
        "parent_uscc": ("上级统一社会信用代码", "parent_uscc"),
        "merged_into_uscc": ("并入单位统一社会信用代码", "merged_into_uscc"),
    }
)
REQUIRED: Final = ("uscc", "name", "status", "representative_name", "representative_number")
_KINDS: Final[Mapping[str, OrganisationType]] = MappingProxyType(
    {
        "企业": OrganisationType.ENTERPRISE,
        "个体工商户": OrganisationType.SOLE_TRADER,
        "农民专业合作社": OrganisationType.COOPERATIVE,
        "机关": OrganisationType.AUTHORITY,
        "事业单位": OrganisationType.PUBLIC_INSTITUTION,
        "社会团体": OrganisationType.SOCIAL_ORGANISATION,
        "民办非企业单位": OrganisationType.PRIVATE_NON_ENTERPRISE,
        "基金会": OrganisationType.FOUNDATION,
        "律师事务所": OrganisationType.LAW_FIRM,
        "其他": OrganisationType.OTHER,
    }
)
_STATUSES: Final[Mapping[str, RegistrationStatus]] = MappingProxyType(
    {
        "存续": RegistrationStatus.REGISTERED,
        "在业": RegistrationStatus.REGISTERED,
        "正常": RegistrationStatus.REGISTERED,
        "经营异常": RegistrationStatus.ABNORMAL,
        "吊销": RegistrationStatus.REVOKED,
        "注销": RegistrationStatus.DEREGISTERED,
        "合并": RegistrationStatus.MERGED,
    }
)
_PROBLEMS: Final[Mapping[str, Pair]] = MappingProxyType(
    {
        "uscc.format": ("统一社会信用代码应为 18 位", "a unified code has 18 characters"),
        "uscc.check": ("统一社会信用代码的校验位不成立", "the check character does not hold"),
        "organisation.name": (
            "名称为空、过长或含控制字符",
            "the name is empty, too long, or holds control characters",
        ),
        "organisation.kind": ("没有这种机构类型", "there is no such kind of organisation"),
        "organisation.status": ("没有这种登记状态", "there is no such status of registration"),
        "organisation.authority": (
            "登记机关过长或含控制字符",
            "the authority is too long or holds control characters",
        ),
        "organisation.region": ("行政区划应为 6 位数字", "a region has six digits"),
        "organisation.representative": (
            "法定代表人的姓名、证件类型或号码不成立",
            "name, kind of document or number of the representative does not hold",
        ),
        "organisation.identifier": (
            "旧代码的形式或校验位不成立",
            "form or check character of the old code does not hold",
        ),
        "organisation.parent_unknown": (
            "所指的单位还没有登记:先导入它,再导入这一行",
            "the organisation referred to is not there yet: import it first, then this row",
        ),
        "organisation.parent_circle": ("上级关系成环", "an organisation stands above itself"),
        "object.conflict": ("与已登记的单位冲突", "conflicts with an organisation that is there"),
    }
)
VOCABULARY: Final = Vocabulary(
    fields=MappingProxyType({field: (words[0], words[-1]) for field, words in COLUMNS.items()}),
    problems=_PROBLEMS,
    masks=MappingProxyType(
        {
            "uscc": masking.mask_uscc,
            "parent_uscc": masking.mask_uscc,
            "merged_into_uscc": masking.mask_uscc,
            "status": lambda value: value[:8],
            "kind": lambda value: value[:8],
        }
    ),
)


def opened(path: Path) -> AbstractContextManager[TableFile]:
    """Open an extract of the register; raises as `table_file.opened`."""
    return table_file.opened(path, COLUMNS, REQUIRED)


def read_facts(file: TableFile, row: Row, today: date) -> RegisterFacts | list[Problem]:
    """What a row says of one organisation, or every problem there is, by field."""
    cells = {field: file.cell(row, field).strip() for field in COLUMNS}
    problems: list[Problem] = []
    usccs = {name: _uscc(name, cells[name], problems) for name in ("uscc", "parent_uscc", "merged_into_uscc")}
    if not cells["uscc"]:
        problems.append(Problem("uscc", "uscc.format"))
    if not 0 < len(cells["name"]) <= LONGEST_NAME or not cells["name"].isprintable():
        problems.append(Problem("name", "organisation.name"))
    if len(cells["authority"]) > LONGEST_AUTHORITY or not cells["authority"].isprintable():
        problems.append(Problem("authority", "organisation.authority"))
    if cells["region"] and not (
        len(cells["region"]) == 6 and cells["region"].isdecimal() and cells["region"].isascii()
    ):
        problems.append(Problem("region", "organisation.region"))
    kind = _word("kind", cells["kind"], _KINDS, OrganisationType, problems)
    status = _word("status", cells["status"] or "-", _STATUSES, RegistrationStatus, problems)
    representative = _representative(cells, today, problems)
    identifiers = _identifiers(cells, today, problems)
    uscc = usccs["uscc"]
    if problems or uscc is None or status is None or representative is None:
        return problems
    return RegisterFacts(
        uscc=uscc,
        name=cells["name"],
        kind=kind or kind_of(Uscc(uscc)),
        status=status,
        authority=cells["authority"],
        region=cells["region"],
        representative_name=representative[0],
        representative_kind=representative[1],
        representative_number=representative[2],
        identifiers=identifiers,
        parent_uscc=usccs["parent_uscc"],
        merged_into_uscc=usccs["merged_into_uscc"],
    )


def _uscc(name: str, text: str, problems: list[Problem]) -> str | None:
    if not text:
        return None
    try:
        return parse_uscc(text[:64]).value
    except IdentifierRejected as error:
        problems.append(Problem(name, error.code))
        return None


def _word(name: str, text: str, words: Mapping[str, K], kind: type[K], problems: list[Problem]) -> K | None:
    """A member by its Chinese word or its code; None for an empty text."""
    if not text:
        return None
    found = words.get(text) or next((member for member in kind if member.value == text.casefold()), None)
    if found is None:
        problems.append(Problem(name, f"organisation.{name}"))
    return found


def _representative(
    cells: Mapping[str, str], today: date, problems: list[Problem]
) -> tuple[str, str, str] | None:
    """Name, kind of document and number of the legal representative."""
    kind, number = cells["representative_kind"] or RESIDENT, cells["representative_number"][:64]
    try:
        name = parse_person_name(cells["representative_name"]).value
    except IdentifierRejected:
        problems.append(Problem("representative_name", "organisation.representative"))
        return None
    try:
        if kind in set(DocumentKind):
            return name, kind, parse_document(DocumentKind(kind), number).value
        parsed = parse_id_number(number, today)
        if parsed.kind != kind:
            raise IdentifierRejected("id.kind", "another kind of document")
    except IdentifierRejected:
        problems.append(Problem("representative_number", "organisation.representative"))
        return None
    return name, parsed.kind.value, parsed.value


def _identifiers(
    cells: Mapping[str, str], today: date, problems: list[Problem]
) -> tuple[tuple[IdentifierKind, str], ...]:
    found = []
    for kind in IdentifierKind:
        if not cells[kind.value]:
            continue
        try:
            found.append((kind, typed(kind, cells[kind.value][:64], today).value))
        except IdentifierRejected:
            problems.append(Problem(kind.value, "organisation.identifier"))
    return tuple(found)
