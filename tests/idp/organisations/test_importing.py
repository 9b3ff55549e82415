"""Importing extracts of the register: new organisations, changes by the register's rules, contradictions refused."""

from pathlib import Path

from sqlalchemy import text

from idp.importing.report import ImportReport
from idp.organisations import importing_file
from idp.organisations.commands_import import import_of
from idp.organisations.models import RegistrationStatus
from idp.organisations.store import Organisation
from tests.support.delegating import office
from tests.support.importing import PLACE, codes, counts, read_in
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number, synthetic_uscc, with_registration_check

NUMBER = with_registration_check("14019900000001")
HEADER = "统一社会信用代码,名称,登记状态,法定代表人,法定代表人证件号码,注册号,上级统一社会信用代码"


def line(
    serial: int, name: str = "测试公司", status: str = "存续", representative: int = 1, rest: str = ","
) -> str:
    """A row of an organisation that does not exist."""
    return f"{synthetic_uscc(serial)},{name},{status},测试人,{synthetic_id_number(representative)},{rest}"


def imported(provider: Provider, path: Path, *lines: str, is_dry: bool = False) -> ImportReport:
    """What comes of a file of these rows."""
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return read_in(provider, importing_file.opened, import_of(provider.services), path, is_dry=is_dry)


def found(provider: Provider, serial: int) -> Organisation:
    """The organisation as it stands."""
    with provider.sql.once() as db:
        one = provider.services.people.organisations.find_by_uscc(db, synthetic_uscc(serial))
    assert one is not None
    return one


def changes(provider: Provider) -> list[tuple[str, str]]:
    """Kinds and names of the changes, in order, as the publication takes them up."""
    with provider.sql.once() as db:
        rows = db.execute(text("SELECT kind, source FROM organisation_change ORDER BY id")).all()
    return [(row.kind, row.source) for row in rows]


def test_new_ones_are_added_and_again_they_are_unchanged(any_provider: Provider, tmp_path: Path) -> None:
    """With representative, event and change for the publication; the same file once more changes nothing."""
    lines = [line(serial, f"测试公司{serial}") for serial in range(1, 4)]
    dry = imported(any_provider, tmp_path / "o.csv", *lines, is_dry=True)
    assert (counts(dry), changes(any_provider)) == ((3, 0, 0, 0), [])
    assert counts(imported(any_provider, tmp_path / "o.csv", *lines)) == (3, 0, 0, 0)
    one = found(any_provider, 2)
    assert (one.name, one.status, one.version) == ("测试公司2", RegistrationStatus.REGISTERED, 1)
    assert (one.representative_name, one.representative_number) == ("测试人", synthetic_id_number(1))
    assert changes(any_provider) == [("new", "import")] * 3
    assert len(any_provider.events("organisation.added")) == 3
    assert counts(imported(any_provider, tmp_path / "o.csv", *lines)) == (0, 0, 3, 0)
    assert changes(any_provider) == [("new", "import")] * 3


def test_a_bulk_row_is_the_row_of_the_rules(any_provider: Provider, tmp_path: Path) -> None:
    """One that was imported says the same as one that the register's answer added: nothing differs when it is applied."""
    imported(
        any_provider, tmp_path / "o.csv", line(1, rest=f"{NUMBER},"), line(2, rest=f",{synthetic_uscc(1)}")
    )
    before = [found(any_provider, 1), found(any_provider, 2)]
    with importing_file.opened(tmp_path / "o.csv") as file:
        facts = [importing_file.read_facts(file, row, before[0].created_at.date()) for row in file.rows]
    for one in facts:
        assert not isinstance(one, list)
        with any_provider.sql.begin() as db:
            any_provider.services.people.organisations.apply(db, one, "test", "test", PLACE)
    assert [one.version for one in (found(any_provider, 1), found(any_provider, 2))] == [1, 1]
    assert found(any_provider, 2).parent_id == before[0].id
    with any_provider.sql.once() as db:
        resolved = any_provider.services.people.organisations.resolve(db, NUMBER)
    assert resolved is not None
    assert resolved.organisation.id == before[0].id


