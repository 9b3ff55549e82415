"""Choice of language, the catalogue, and the words for time."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from idp.web.i18n import (
    LOCALE_FOLDER,
    Catalogue,
    Language,
    choose_language,
    format_datetime,
    format_relative,
    full_minute,
)

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
# The error words of the page design; other parts name them in the refusals they give.
ERROR_KEYS = (
    "id.empty",
    "id.format",
    "id.check",
    "cred.bad",
    "cred.pause",
    "code.bad",
    "code.sent",
    "code.many",
    "qr.expired",
    "qr.refused",
    "face.fail",
    "level.low",
    "uscc.format",
    "uscc.check",
    "agent.none",
    "agent.expired",
    "passkey.fail",
    "session.end",
    "rp.bad",
    "svc.down",
)


@pytest.mark.parametrize(
    ("cookie", "accept", "wish", "expected"),
    [
        (None, None, None, "zh-CN"),
        ("en", "zh-CN", "zh-CN", "en"),
        (None, "zh-CN", "en-GB fr", "en"),
        (None, "en-US,en;q=0.9,zh;q=0.8", None, "en"),
        (None, "en;q=0.2, zh-TW;q=0.9", None, "zh-CN"),
        (None, "fr, de;q=0.9", None, "zh-CN"),
        (None, "fr, en;q=0.1", "de", "en"),
        (None, "en;q=0, zh;q=0.1", None, "zh-CN"),
        ("xx", "EN_us", None, "en"),
        (None, "*", None, "zh-CN"),
    ],
)
@pytest.mark.clause("RFC 9110", "12.5.4")
@pytest.mark.clause("OIDC Core", "3.1.2.1")
def test_language_follows_choice_then_application_then_browser(
    cookie: str | None, accept: str | None, wish: str | None, expected: str
) -> None:
    """The stored choice wins over the application's wish, that over the browser's, and Chinese is the rest."""
    assert choose_language(cookie, accept, wish) == expected


@pytest.mark.parametrize(
    "junk",
    [";;;,,,", "en;q=nan", "en;q=high", "en;q=-1", "en;q=9", "en;x=1", "\x00", "q=1", "e" * 9000, "," * 9000],
)
def test_junk_in_accept_language_is_passed_over(junk: str) -> None:
    """A header that makes no sense gives the Chinese page and no failure, and does not spoil its neighbours."""
    assert choose_language(None, junk) == "zh-CN"
    assert choose_language(junk, f"{junk[:20]}, en;q=0.4") == "en"


def test_every_error_key_has_words_in_both_languages() -> None:
    """The error keys that the page design fixes are all in the catalogue."""
    catalogue = Catalogue()
    assert set(ERROR_KEYS) <= catalogue.keys()
    assert catalogue.text("cred.bad", "zh-CN", n=3) == "账户或密码不正确。还可以尝试 3 次"
    assert catalogue.text("id.empty", Language.EN) == "Enter your ID number or mobile number"


def test_unknown_key_and_missing_value_are_errors() -> None:
    """A page that names words which are not there fails in its tests and does not show a gap."""
    catalogue = Catalogue()
    with pytest.raises(KeyError):
        catalogue.text("no.such.key", "zh-CN")
    with pytest.raises(KeyError):
        catalogue.text("cred.bad", "en", m=1)
    with pytest.raises(KeyError):
        catalogue.text("cred.bad", "en")


def test_value_is_not_read_as_a_template() -> None:
    """Braces in a value come out as they went in."""
    said = Catalogue().text("rp.bad", "en", app="{app.__class__}{0}")
    assert said.startswith("The request from {app.__class__}{0} has")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('msgid "login.title"', 'msgid "login.other"', "login.title"),
        ("Tries left: {n}", "Tries left", "cred.bad"),
        ('msgstr "Cancel"', 'msgstr ""', "page.cancel"),
        ("Tries left: {n}", "Tries left: {n.real}", "cred.bad"),
    ],
)
def test_catalogues_that_differ_stop_the_boot(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """A key, placeholder or text that one language lacks is named when the catalogue is read."""
    shutil.copytree(LOCALE_FOLDER, tmp_path, dirs_exist_ok=True)
    english = tmp_path / "en" / "LC_MESSAGES" / "pages.po"
    text = english.read_text(encoding="utf-8")
    assert old in text
    english.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        Catalogue(tmp_path)


@pytest.mark.parametrize(
    ("instant", "chinese", "english"),
    [
        (NOW, "今天 09:12", "today 09:12"),
        (datetime(2026, 11, 22, 16, 1, tzinfo=UTC), "今天 00:01", "today 00:01"),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "昨天 23:59", "yesterday 23:59"),
        (datetime(2026, 11, 24, 1, 0, tzinfo=UTC), "明天 09:00", "tomorrow 09:00"),
        (datetime(2026, 3, 1, 1, 5, tzinfo=UTC), "3月1日 09:05", "1 Mar, 09:05"),
        (datetime(2025, 12, 31, 16, 30, tzinfo=UTC), "1月1日 00:30", "1 Jan, 00:30"),
        (datetime(2024, 2, 29, 1, 5, tzinfo=UTC), "2024年2月29日 09:05", "29 Feb 2024, 09:05"),
    ],
)
def test_time_is_written_as_people_in_china_read_it(instant: datetime, chinese: str, english: str) -> None:
    """Instants are shown in Chinese time, near ones by the name of the day, the year only where it differs."""
    assert format_datetime(instant, "zh-CN", NOW) == chinese
    assert format_datetime(instant, "en", NOW) == english


def test_without_a_present_the_date_is_whole() -> None:
    """A time that will be read later says its year."""
    assert format_datetime(NOW, "zh-CN") == "2026年11月23日 09:12"


def test_distance_is_given_in_minutes_at_least() -> None:
    """A waiting time is never given in seconds, and never as nothing."""
    assert format_relative(NOW + timedelta(minutes=12), "zh-CN", NOW) == "12分钟后"
    assert format_relative(NOW + timedelta(seconds=5), "en", NOW) == "in 1 minute"
    assert format_relative(NOW - timedelta(seconds=5), "en", NOW) == "1 minute ago"
    assert format_relative(NOW - timedelta(days=3), "zh-CN", NOW) == "3天前"


@pytest.mark.parametrize(
    ("moment", "minute"),
    [
        (datetime(2026, 12, 31, 1, 12, tzinfo=UTC), datetime(2026, 12, 31, 1, 12, tzinfo=UTC)),
        (datetime(2026, 12, 31, 1, 12, 0, 1, tzinfo=UTC), datetime(2026, 12, 31, 1, 13, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 59, 5, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_end_of_a_pause_is_never_told_too_early(moment: datetime, minute: datetime) -> None:
    """Where only minutes are shown, the one in which the pause ends counts as not over yet."""
    assert full_minute(moment) == minute
