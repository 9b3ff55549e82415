"""Files of old records: each of the six states, what is written of it, and nothing computed."""

from pathlib import Path

import pytest

from idp.conversion.models import ConversionState
from idp.errors import Conflict, NotFound
from idp.identifiers.errors import IdentifierRejected
from idp.organisations.models import IdentifierKind
from tests.support.converting import converted, number, org_code, registered, resolved, waiting
from tests.support.importing import PLACE, counts
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number, synthetic_uscc


def states(provider: Provider) -> list[tuple[int, str, str]]:
    """Line, state and reason of what waits."""
    return [(item.line, item.state.value, item.why) for item in waiting(provider)]


def test_every_state_of_one_file(any_provider: Provider, tmp_path: Path) -> None:
    """What a code or the register's name settles is settled; everything else waits with its reason, and is not written."""
    registered(any_provider, tmp_path, (1, "甲公司", number(1)), (2, "乙公司", ""), (3, "丙公司", number(3)))
    bad = org_code(7)[:-1] + ("0" if org_code(7)[-1] != "0" else "1")
    report = converted(
        any_provider,
        tmp_path / "old.csv",
        f"随便什么名称,,{number(1)},140199{org_code(1)},",  # by code; the tax number is new
        f"乙公司,{org_code(2)},,,",  # the code is inside a unified code, and the name is the register's
        f"别的名称,{org_code(2)},,,",  # found again, whatever the name: the code is its own by now
        f"不同名,{org_code(3)},{number(9)},,",  # a candidate under another name, and nobody to ask
        f"丁公司,{org_code(1)},{number(3)},,",  # the number of one, and a code inside another's unified code
        f"戊公司,,{number(2)},,{synthetic_uscc(9)}",  # a unified code that nobody has
        f"己公司,{bad},,,",
        f"甲公司,,{number(5)},,{synthetic_uscc(1)}",  # a second registration number of one organisation
        ",,,,",
        "无代码公司,,,,",
    )
    tally = dict.fromkeys(ConversionState, 0) | {
        ConversionState.MATCHED_BY_CODE: 2,
        ConversionState.MATCHED_BY_REGISTER: 1,
        ConversionState.AMBIGUOUS: 1,
        ConversionState.DUPLICATE: 1,
        ConversionState.BAD_CHECKSUM: 1,
        ConversionState.MANUAL: 2,
    }
    assert {state: report.tally[state.value] for state in ConversionState} == tally
    assert states(any_provider) == [
        (5, "manual", "no_register"),
        (6, "ambiguous", "codes_disagree"),
        (7, "manual", "no_register"),
        (8, "bad_checksum", "org_code.check"),
        (9, "duplicate", "second_code"),
    ]
    assert waiting(any_provider)[0].candidates == (synthetic_uscc(3),)
    for code, serial in ((org_code(2), 2), (f"140199{org_code(1)}", 1), (number(1), 1)):
        found = resolved(any_provider, code)
        assert found is not None and found.organisation.uscc == synthetic_uscc(serial), code
    assert resolved(any_provider, number(5)) is None and resolved(any_provider, number(2)) is None


def test_a_code_of_several_is_ambiguous(any_provider: Provider, tmp_path: Path) -> None:
    """Codes of a record that lead to two organisations, and a stated unified code that is another's, are for a person."""
    registered(any_provider, tmp_path, (1, "甲公司", number(1)), (2, "乙公司", number(2)))
    converted(any_provider, tmp_path / "a.csv", f"乙公司,{org_code(2)},,,")
    report = converted(
        any_provider,
        tmp_path / "b.csv",
        f"甲公司,{org_code(2)},{number(1)},,",
        f"甲公司,,{number(1)},,{synthetic_uscc(2)}",
    )
    assert report.tally[ConversionState.AMBIGUOUS.value] == 2
    assert states(any_provider) == [(2, "ambiguous", "codes_disagree"), (3, "ambiguous", "stated_differs")]
    assert {item.candidates for item in waiting(any_provider)} == {(synthetic_uscc(1), synthetic_uscc(2))}