def test_those_that_are_there_follow_the_register(any_provider: Provider, tmp_path: Path) -> None:
    """A new name and an end of business are changes with their events, and grants end with the organisation."""
    world = office(any_provider, uscc=synthetic_uscc(1), name="旧名")
    report = imported(any_provider, tmp_path / "o.csv", line(1, "新名", status="注销"))
    assert counts(report) == (0, 1, 0, 0)
    assert found(any_provider, 1).name == "新名"
    assert {kind for kind, _ in changes(any_provider)} >= {"renamed", "status"}
    assert world.matters_of(world.representative) == frozenset()


def test_contradictions_and_faults_are_refused_by_field(any_provider: Provider, tmp_path: Path) -> None:
    """Two rows of one code or one old number, codes that do not hold, words nobody knows, a parent that is not there."""
    report = imported(
        any_provider,
        tmp_path / "o.csv",
        line(1, rest=f"{NUMBER},"),
        line(1, "别名"),
        line(2, rest=f"{NUMBER},"),
        f"{synthetic_uscc(3)[:-1]}0,测试,存续,测试人,{synthetic_id_number(1)},,",
        line(4, status="歇业不明"),
        line(5, rest=f"{NUMBER[:-1]}{(int(NUMBER[-1]) + 1) % 10},"),
        line(6, rest=f",{synthetic_uscc(99)}"),
        f"{synthetic_uscc(7)},测试,存续,测试人,140199190001010010,,",
    )
    assert codes(report) == [
        (3, "uscc", "row.duplicate"),
        (4, "registration_number", "row.duplicate"),
        (5, "uscc", "uscc.check"),
        (6, "status", "organisation.status"),
        (7, "registration_number", "organisation.identifier"),
        (8, "parent_uscc", "organisation.parent_unknown"),
        (9, "representative_number", "organisation.representative"),
    ]
    assert report.added == 1


def test_a_parent_may_stand_earlier_in_the_same_file(any_provider: Provider, tmp_path: Path) -> None:
    """A branch right after its parent is added in one batch; an organisation above itself is refused."""
    parent = f",{synthetic_uscc(1)}"
    report = imported(any_provider, tmp_path / "o.csv", line(1), line(2, rest=parent), line(3, rest=parent))
    assert counts(report) == (3, 0, 0, 0)
    assert found(any_provider, 3).parent_id == found(any_provider, 1).id
    circle = imported(any_provider, tmp_path / "c.csv", line(1, rest=f",{synthetic_uscc(2)}"))
    assert codes(circle) == [(2, "row", "organisation.parent_circle")]


def test_an_old_number_that_moves_is_disputed_with_its_first_owner(
    any_provider: Provider, tmp_path: Path
) -> None:
    """The register gives an old number to another organisation: the new one has it, and it resolves to that one."""
    imported(any_provider, tmp_path / "a.csv", line(1, rest=f"{NUMBER},"))
    assert counts(imported(any_provider, tmp_path / "b.csv", line(2, rest=f"{NUMBER},"))) == (1, 0, 0, 0)
    with any_provider.sql.once() as db:
        resolved = any_provider.services.people.organisations.resolve(db, NUMBER)
    assert resolved is not None
    assert resolved.organisation.uscc == synthetic_uscc(2)


def test_the_representatives_number_is_sealed(provider: Provider, tmp_path: Path) -> None:
    """Imported rows hold neither name nor number in clear, and no problem shows them."""
    report = imported(provider, tmp_path / "o.csv", line(1), line(2, status="?"))
    with provider.sql.once() as db:
        row = db.execute(text("SELECT representative_name, representative_number FROM organisation")).one()
    assert "测试人".encode() not in bytes(row[0])
    assert synthetic_id_number(1).encode() not in bytes(row[1])
    assert synthetic_id_number(1) not in repr(report.problems)
