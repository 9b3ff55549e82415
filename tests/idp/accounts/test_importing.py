"""Importing files of persons: bad rows, duplicates, races, dry runs, and going on after a stop."""

import csv
import os
import stat
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.accounts.new_person import NewPerson
from idp.accounts.store import PersonStore
from idp.authenticators.base import Accepted
from idp.errors import RequestRefused
from idp.importing.engine import BATCH
from idp.importing.report import ImportReport
from idp.importing.table_file import FileRefused
from idp.storage.engine import Db, Sql
from tests.idp.accounts.house import ACTOR, PLACE, House, on_databases, person_line, write_csv
from tests.support.synthetic import synthetic_id_number, synthetic_mobile


def counts(report: ImportReport) -> tuple[int, int, int]:
    """Added, unchanged, refused."""
    return report.added, report.unchanged, report.refused


def codes(report: ImportReport) -> list[tuple[int, str, str]]:
    """Line, field and code of every problem."""
    return [(each.line, each.problem.field, each.problem.code) for each in report.problems]


def rows_of(path: Path) -> list[list[str]]:
    """The rows of an error file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@on_databases
def test_a_second_run_adds_nothing(house: House, tmp_path: Path) -> None:
    """Several batches are added with an event each and one for the run; again they are all unchanged."""
    total = 2 * BATCH + 5
    source = write_csv(tmp_path / "p.csv", map(person_line, range(total)))
    assert counts(house.read_in(source)) == (total, 0, 0)
    assert counts(house.read_in(source)) == (0, total, 0)
    assert house.count("person") == house.count("audit_event", "act = 'person.added'") == total
    assert house.count("audit_event", "act = 'person.imported'") == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_told_apart(house: House, tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without its mark, and GB 18030 with a four-byte character, give the same names (GB 18030-2022)."""
    line = f"王\U00020bb7,{synthetic_id_number(1)},,1"
    assert counts(house.read_in(write_csv(tmp_path / "p.csv", [line], encoding))) == (1, 0, 0)
    with house.sql.once() as db:
        person = house.store.find_by_document(db, "111", synthetic_id_number(1))
    assert person is not None
    assert person.name == "王\U00020bb7"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00\x01\xff", "import.encoding"),
        (b"\r\n \r\n", "import.empty"),
        (b"name,mobile\r\n", "import.missing"),
        (b"name,id_number,Name\r\n", "import.repeated"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_is_refused(
    house: House, tmp_path: Path, content: bytes, code: str
) -> None:
    """Encoding and header are settled before the first row."""
    source = tmp_path / "p.csv"
    source.write_bytes(content)
    with pytest.raises(FileRefused, match=code):
        house.read_in(source)


def test_english_headers_in_any_order_with_foreign_columns(house: House, tmp_path: Path) -> None:
    """Columns are found by name; others are passed over, and level is 0 where it is not given."""
    source = tmp_path / "p.csv"
    source.write_text(f'note,ID_Number,name\n"two\nlines",{synthetic_id_number(1)},Ada Sample\n')
    assert counts(house.read_in(source)) == (1, 0, 0)
    assert house.count("person", "level = 0 AND mobile IS NULL") == 1


def test_bad_rows_stop_nobody_and_come_back_ready_to_be_put_right(house: House, tmp_path: Path) -> None:
    """Every kind of damage costs its own row; corrected in the error file, those rows are added."""
    source = write_csv(
        tmp_path / "p.csv",
        [
            person_line(0),
            "测试,140199190001010010,19900009999,1",
            f'"测试,{synthetic_id_number(501)},,1',
            person_line(1),
            f"a,b,c,{person_line(2)}",
            f"测试,{synthetic_id_number(502)},19900000502,7",
            person_line(3),
        ],
    )
    bad = tmp_path / "bad.csv"
    report = house.read_in(source, bad=bad)
    assert counts(report) == (3, 0, 4)
    assert codes(report) == [
        (3, "id_number", "id.check"),
        (4, "row", "row.quotes"),
        (6, "row", "row.columns"),
        (7, "level", "level.format"),
    ]
    header, *refused = rows_of(bad)
    assert header == ["行号", "字段", "问题", "姓名", "证件号码", "手机号", "等级"]
    assert refused[0][:2] == ["3", "证件号码"]
    assert refused[0][3:] == ["测试", "140199190001010010", "19900009999", "1"]
    assert stat.S_IMODE(bad.stat().st_mode) == 0o600

    text = (
        bad.read_text("utf-8-sig").replace("140199190001010010", synthetic_id_number(503)).replace(",7", ",3")
    )
    bad.write_text(text, "utf-8-sig")
    again = house.read_in(bad, bad=tmp_path / "bad2.csv")
    assert counts(again) == (2, 0, 2)
    assert rows_of(tmp_path / "bad2.csv")[0] == header


def test_problems_are_shown_masked(house: House, tmp_path: Path) -> None:
    """Whatever stands in a wrong cell, no whole number or name is in what a terminal may show."""
    cells = ["测试名字", "14019919000101001", "199000000012", "140199190001010019"]
    report = house.read_in(write_csv(tmp_path / "p.csv", [",".join(cells)]))
    assert report.refused == 1
    shown = repr(report.problems)
    assert "140************01" in shown
    assert not any(cell in shown for cell in cells)


@on_databases
@pytest.mark.parametrize("is_dry", [False, True])
def test_duplicates_inside_the_file_are_caught_across_batches(
    house: House, tmp_path: Path, is_dry: bool
) -> None:
    """The second row of a number is refused with the line of the first, in one batch, in a later one, and when dry."""
    lines = [person_line(number) for number in range(BATCH + 2)]
    lines.insert(1, f"另一人,{synthetic_id_number(900, region='149999')},{synthetic_mobile(0)},1")
    report = house.read_in(write_csv(tmp_path / "p.csv", [*lines, person_line(3)]), is_dry=is_dry)
    assert counts(report) == (BATCH + 2, 0, 2)
    assert codes(report) == [(3, "mobile", "row.duplicate"), (BATCH + 5, "id_number", "row.duplicate")]
    assert [each.problem.line for each in report.problems] == [2, 6]


@on_databases
def test_numbers_of_others_are_refused_and_same_persons_are_unchanged(house: House, tmp_path: Path) -> None:
    """Another name or mobile under a registered number is a conflict for people to settle, not an update."""
    for number in (1, 2, 3):
        house.persons.register(
            NewPerson(synthetic_id_number(number), "测试", synthetic_mobile(number)), ACTOR, PLACE
        )
    lines = [
        f"测试,{synthetic_id_number(1)},{synthetic_mobile(1)},1",
        f"改名,{synthetic_id_number(2)},{synthetic_mobile(2)},1",
        f"测试,{synthetic_id_number(3)},,1",
        f"测试,{synthetic_id_number(4)},{synthetic_mobile(3)},1",
    ]
    report = house.read_in(write_csv(tmp_path / "p.csv", lines))
    assert counts(report) == (0, 1, 3)
    assert [code for _, _, code in codes(report)] == ["person.id_number_taken"] * 2 + ["person.mobile_taken"]
    with house.sql.once() as db:
        person = house.store.find_by_document(db, "111", synthetic_id_number(2))
    assert person is not None
    assert person.name == "测试"


def test_a_dry_run_judges_the_same_and_writes_nothing(house: House, tmp_path: Path) -> None:
    """Counts and problems are those of the run that follows; no row and no event is left."""
    lines = [person_line(0), "坏,1,1,1", person_line(1), person_line(0)]
    source = write_csv(tmp_path / "p.csv", lines)
    dry = house.read_in(source, is_dry=True)
    assert house.count("person") == house.count("audit_event") == 0
    real = house.read_in(source)
    assert counts(dry) == counts(real) == (2, 0, 2)
    assert codes(dry) == codes(real)


@on_databases
def test_a_batch_that_loses_a_race_is_done_row_by_row(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers taken between look and write cost their own rows; the same person added meanwhile is unchanged."""
    look = PersonStore.taken_digests
    rivals = [NewPerson(synthetic_id_number(3, region="140099"), "别人")]
    name, identity, mobile, _ = person_line(5).split(",")
    rivals.append(NewPerson(identity, name, mobile))

    def look_then_lose(store: PersonStore, db: Db, numbers: list[bytes], mobiles: list[bytes]) -> set[bytes]:
        taken = look(store, db, numbers, mobiles)
        while rivals:
            house.persons.register(rivals.pop(), ACTOR, PLACE)
        return taken

    monkeypatch.setattr(PersonStore, "taken_digests", look_then_lose)
    report = house.read_in(write_csv(tmp_path / "p.csv", map(person_line, range(10))))
    assert counts(report) == (8, 1, 1)
    assert codes(report) == [(5, "id_number", "person.id_number_taken")]
    assert house.count("person") == house.count("audit_event", "act = 'person.added'") == 10


def test_a_stop_leaves_whole_batches_and_the_next_run_goes_on(house: House, tmp_path: Path) -> None:
    """After a stop the batch in hand stands with its events; the same file then adds the rest."""
    total = 2 * BATCH
    source = write_csv(tmp_path / "p.csv", map(person_line, range(total)))
    stopped = house.read_in(source, is_stopped=lambda: True)
    assert (counts(stopped), stopped.is_stopped, stopped.last_line) == ((BATCH, 0, 0), True, BATCH + 1)
    assert house.count("person") == house.count("audit_event", "act = 'person.added'") == BATCH
    told: list[int] = []
    rest = house.read_in(source, tell=told.append)
    assert (counts(rest), rest.resumed_after, told) == ((2 * BATCH, 0, 0), BATCH + 1, [2 * BATCH + 1])
    assert house.count("person") == house.count("audit_event", "act = 'person.added'") == 2 * BATCH
    assert counts(house.read_in(source)) == (0, 2 * BATCH, 0)


@on_databases
def test_first_passwords_open_the_accounts(house: House, tmp_path: Path) -> None:
    """With a password column those who have one can sign in with it, and no clear text is kept."""
    source = tmp_path / "p.csv"
    lines = [f"测试,{synthetic_id_number(1)},first-password", f"测试,{synthetic_id_number(2)},"]
    source.write_text("姓名,证件号码,初始密码\n" + "\n".join(lines) + "\n")
    assert counts(house.read_in(source)) == (2, 0, 0)
    with house.sql.once() as db:
        person = house.store.find_by_document(db, "111", synthetic_id_number(1))
        assert person is not None
        outcome, _ = house.passwords.check(db, person.id, "first-password")
    assert isinstance(outcome, Accepted)
    assert house.count("credential") == 1


@pytest.mark.parametrize("trap", ["source", "link"])
def test_the_error_file_overwrites_neither_the_source_nor_what_a_link_names(
    house: House, tmp_path: Path, trap: str
) -> None:
    """Naming the imported file, or a link laid out by somebody else, is refused and nothing is emptied."""
    source = write_csv(tmp_path / "p.csv", [person_line(0)])
    victim = tmp_path / "victim"
    victim.write_text("kept")
    link = tmp_path / "link.csv"
    link.symlink_to(victim)
    with pytest.raises((RequestRefused, OSError)):
        house.read_in(source, bad=source if trap == "source" else link)
    assert victim.read_text() == "kept"
    assert source.stat().st_size > 50
    assert house.count("person") == 0


def test_an_error_file_that_others_could_read_is_closed_to_them(house: House, tmp_path: Path) -> None:
    """A file left by an earlier run with wider rights is emptied and made the owner's own before anything is in it."""
    bad = tmp_path / "bad.csv"
    bad.write_text("old " * 1000)
    os.chmod(bad, 0o644)  # noqa: PTH101 - the same as Path.chmod, said where it matters
    house.read_in(write_csv(tmp_path / "p.csv", ["坏,1,1,1"]), bad=bad)
    assert stat.S_IMODE(bad.stat().st_mode) == 0o600
    assert "old" not in bad.read_text("utf-8-sig")


def test_memory_does_not_grow_with_the_rows_of_a_file(house: House, tmp_path: Path) -> None:
    """Twenty batches of refused rows, each with a long note, need no more than a few batches at once."""
    source = tmp_path / "p.csv"
    note = "x" * 2000
    source.write_text(
        "name,id_number,note\n" + "".join(f"Ada Sample,{n},{note}\n" for n in range(20 * BATCH))
    )
    tracemalloc.start()
    report = house.read_in(source, bad=tmp_path / "bad.csv")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.refused == 20 * BATCH
    assert peak < source.stat().st_size / 2


def test_an_overlong_line_costs_itself_only(house: House, tmp_path: Path) -> None:
    """A line of a megabyte is one bad row; its neighbours are added."""
    source = write_csv(tmp_path / "p.csv", [person_line(0), "x" * 1_000_000, person_line(1)])
    report = house.read_in(source)
    assert counts(report) == (2, 0, 1)
    assert codes(report) == [(3, "row", "row.too_long")]


def test_progress_is_told_by_line(house: House, tmp_path: Path, sql: Sql) -> None:
    """After each batch the line that was reached is told, in order, to the end."""
    told: list[int] = []
    house.read_in(write_csv(tmp_path / "p.csv", map(person_line, range(BATCH + 1))), tell=told.append)
    assert told == [BATCH + 1, BATCH + 2]


@on_databases
def test_levels_stand_on_evidence(house: House, tmp_path: Path) -> None:
    """A level is carried over, or stands on the method, source and time that the file names; level 0 has none."""
    source = tmp_path / "p.csv"
    source.write_text(
        "姓名,证件号码,等级,核验方式,核验来源,核验编号,核验时间\n"
        f"测试,{synthetic_id_number(1)},2,face,某局,F-1,2024-05-31\n"
        f"测试,{synthetic_id_number(2)},1,,,,\n"
        f"测试,{synthetic_id_number(3)},0,,,,\n"
    )
    assert counts(house.read_in(source)) == (3, 0, 0)
    with house.sql.once() as db:
        rows = db.execute(
            text(
                "SELECT method, source, level, reference, obtained_at, recorded_by FROM proofing_evidence ORDER BY level"
            )
        ).all()
        ends = db.execute(text("SELECT level, level_until FROM person ORDER BY level")).all()
        proved = db.execute(text("SELECT level, expires_at FROM proofing_evidence ORDER BY level")).all()
    now = round(house.clock.timestamp() * 1_000_000)
    day = round(datetime(2024, 5, 30, 16, tzinfo=UTC).timestamp() * 1_000_000)
    assert [tuple(row) for row in rows] == [
        ("carried_over", "import", 1, "", now, ACTOR),
        ("face", "某局", 2, "F-1", day, ACTOR),
    ]
    # Each level ends with its proof: 1,095 days for what is carried over, 730 for a face check, whenever that was.
    year = 365 * 86_400_000_000
    assert [tuple(row) for row in ends] == [(0, None), (1, now + 3 * year), (2, day + 2 * year)]
    assert [tuple(row) for row in proved] == [tuple(row) for row in ends[1:]]


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ("2,palm,,,", "proof_method", "proof.method"),
        ("3,face,,,", "level", "proof.level"),
        ("1,,,,2999-01-01", "proof_at", "proof.time"),
        ("1,,,,31.5.2024", "proof_at", "proof.time"),
        ("1,,,,2024-05-31T08:00:00", "proof_at", "proof.time"),
        (f"1,,{'长' * 49},,", "proof_source", "proof.text"),
    ],
)
def test_a_proof_that_cannot_be_is_refused(
    house: House, tmp_path: Path, cells: str, field: str, code: str
) -> None:
    """An unknown method, one that carries less, a time to come or without its offset, and texts too long."""
    source = tmp_path / "p.csv"
    source.write_text(
        f"姓名,证件号码,等级,核验方式,核验来源,核验编号,核验时间\n测试,{synthetic_id_number(1)},{cells}\n"
    )
    assert codes(house.read_in(source)) == [(2, field, code)]


