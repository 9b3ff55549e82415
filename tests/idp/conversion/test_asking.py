"""Records that only the register can place: it is asked over HTTP, and its silence settles nothing."""

from pathlib import Path

from tests.support.converting import converted, number, org_code, registered, resolved, waiting
from tests.support.importing import counts
from tests.support.provider import Provider
from tests.support.registers import Registers
from tests.support.synthetic import synthetic_uscc


def test_the_register_places_what_the_directory_does_not_know(
    served: Provider, twin: Registers, tmp_path: Path
) -> None:
    """By any old code; by a stated unified code that holds the organisation code; never by a name alone."""
    twin.registers(uscc=synthetic_uscc(1), name="甲公司", identifiers=[["registration_number", number(1)]])
    twin.registers(uscc=synthetic_uscc(2), name="乙公司")
    twin.registers(uscc=synthetic_uscc(3), name="丙公司", identifiers=[["registration_number", number(3)]])
    twin.registers(uscc=synthetic_uscc(4), name="丁公司", identifiers=[["registration_number", number(3)]])
    twin.registers(uscc=synthetic_uscc(5), name="戊公司")
    report = converted(
        served,
        tmp_path / "o.csv",
        f"旧名,,{number(1)},,",
        f"旧名,{org_code(2)},,,{synthetic_uscc(2)}",
        f"丙公司,,{number(3)},,",
        f"不同名,,{number(7)},,{synthetic_uscc(5)}",
        f"己公司,,{number(8)},,",
    )
    assert counts(report) == (2, 0, 0, 3)
    assert [(item.line, item.state.value, item.why) for item in waiting(served)] == [
        (4, "ambiguous", "several"),
        (5, "manual", "stated_differs"),
        (6, "manual", "unknown"),
    ]
    assert waiting(served)[0].candidates == (synthetic_uscc(3), synthetic_uscc(4))
    found = resolved(served, org_code(2))
    assert found is not None and found.organisation.name == "乙公司"


def test_a_candidate_under_another_name_waits_until_the_register_confirms(
    served: Provider, twin: Registers, tmp_path: Path
) -> None:
    """A unified code that holds the organisation code proves nothing by itself."""
    registered(served, tmp_path, (1, "现在的名称", ""))
    line = f"从前的名称,{org_code(1)},,,"
    assert counts(converted(served, tmp_path / "o.csv", line)) == (0, 0, 0, 1)
    assert waiting(served)[0].candidates == (synthetic_uscc(1),)
    twin.registers(
        uscc=synthetic_uscc(1), name="现在的名称", identifiers=[["organisation_code", org_code(1)]]
    )
    assert counts(converted(served, tmp_path / "o.csv", line)) == (1, 0, 0, 0)
    assert waiting(served) == []


def test_a_register_that_does_not_answer_settles_nothing(
    served: Provider, twin: Registers, tmp_path: Path
) -> None:
    """Its silence is a reason of its own; once it answers, the same file settles the record."""
    callers, twin.callers[:] = list(twin.callers), []
    line = f"甲公司,,{number(1)},,"
    twin.registers(uscc=synthetic_uscc(1), name="甲公司", identifiers=[["registration_number", number(1)]])
    assert counts(converted(served, tmp_path / "o.csv", line)) == (0, 0, 0, 1)
    assert [item.why for item in waiting(served)] == ["register_down"]
    twin.callers[:] = callers
    assert counts(converted(served, tmp_path / "o.csv", line)) == (1, 0, 0, 0)