def test_the_same_file_again_changes_nothing(any_provider: Provider, tmp_path: Path) -> None:
    """Neither codes nor items nor changes are doubled, and a record that can be placed by now leaves the queue."""
    registered(any_provider, tmp_path, (1, "甲公司", number(1)))
    lines = [f"甲公司,{org_code(1)},,,", f"乙公司,{org_code(2)},{number(2)},,"]
    assert counts(converted(any_provider, tmp_path / "o.csv", *lines)) == (1, 0, 0, 1)
    events = len(any_provider.events("organisation.codes_attached"))
    assert counts(converted(any_provider, tmp_path / "o.csv", *lines)) == (0, 0, 1, 1)
    assert len(any_provider.events("organisation.codes_attached")) == events == 1
    assert len(waiting(any_provider)) == 1
    registered(any_provider, tmp_path, (2, "乙公司", ""))
    assert counts(converted(any_provider, tmp_path / "o.csv", *lines)) == (1, 0, 1, 0)
    assert waiting(any_provider) == []


def test_a_dry_run_writes_nothing(any_provider: Provider, tmp_path: Path) -> None:
    """It tells what the directory knows, and how many would be asked about."""
    registered(any_provider, tmp_path, (1, "甲公司", number(1)))
    lines = [f"甲公司,{org_code(1)},,,", f"乙公司,{org_code(2)},,,", f"丙公司,{org_code(3)[:-1]}?,,,"]
    report = converted(any_provider, tmp_path / "o.csv", *lines, is_dry=True)
    assert dict(report.tally) == {"matched_by_register": 1, "to_ask": 1, "bad_checksum": 1}
    assert waiting(any_provider) == [] and any_provider.events("organisation.codes_attached") == []


def test_a_sole_traders_number_is_sealed_and_found(any_provider: Provider, tmp_path: Path) -> None:
    """It holds an ID number: found by its digest, in no change and in no event."""
    registered(any_provider, tmp_path, (1, "甲店", number(1)))
    tax = synthetic_id_number(77) + "00"
    assert counts(converted(any_provider, tmp_path / "o.csv", f"甲店,,{number(1)},{tax},")) == (1, 0, 0, 0)
    found = resolved(any_provider, tax)
    assert found is not None and found.old_kind is IdentifierKind.TAX_NUMBER
    with any_provider.sql.once() as db:
        changes = any_provider.services.people.organisation_store.list_changes(db, found.organisation.id, 9)
    assert synthetic_id_number(77) not in repr(changes) + repr(any_provider.events())
    assert counts(converted(any_provider, tmp_path / "p.csv", f"甲店,,{number(1)},{tax},")) == (0, 0, 1, 0)
    second = converted(any_provider, tmp_path / "q.csv", f"甲店,,{number(1)},{synthetic_id_number(79)}00,")
    assert second.tally[ConversionState.DUPLICATE.value] == 1


def test_an_officer_settles_and_dismisses(any_provider: Provider, tmp_path: Path) -> None:
    """Settling moves codes, dismissing lets a record be; each item is decided once, and a bad code is nobody's."""
    registered(any_provider, tmp_path, (1, "甲公司", number(1)), (2, "乙公司", number(2)))
    bad = number(8)[:-1] + str((int(number(8)[-1]) + 1) % 10)
    lines = [f"甲,{org_code(2)},{number(1)},,{synthetic_uscc(2)}", f"丙,,{number(5)},,", f"丁,,{bad},,"]
    converted(any_provider, tmp_path / "o.csv", *lines)
    queue, sql = any_provider.services.people.queue, any_provider.sql
    moved, unknown, broken = waiting(any_provider)

    def settle(item_id: str, uscc: str) -> None:
        with sql.begin() as db:
            queue.settle(db, item_id, uscc, "已核对档案", "cli:test", PLACE)

    with pytest.raises(IdentifierRejected):
        settle(moved.id, "91140100MA0T00011B")
    with pytest.raises(NotFound):
        settle(moved.id, synthetic_uscc(9))
    with pytest.raises(NotFound):
        settle("nobody", synthetic_uscc(1))
    with pytest.raises(Conflict, match=r"conversion\.bad_code"):
        settle(broken.id, synthetic_uscc(1))
    settle(moved.id, synthetic_uscc(2))
    with pytest.raises(Conflict, match=r"conversion\.decided"):
        settle(moved.id, synthetic_uscc(1))
    found = resolved(any_provider, number(1))
    assert found is not None and found.organisation.uscc == synthetic_uscc(2)
    with sql.begin() as db:
        queue.dismiss(db, unknown.id, "不存在", "cli:test", PLACE)
    report = converted(any_provider, tmp_path / "p.csv", *lines)
    assert (report.tally["dismissed"], report.tally[ConversionState.MATCHED_BY_CODE.value]) == (1, 1)
    assert [item.id for item in waiting(any_provider)] == [broken.id]
    assert [event.object for event in any_provider.events("organisation.conversion_decided")] == [
        moved.id,
        unknown.id,
    ]
