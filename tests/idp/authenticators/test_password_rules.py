"""What a new password may not be."""

import pytest

from idp.authenticators.password_rules import LONGEST, SHORTEST, password_fault

FACTS = ("140100190002280015", "测试甲乙", "19900008401")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "password.short"),
        ("x7!绿茶", "password.short"),
        ("abababab" * 9, "password.same"),
        ("x" * (LONGEST + 1), "password.long"),
        ("good enough\ud800", "password.not_text"),
        ("140100190002280015", "password.of_account"),
        ("１４０１００１９０００２２８００１５", "password.of_account"),
        ("pw19900008401", "password.of_account"),
        ("ok-19000228", "password.of_account"),
        ("我是测试甲乙呀没错", "password.of_account"),
    ],
)
def test_each_fault_is_named(password: str, fault: str) -> None:
    """Short, long, monotonous, unkeepable, and made of what stands in the account, full-width digits included."""
    assert password_fault(password, FACTS) == fault


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "一二三四五六七八",
        "Tr0ub4d&",
        "a long phrase that happens to hold 190002 somewhere",
        "p" * (SHORTEST - 3) + "qrs",
    ],
)
def test_any_script_and_any_composition_will_do(password: str) -> None:
    """No rule of capitals, digits and signs; a long phrase may hold six digits of a number."""
    assert password_fault(password, FACTS) is None


def test_a_fact_that_is_missing_or_tiny_bars_nothing() -> None:
    """An empty mobile number and a name of two characters are in many good passwords."""
    assert password_fault("李明 likes tea", ("", "李明")) is None
