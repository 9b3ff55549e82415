"""The catalogues of the languages say the same things (style.md 36, 37)."""

import io
import re
from collections.abc import Mapping, Sequence

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.architecture.source_tree import ROOT, refuse, wait_for

LOCALES = ("zh_Hans", "en")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")
RULE = "Catalogues in step (idp/web/locale)"


def test_the_catalogues_have_the_same_keys_and_placeholders() -> None:
    """Chinese and English have the same keys, no empty or unsure text, and the same placeholders."""
    wait_for("idp/web/i18n.py", "it reads the catalogues")
    refuse(differences({locale: _catalogue(locale) for locale in LOCALES}), RULE)


def test_a_missing_key_an_empty_text_and_a_changed_placeholder_are_refused() -> None:
    """Each way in which two catalogues drift apart is named with its key."""
    left = _parsed(
        _entry("a", "甲")
        + _entry("b", "{count} 次")
        + _entry("c", "丙")
        + _entry("d", "丁")
        + _entry("n", "{n} 人")
    )
    plural = 'msgid "n"\nmsgid_plural "n"\nmsgstr[0] "{n} person"\nmsgstr[1] "people"\n\n'
    changed = _entry("a", "A") + _entry("b", "{times} times") + _entry("c", "") + plural
    right = _parsed(changed + "#, fuzzy\n" + _entry("e", "E"))
    assert differences({"zh_Hans": left, "en": right}) == [
        "b: placeholders differ: zh_Hans {count}, en {times}",
        "c: no text in en",
        "d: not in en",
        "e: not in zh_Hans",
        "e: marked fuzzy in en",
    ]


def differences(catalogues: Mapping[str, Catalog]) -> list[str]:
    """What keeps the catalogues from saying the same, one line each, sorted by key."""
    found = []
    keys = {_forms(message.id)[0] for catalogue in catalogues.values() for message in catalogue if message.id}
    for key in sorted(keys):
        messages = {locale: catalogue.get(key) for locale, catalogue in catalogues.items()}
        found += [f"{key}: not in {locale}" for locale, message in messages.items() if message is None]
        present = {locale: message for locale, message in messages.items() if message is not None}
        found += [f"{key}: marked fuzzy in {locale}" for locale, message in present.items() if message.fuzzy]
        said = {locale: _forms(message.string) for locale, message in present.items()}
        found += [
            f"{key}: no text in {locale}" for locale, forms in said.items() if not all(map(str.strip, forms))
        ]
        marks = {
            locale: sorted(set(PLACEHOLDER.findall(" ".join(forms))))
            for locale, forms in said.items()
            if any(forms)
        }
        if len({tuple(names) for names in marks.values()}) > 1:
            shown = ", ".join(f"{locale} {' '.join(names) or 'none'}" for locale, names in marks.items())
            found.append(f"{key}: placeholders differ: {shown}")
    return found


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """The forms of a message: one, or one for each number that the language tells apart."""
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _catalogue(locale: str) -> Catalog:
    """All files of a language as one; a key stands in one of them."""
    paths = sorted((ROOT / "idp/web/locale" / locale / "LC_MESSAGES").glob("*.po"))
    assert paths, f"no catalogue of {locale}"
    return _parsed("\n".join(path.read_text(encoding="utf-8") for path in paths))


def _parsed(text: str) -> Catalog:
    return read_po(io.BytesIO(text.encode()), charset="utf-8", abort_invalid=True)


def _entry(key: str, text: str) -> str:
    return f'msgid "{key}"\nmsgstr "{text}"\n\n'