@on_databases
@pytest.mark.parametrize("are_weak_kept", [True, False])
def test_hashes_of_other_systems_open_the_accounts(house: House, tmp_path: Path, are_weak_kept: bool) -> None:
    """A carried hash verifies and asks to be renewed; a weak one is kept under Argon2, or not at all where reset is asked."""
    source = tmp_path / "p.csv"
    strong = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    weak = "$md5$ps$20646967657374$f96b697d7cb7938d525a2f31aaf161d0"
    source.write_text(
        f"姓名,证件号码,密码散列\n测试,{synthetic_id_number(1)},{strong}\n测试,{synthetic_id_number(2)},{weak}\n"
    )
    assert counts(house.read_in(source, are_weak_kept=are_weak_kept)) == (2, 0, 0)
    with house.sql.once() as db:
        for number, password, is_kept in ((1, "U*U", True), (2, "message", are_weak_kept)):
            person = house.store.find_by_document(db, "111", synthetic_id_number(number))
            assert person is not None
            outcome, to_renew = house.passwords.check(db, person.id, password)
            assert isinstance(outcome, Accepted) == is_kept
            assert (to_renew is not None) == is_kept
    assert house.count("credential") == 1 + are_weak_kept


def test_a_hash_of_no_known_form_or_beside_a_password_is_refused(house: House, tmp_path: Path) -> None:
    """Neither is guessed at: the row says what is wrong, and the hash is not shown."""
    source = tmp_path / "p.csv"
    bare = "f96b697d7cb7938d525a2f31aaf161d0"
    source.write_text(
        f"姓名,证件号码,初始密码,密码散列\n测试,{synthetic_id_number(1)},,{bare}\n"
        f"测试,{synthetic_id_number(2)},secret-1,$md5$ps$61${bare}\n"
    )
    report = house.read_in(source)
    assert codes(report) == [(2, "password_hash", "password.hash"), (3, "password_hash", "password.both")]
    assert bare not in repr(report.problems)


