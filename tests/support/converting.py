"""Old records of organisations, and the conversion of files of them."""

from pathlib import Path

from idp.conversion import converting_file
from idp.conversion.commands import conversion_of
from idp.conversion.store import Item
from idp.importing.report import ImportReport
from idp.organisations import importing_file
from idp.organisations.commands_import import import_of
from idp.organisations.service import Resolved
from tests.support.importing import read_in
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number, synthetic_uscc, with_registration_check

HEADER = "名称,组织机构代码,注册号,纳税人识别号,统一社会信用代码"


def number(serial: int) -> str:
    """A registration number that does not exist."""
    return with_registration_check(f"140199{serial:08d}")


def org_code(serial: int) -> str:
    """The organisation code inside the unified code of this serial."""
    return synthetic_uscc(serial)[8:17]


def registered(provider: Provider, folder: Path, *rows: tuple[int, str, str]) -> None:
    """Let the directory know organisations: serial, name, registration number."""
    header = "统一社会信用代码,名称,登记状态,法定代表人,法定代表人证件号码,注册号"
    lines = [
        f"{synthetic_uscc(serial)},{name},存续,测试人,{synthetic_id_number(1)},{old}"
        for serial, name, old in rows
    ]
    path = folder / "register.csv"
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    assert read_in(provider, importing_file.opened, import_of(provider.services), path).refused == 0


def converted(provider: Provider, path: Path, *lines: str, is_dry: bool = False) -> ImportReport:
    """What comes of a file of these rows."""
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    what = conversion_of(provider.services)
    return read_in(provider, converting_file.opened, what, path, is_dry=is_dry)


def waiting(provider: Provider) -> list[Item]:
    """The queue, by the line where each record stood."""
    with provider.sql.once() as db:
        found = provider.services.people.queue.list_open(db, None, "", 1_000)
    return sorted(found, key=lambda item: item.line)


def resolved(provider: Provider, code: str) -> Resolved | None:
    """The organisation of a code as typed."""
    with provider.sql.once() as db:
        return provider.services.people.organisations.resolve(db, code)
