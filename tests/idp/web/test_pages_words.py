"""Every text of a page comes from the catalogue, and nothing in the catalogue is left over."""

import re
from pathlib import Path

import pytest

from idp.claims.catalogue import CLAIMS, SCOPES
from idp.identifiers.document import DOCUMENT_NAMES
from idp.web.i18n import LOCALE_FOLDER, LOCALES, Language
from idp.web.page_values import failure_words
from idp.web.render import TEMPLATE_FOLDER
from tests.support.page_case import CATALOGUE
from tests.support.page_cases import page_cases

ROOT = TEMPLATE_FOLDER.parents[2]
USE = re.compile(r"""\bt\(\s*(["'])([a-z0-9_.]+)\1""")
ANY_USE = re.compile(r"\bt\(\s*(?!\s*[\"'])")
# Words for refusals that other parts give: fixed by the page design before those parts exist.
RESERVED = frozenset(
    {"id", "cred", "code", "qr", "face", "level", "uscc", "agent", "passkey", "svc", "request"}
)


def templates() -> list[Path]:
    """Give every template file."""
    return sorted(TEMPLATE_FOLDER.rglob("*.html"))


def used_in_templates() -> set[str]:
    """Give every key that a template names."""
    return {key for path in templates() for _, key in USE.findall(path.read_text(encoding="utf-8"))}


def test_every_key_of_a_template_has_words() -> None:
    """No page asks for words that are not there."""
    assert used_in_templates() <= CATALOGUE.keys()


def test_every_page_has_a_case() -> None:
    """No page stays out of the tests: each template that is one is rendered in at least one state."""
    pages = {path.relative_to(TEMPLATE_FOLDER).as_posix() for path in templates()}
    parts = {name for name in pages if name.startswith(("layout/", "macros/"))}
    assert {case.template for case in page_cases()} == pages - parts


def test_no_template_builds_a_key() -> None:
    """Keys stand whole in the templates, so that the search for missing and unused ones sees them all."""
    assert not [path.name for path in templates() if ANY_USE.search(path.read_text(encoding="utf-8"))]


def test_no_words_are_left_over() -> None:
    """Each key is named by a template or by the code, or is one of the reserved refusals."""
    sources = [
        path for name in ("idp", "federation", "adapters", "admin") for path in (ROOT / name).rglob("*.py")
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unused = CATALOGUE.keys() - used_in_templates()
    assert not [
        key for key in sorted(unused) if not is_named(key, code) and key.split(".")[0] not in RESERVED
    ]


def is_named(key: str, code: str) -> bool:
    """Say whether code names a key: whole, or its beginning where the rest is a value (`f"scope.{scope}"`)."""
    parts = key.split(".")
    beginnings = [".".join(parts[:count]) for count in range(1, len(parts))]
    return f'"{key}"' in code or any(
        f'f"{beginning}.{{' in code or ("." in beginning and f'"{beginning}"' in code)
        for beginning in beginnings
    )


def test_no_template_holds_words_of_its_own() -> None:
    """Outside comments and tags a template holds no letters: words come by key, but for the name of a language."""
    for path in templates():
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        text = re.sub(r"<[^>]*>", "", text).replace("中文", "").replace("English", "")
        assert not re.findall(r"[^\W\d_]+", text), path.name


@pytest.mark.parametrize("language", list(Language))
def test_words_keep_the_rules_of_the_page_design(language: str) -> None:
    """No apology, no bare 'invalid' or 'forbidden', no 'operation failed': each says the fact or what to do."""
    banned = re.compile(
        r"抱歉|请您|非法|无效|系统异常|操作失败|\b(sorry|please|oops|invalid|forbidden)\b", re.I
    )
    files = (LOCALE_FOLDER / LOCALES[language] / "LC_MESSAGES").glob("*.po")
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    said = re.findall(r'^msgstr "(.+)"$', text, re.MULTILINE)
    assert len(said) == len(CATALOGUE.keys())
    assert not [text for text in said if banned.search(text)]
    assert not [text for text in said if language == Language.EN and re.search(r"[\u4e00-\u9fff]", text)]


@pytest.mark.parametrize(
    ("status", "speaks_as"), [(404, 404), (418, 400), (451, 400), (502, 500), (503, 503)]
)
def test_every_failure_status_has_words(status: int, speaks_as: int) -> None:
    """A status without a page of its own speaks as its class."""
    assert failure_words(CATALOGUE, status, "en") == failure_words(CATALOGUE, speaks_as, "en")
    assert failure_words(CATALOGUE, status, "en").what_now


def test_every_key_that_code_names_has_words() -> None:
    """A view that asks for words finds them."""
    asked = re.compile(r"""\btext\(\s*(?:request,\s*)?"([a-z_]+\.[a-z0-9_.]+)\"""")
    sources = [path for path in (ROOT / "idp").rglob("*.py") if path.name != "i18n.py"]
    named = {key for path in sources for key in asked.findall(path.read_text(encoding="utf-8"))}
    assert named
    assert named <= CATALOGUE.keys()


def test_every_scope_claim_and_document_has_a_name() -> None:
    """The consent page can name whatever may be shared, and every document an account may hold."""
    assert {f"scope.{scope}" for scope in SCOPES - {"openid"}} <= CATALOGUE.keys()
    assert {claim.text for claim in CLAIMS} <= CATALOGUE.keys()
    for code, name in DOCUMENT_NAMES.items():
        assert CATALOGUE.text(f"claim.id_type.{code}", "zh-CN") == name
