"""Languages of the pages: which one to speak, and the words of each.

Catalogues are gettext files whose msgid is a stable key ("login.title"), so that a change of wording never
breaks a page. Both are read at boot; a key or placeholder that one language lacks stops the boot.
"""

import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from babel.dates import format_date as babel_format_date
from babel.dates import format_datetime as babel_format_datetime
from babel.dates import format_timedelta
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from idp.clock import CHINA

LOCALE_FOLDER = Path(__file__).parent / "locale"
ACCEPT_LANGUAGE_LIMIT = 1000


class Language(StrEnum):
    """A language the pages speak; the value is the HTML `lang` tag (BCP 47)."""

    ZH = "zh-CN"
    EN = "en"


LOCALES: Mapping[str, str] = {Language.ZH: "zh_Hans", Language.EN: "en"}
PATTERNS: Mapping[str, Mapping[str, str]] = {
    Language.ZH: {"near": "{day} HH:mm", "year": "M月d日 HH:mm", "full": "y年M月d日 HH:mm"},
    Language.EN: {"near": "{day} HH:mm", "year": "d MMM, HH:mm", "full": "d MMM y, HH:mm"},
}
NEAR_DAYS: Mapping[str, Mapping[int, str]] = {
    Language.ZH: {-1: "昨天", 0: "今天", 1: "明天"},
    Language.EN: {-1: "yesterday", 0: "today", 1: "tomorrow"},
}


class Catalogue:
    """The words of every page in every language, read once from the `.po` files under `folder`.

    Raises ValueError at construction when the languages do not hold the same keys with the same placeholders.
    """

    def __init__(self, folder: Path = LOCALE_FOLDER) -> None:
        self._words = {language: _read(folder / LOCALES[language]) for language in Language}
        _require_same(self._words[Language.ZH], self._words[Language.EN])

    def text(self, key: str, language: str, **values: object) -> str:
        """Give the words of `key` with `values` in their places; plain text, not markup.

        An unknown key or a missing value raises KeyError.
        """
        return self._words[Language(language)][key].format_map(values)

    def keys(self) -> frozenset[str]:
        """Give every key there is."""
        return frozenset(self._words[Language.ZH])


def choose_language(cookie: str | None, accept_language: str | None, ui_locales: str | None = None) -> str:
    """Choose the language of a page: by the stored choice, the wish of the application, the browser.

    `cookie` is the stored choice, `ui_locales` the space-separated wish (OIDC Core §3.1.2.1), `accept_language`
    the header (RFC 9110 §12.5.4). Junk is passed over; with nothing usable the answer is zh-CN.
    """
    wishes = [cookie or "", *(ui_locales or "").split()[:16], *_preferred(accept_language or "")]
    return next((language for wish in wishes if (language := _match(wish))), Language.ZH).value


def format_datetime(instant: datetime, language: str, now: datetime | None = None) -> str:
    """Write an aware instant in Chinese time: 今天 09:12 near `now`, else with the date.

    The year is left out when it is that of `now`; without `now` the date is always whole.
    """
    local = instant.astimezone(CHINA)
    patterns = PATTERNS[language]
    pattern = patterns["full"]
    if now is not None:
        today = now.astimezone(CHINA).date()
        day = NEAR_DAYS[language].get((local.date() - today).days)
        if day:
            return f"{day} {local:%H:%M}"
        if local.year == today.year:
            pattern = patterns["year"]
    return babel_format_datetime(local, pattern, tzinfo=CHINA, locale=LOCALES[language])


def format_day(instant: datetime, language: str) -> str:
    """Write the day of an aware instant in Chinese time, always with the year."""
    pattern = {Language.ZH: "y年M月d日", Language.EN: "d MMM y"}[Language(language)]
    return babel_format_date(instant.astimezone(CHINA).date(), pattern, locale=LOCALES[language])


def format_relative(instant: datetime, language: str, now: datetime) -> str:
    """Write the distance from `now` to `instant`, in minutes or a larger unit: 12分钟后, 3 days ago."""
    distance = instant - now
    if abs(distance) < timedelta(minutes=1):
        distance = timedelta(minutes=1 if distance >= timedelta(0) else -1)
    return format_timedelta(distance, granularity="minute", add_direction=True, locale=LOCALES[language])


def full_minute(instant: datetime) -> datetime:
    """Give the full minute at or after an instant: who is told to come back then does not come too early."""
    begun = instant.replace(second=0, microsecond=0)
    return begun if begun == instant else begun + timedelta(minutes=1)


def _match(tag: str) -> Language | None:
    primary = tag.strip().lower().replace("_", "-").split("-")[0]
    return {"zh": Language.ZH, "en": Language.EN}.get(primary)


def _preferred(header: str) -> list[str]:
    ranges: list[tuple[float, str]] = []
    for part in header[:ACCEPT_LANGUAGE_LIMIT].split(","):
        tag, _, parameter = part.partition(";")
        quality = _quality(parameter)
        if quality > 0:
            ranges.append((quality, tag))
    return [tag for _, tag in sorted(ranges, key=lambda item: -item[0])]


def _quality(parameter: str) -> float:
    """Read `q=0.8`; nothing said is 1, anything unreadable counts as 0 (RFC 9110 §12.4.2)."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if name.strip().lower() == "q" and 0 <= quality <= 1 else 0.0


def _read(folder: Path) -> dict[str, str]:
    words: dict[str, str] = {}
    for path in sorted((folder / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            own = dict(_words(message) for message in read_po(file, abort_invalid=True) if message.id)
        if twice := sorted(words.keys() & own.keys()):
            raise ValueError(f"keys in two files: {', '.join(twice)}")
        words |= own
    return words


def _words(message: Message) -> tuple[str, str]:
    """Give key and words; plural forms are not used, texts with a number are worded to fit any."""
    key, words = message.id, message.string
    if not isinstance(key, str) or not isinstance(words, str) or not words:
        raise ValueError(f"one text is needed for {key}")
    if not all(name.isidentifier() for name in _placeholders(words)):
        raise ValueError(f"a placeholder of {key} is not a plain name")
    return key, words


def _placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def _require_same(first: Mapping[str, str], second: Mapping[str, str]) -> None:
    if lonely := sorted(first.keys() ^ second.keys()):
        raise ValueError(f"keys in one language only: {', '.join(lonely)}")
    if differing := sorted(key for key in first if _placeholders(first[key]) != _placeholders(second[key])):
        raise ValueError(f"placeholders differ: {', '.join(differing)}")
