"""Language, theme and size follow the person; the links that set them lead nowhere else."""

import re
from pathlib import Path

import pytest

from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider, SqliteTemplate
from tests.support.raw import ask


def _html(page: str) -> str:
    return page.partition("<html")[2].partition(">")[0]


def test_chinese_unless_the_browser_prefers_english(provider: Provider) -> None:
    """The first page speaks Chinese, English to a browser that asks for it, Chinese to one that asks for neither."""
    shown = {
        wanted: _html(Browser(provider).open("/oauth/logout", **headers).page)
        for wanted, headers in (
            ("none", {}),
            ("english", {"Accept-Language": "en-GB,en;q=0.9"}),
            ("french", {"Accept-Language": "fr"}),
        )
    }
    assert 'lang="en"' in shown["english"]
    assert 'lang="zh-CN"' in shown["none"] and 'lang="zh-CN"' in shown["french"]


@pytest.mark.parametrize(
    ("choice", "shown"),
    [
        ("language:en", 'lang="en"'),
        ("language:zh-CN", 'lang="zh-CN"'),
        ("theme:dark", 'data-theme="dark"'),
        ("size:large", 'data-size="large"'),
    ],
)
def test_a_choice_stays_and_leads_back(provider: Provider, choice: str, shown: str) -> None:
    """The link on the page leads back to the same transaction, and the next pages keep the choice."""
    application = RelyingParty(provider, provider.make.client())
    browser = Browser(provider).open(application.authorize_url())
    transaction = browser.hidden()["transaction"]
    browser.open(f"/preferences?set={choice}&back=/login%3Ftransaction%3D{transaction}")
    assert browser.path == "/login" and browser.hidden()["transaction"] == transaction
    assert shown in _html(browser.page)
    browser.sign_in(provider.make.person())
    assert shown in _html(browser.page)


def test_every_preference_link_of_a_page_works(provider: Provider) -> None:
    """All links that the page offers are accepted and come back to it."""
    browser = Browser(provider).open("/login")
    links = re.findall(r'href="(/preferences\?[^"]*)"', browser.page)
    assert len(links) >= 4
    for link in links:
        assert browser.open(link.replace("&amp;", "&")).path == "/login"


@pytest.mark.sec("SEC-03")
@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "\\\\evil.test",
        "/%09/evil.test",
        "/%0d%0aSet-Cookie:x=y",
        "javascript:alert(1)",
        "evil",
        "",
        "/%E8%B4%A6%E6%88%B7",
        "/%F0%9F%98%80",
    ],
)
def test_the_way_back_stays_here(provider: Provider, back: str) -> None:
    """Whatever `back` says, the answer leads to a path of this provider that a header can carry."""
    answer = ask(provider, "GET", f"/preferences?set=language:en&back={back}")
    place = answer.one("Location")
    if place is None:
        assert answer.status == 400
        return
    assert re.fullmatch(r"/(?![/\\])[!-~]*", place), place


@pytest.mark.parametrize(
    "choice", ["language:fr", "theme:pink", "size:", "nothing:here", "", "session:" + "A" * 43]
)
def test_other_choices_are_refused(provider: Provider, choice: str) -> None:
    """Only what the pages offer can be set; no other cookie can be planted by this address."""
    answer = ask(provider, "GET", f"/preferences?set={choice}&back=/login")
    assert answer.status == 400
    assert not any(c.startswith(("__Host-yh_session", "__Host-yh_theme")) for c in answer.all("Set-Cookie"))


def test_the_deploying_authority_names_itself_on_every_page(
    sqlite_template: SqliteTemplate, tmp_path: Path
) -> None:
    """Name, contact and filing numbers come from settings, in the language of the page."""
    site = {
        "YIHAO_SITE__NAME_ZH": "示范省统一身份认证",
        "YIHAO_SITE__CONTACT_ZH": "请到政务服务中心一楼，或拨打 12345。",
        "YIHAO_SITE__ICP_FILING": "示ICP备00000000号",
    }
    provider = Provider(sqlite_template.copy(tmp_path) | site)
    page = Browser(provider).open("/no-such-page").page
    provider.close()
    for text in site.values():
        assert text in page
