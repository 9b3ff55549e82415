"""Reading old records of organisations, row by row."""

from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from idp.conversion.deciding import OldRecord
from idp.conversion.models import ConversionState
from idp.identifiers import masking
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.normalise import normalise
from idp.identifiers.uscc import parse_uscc
from idp.importing import table_file
from idp.importing.problems import Problem, Vocabulary
from idp.importing.table_file import Columns, Row, TableFile
from idp.organisations.codes import USCC_LENGTH, TypedCode, typed
from idp.organisations.models import IdentifierKind

LONGEST_NAME: Final = 200
LONGEST_CODE: Final = 64
COLUMNS: Final[Columns] = MappingProxyType(
    {
        "name": ("名称", "单位名称", "name"),
        "organisation_code": ("组织机构代码", "organisation_code"),
        "registration_number": ("注册号", "registration_number"),
        "tax_number": ("纳税人识别号", "tax_number"),
        "certificate_number": ("证书编号", "certificate_number"),
        "uscc": ("统一社会信用代码", "uscc"),
    }
)
REQUIRED: Final = ("name",)
VOCABULARY: Final = Vocabulary(
    fields=MappingProxyType({field: (words[0], words[-1]) for field, words in COLUMNS.items()}),
    problems=MappingProxyType(
        {
            "conversion.name": (
                "名称为空、过长或含控制字符",
                "the name is empty, too long, or holds control characters",
            ),
            "conversion.no_code": ("没有任何旧代码", "there is no old code"),
            "ambiguous": (
                "对应多个单位,须人工确认",
                "stands for several organisations: a person must decide",
            ),
            "duplicate": (
                "所对应的单位已有另一个同类旧代码,须人工确认",
                "its organisation has another old code of this kind already: a person must decide",
            ),
            "bad_checksum": ("代码的形式或校验位不成立", "form or check character of a code does not hold"),
            "manual": ("找不到对应的单位,须人工确认", "no organisation was found: a person must decide"),
            "object.conflict": ("与已登记的旧代码冲突", "conflicts with an old code that is there"),
        }
    ),
    masks=MappingProxyType(
        {
            "organisation_code": masking.mask_uscc,
            "registration_number": masking.mask_uscc,
            "tax_number": masking.mask_id_number,
            "uscc": masking.mask_uscc,
        }
    ),
    tallies=MappingProxyType(
        {
            ConversionState.MATCHED_BY_CODE.value: ("按旧代码匹配", "matched by code"),
            ConversionState.MATCHED_BY_REGISTER.value: ("经登记信息确认", "matched by register"),
            ConversionState.AMBIGUOUS.value: ("一码多户", "ambiguous"),
            ConversionState.DUPLICATE.value: ("重复", "duplicate"),
            ConversionState.BAD_CHECKSUM.value: ("校验不成立", "bad checksum"),
            ConversionState.MANUAL.value: ("待人工处理", "manual"),
            "dismissed": ("此前已排除", "dismissed before"),
            "to_ask": ("试运行未询问登记机关", "left for the register, which a dry run does not ask"),
        }
    ),
)


def opened(path: Path) -> AbstractContextManager[TableFile]:
    """Open a file of old records; raises as `table_file.opened`."""
    return table_file.opened(path, COLUMNS, REQUIRED)


def read_record(file: TableFile, row: Row, today: date) -> OldRecord | list[Problem]:
    """What a row says of one organisation; problems only where it is no record at all.

    A code that does not hold makes it a record with a fault, which waits in the queue: nothing of it is believed.
    """
    name = file.cell(row, "name").strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        return [Problem("name", "conversion.name")]
    cells = {field: file.cell(row, field).strip()[: LONGEST_CODE + 1] for field in COLUMNS}
    if len(normalise(cells["tax_number"])) == USCC_LENGTH:
        # Since 2015 the tax number of a new organisation is its unified code.
        cells["uscc"], cells["tax_number"] = cells["uscc"] or cells["tax_number"], ""
    codes: list[TypedCode] = []
    fault: tuple[str, str] | None = None
    for kind in IdentifierKind:
        text = cells[kind.value]
        if not text:
            continue
        try:
            codes.append(typed(kind, text, today))
        except IdentifierRejected as error:
            fault = fault or (kind.value, error.code)
            codes.append(TypedCode(kind, text, is_personal=True))
    uscc, fault = _stated(cells["uscc"], fault)
    if not codes:
        return [Problem("row", "conversion.no_code")]
    return OldRecord(tuple(codes), name, uscc, fault)


def _stated(text: str, fault: tuple[str, str] | None) -> tuple[str | None, tuple[str, str] | None]:
    """The unified code that a row states, as far as it holds."""
    if not text:
        return None, fault
    try:
        return parse_uscc(text).value, fault
    except IdentifierRejected as error:
        return text, fault or ("uscc", error.code)
