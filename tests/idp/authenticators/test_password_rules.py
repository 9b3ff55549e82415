"""What a new password may not be."""

import hashlib
from pathlib import Path

import pytest

from idp.authenticators.password_rules import LONGEST, SHORTEST, Breached, password_fault

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
        ("password123", "password.weak"),
        ("Passw0rd!", "password.weak"),
        ("zxcvbnm,./", "password.weak"),
        ("woaini1314", "password.weak"),
        ("mima888888", "password.weak"),
        ("一二三四五六七八", "password.weak"),
        ("pppppqrs", "password.weak"),
    ],
)
def test_each_fault_is_named(password: str, fault: str) -> None:
    """Short, long, monotonous, unkeepable, made of what stands in the account, and easy to guess, in pinyin too."""
    assert password_fault(password, FACTS) == fault


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "江边的柳树又绿了",
        "Tr0ub4d&",
        "a long phrase that happens to hold 190002 somewhere",
        "山" * (SHORTEST - 4) + "水月风花",
    ],
)
def test_any_script_and_any_composition_will_do(password: str) -> None:
    """No rule of capitals, digits and signs; a long phrase may hold six digits of a number."""
    assert password_fault(password, FACTS) is None


def test_a_fact_that_is_missing_or_tiny_bars_nothing() -> None:
    """An empty mobile number and a name of two characters are in many good passwords."""
    assert password_fault("李明 likes tea", ("", "李明")) is None


def test_a_breached_password_is_found_in_a_sorted_file(tmp_path: Path) -> None:
    """First, middle and last lines are found, neighbours and an empty file are not."""
    words = [f"word {number}" for number in range(997)]
    lines = sorted(
        hashlib.new("sha1", word.encode(), usedforsecurity=False).hexdigest().upper() + f":{len(word)}"
        for word in words
    )
    file = tmp_path / "breached.txt"
    file.write_text("\r\n".join(lines) + "\r\n", encoding="ascii")
    breached = Breached(file)
    assert all(breached.has(word) for word in words)
    assert not any(breached.has(f"other {number}") for number in range(200))
    file.write_text("", encoding="ascii")
    assert not breached.has(words[0])


def _sha1(word: str) -> str:
    return hashlib.new("sha1", word.encode(), usedforsecurity=False).hexdigest().upper()