@on_databases
def test_a_file_cut_in_the_middle_gives_no_half_person(house: House, tmp_path: Path) -> None:
    """Wherever the file ends, the rows before are added and the last one is refused by its line number."""
    whole = "姓名,证件号码\n" + "".join(
        f"测试{'甲乙丙丁'[n]},{synthetic_id_number(n)}\n" for n in range(1, 4)
    )
    source = tmp_path / "p.csv"
    source.write_bytes(whole.encode()[:-1])
    report = house.read_in(source)
    assert (counts(report), codes(report)) == ((2, 0, 1), [(4, "row", "row.cut")])
    source.write_bytes(whole.encode()[: whole.encode().index(b"\n", 20) + 4])
    assert house.read_in(source).added == 0
    assert house.count("person") == 2


@on_databases
def test_a_null_in_a_name_is_refused(house: House, tmp_path: Path) -> None:
    """U+0000 is in nobody's name, and no database needs to say so."""
    source = tmp_path / "p.csv"
    source.write_text(
        f"姓名,证件号码,备注\n测\0试,{synthetic_id_number(1)},\n测试,{synthetic_id_number(2)},\0\n"
    )
    assert codes(house.read_in(source)) == [(2, "name", "name.format")]
    assert house.count("person") == 1


def test_the_error_file_goes_on_after_a_stop(house: House, tmp_path: Path) -> None:
    """The second run keeps the refused rows of the first, drops what was written beyond the journal, and adds its own."""
    lines = list(map(person_line, range(2 * BATCH)))
    lines[5] = lines[BATCH + 5] = "坏,1,1,1"
    source, bad = write_csv(tmp_path / "p.csv", lines), tmp_path / "bad.csv"
    house.read_in(source, bad=bad, is_stopped=lambda: True)
    with bad.open("a", encoding="utf-8") as out:
        out.write("9999,written before a kill\r\n")
    report = house.read_in(source, bad=bad)
    assert counts(report) == (2 * BATCH - 2, 0, 2)
    assert [row[0] for row in rows_of(bad)[1:]] == ["7", str(BATCH + 7)]


def test_an_error_file_of_something_else_is_begun_anew(house: House, tmp_path: Path) -> None:
    """A file that the stopped run did not write is not taken for its error file."""
    source, bad = (
        write_csv(tmp_path / "p.csv", ["坏,1,1,1", *map(person_line, range(BATCH))]),
        tmp_path / "bad.csv",
    )
    house.read_in(source, bad=bad, is_stopped=lambda: True)
    bad.write_text("another file altogether, and long enough " * 20)
    house.read_in(source, bad=bad)
    assert rows_of(bad)[0][:3] == ["行号", "字段", "问题"]
    assert len(rows_of(bad)) == 1
