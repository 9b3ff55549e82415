"""The journey of a person through two departments in a real browser, on a running `yihao demo`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import axe, chromium, csp_violations, open_browser
from tests.support.demo import demo
from tests.support.demo_walk import ALLOW, SIGN_IN, SIGN_OUT, Walk

Theme = Literal["light", "dark"]
LONG_NAME = "欧阳玛丽亚姆古丽·阿卜杜热合曼·样例\U00020bb7·演示专用超长姓名"
LOOKS: dict[str, tuple[Theme, str, str, str, tuple[int, int]]] = {
    "light-zh": ("light", "normal", "zh-CN", "张演示", (1280, 860)),
    "light-en": ("light", "normal", "en", "何港样", (390, 844)),
    "dark-zh": ("dark", "normal", "zh-CN", "陈旧号", (390, 844)),
    "dark-en": ("dark", "normal", "en", "Ada Sample", (1280, 860)),
    "large-zh": ("light", "large", "zh-CN", LONG_NAME, (320, 640)),
    "large-en": ("light", "large", "en", "\U00020bb7䶮\U00030edd", (320, 640)),
}
TABS_TO_THE_BUTTON = 12


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One running demo for this file."""
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    """Chromium for this file."""
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("javascript", "name"), [(True, "王样例"), (False, "李测试")])
def test_one_sign_in_opens_both_departments_and_one_sign_out_closes_both(
    instance: dict[str, Any], engine: Browser, javascript: bool, name: str
) -> None:
    """Password once, consent at each, the second (SM2) unasked, sign-out ends both; with scripts and without."""
    with walk(instance, engine, name, javascript=javascript) as (way, reports):
        page = way.page
        page.goto(way.affairs)
        way.press(SIGN_IN)
        way.sign_in()
        page.get_by_label("手机号").check()
        way.agree(way.affairs)
        assert_signed_in(way)
        assert page.get_by_text("199******").count() == 1

        page.goto(way.welfare)
        with page.expect_navigation():
            page.click(SIGN_IN)
        assert page.locator("#password").count() == 0
        way.agree(way.welfare)
        assert_signed_in(way)
        assert page.get_by_text("199******").count() == 0, "what was not ticked is not given"

        way.press(SIGN_OUT)
        way.press("#logout-confirm")
        page.wait_for_url(f"{way.welfare}/?notice=signed_out")
        for department in (way.welfare, way.affairs):
            page.goto(department)
            assert page.locator(SIGN_IN).count() == 1
        way.press(SIGN_IN)
        assert page.locator("#password").count() == 1
        assert not reports
        assert any('"sid"' in text for text in way.shown()), "the ID token in an address was opened"
        assert not way.leaks()


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible(instance: dict[str, Any], engine: Browser, look: str) -> None:
    """axe finds nothing on any page met, in the look chosen by the page's own links, and none scrolls sideways."""
    theme, size, locale, name, viewport = LOOKS[look]
    device: Theme = "dark" if theme == "light" else "light"
    options = {"color_scheme": device, "locale": locale, "viewport": viewport, "ignores_policy": True}
    found: dict[str, Any] = {}
    with walk(instance, engine, name, **options) as (way, _):
        for step in pages(way, instance, theme, size):
            if findings := [*axe(way.page), *sideways(way.page)]:
                found[step] = findings
            wanted = {"data-theme": theme, "data-size": size, "lang": locale}
            if "department" not in step:
                html = way.page.locator("html")
                assert {each: html.get_attribute(each) for each in wanted} == wanted, step
    assert not found


def test_every_page_keeps_to_policy_and_privacy(instance: dict[str, Any], engine: Browser) -> None:
    """No page reports a violation, none shows a personal value in address or title, none scrolls sideways at 320 px
    with the longest name (WCAG 2.2, 1.4.10)."""
    wide, leaks = [], []
    with walk(instance, engine, LONG_NAME, viewport=(320, 640), locale="en") as (way, reports):
        for step in pages(way, instance, "light", "normal"):
            wide += [(step, width) for width in sideways(way.page)]
            leaks += way.leaks()
    assert not wide
    assert not leaks
    assert not reports


def test_keyboard_alone_signs_in(instance: dict[str, Any], engine: Browser) -> None:
    """From the department's button over form and consent to the department, by Tab, Space and Enter only."""
    with walk(instance, engine, "阿依努尔·示范") as (way, _):
        page = way.page
        page.goto(way.affairs)
        enter(page, 'a[href="/login"].button')
        assert focused(page, "#identifier"), "the first field waits for its value"
        page.keyboard.type(way.person["id_number"])
        tab_to(page, "#password")
        page.keyboard.type(way.person["password"])
        enter(page, "#submit")
        tab_to(page, "input[type=checkbox]")
        page.keyboard.press("Space")
        enter(page, ALLOW)
        page.wait_for_url(f"{way.affairs}/")
        assert_signed_in(way)
        assert page.get_by_text("199******").count() == 1


def test_five_tabs_all_arrive(instance: dict[str, Any], engine: Browser) -> None:
    """Five tabs opened before signing in all end at the department, whichever way each goes on."""
    with walk(instance, engine, "孙尾叉") as (way, _):
        tabs = [way, *(Walk(way.page.context.new_page(), instance, way.person) for _ in range(4))]
        for tab in tabs:
            tab.page.goto(f"{way.affairs}/login")
        first, same, again, switched, unsure = tabs
        first.sign_in()
        first.agree(way.affairs)

        same.sign_in()
        same.agree(way.affairs)

        again.page.reload()
        again.press("#continue")
        again.agree(way.affairs)

        switched.press(".prefs a[hreflang=en]")
        switched.press("#continue")
        switched.agree(way.affairs)

        unsure.sign_in(password="not the password")
        unsure.sign_in()
        unsure.agree(way.affairs)
        for tab in tabs:
            tab.page.reload()
            assert_signed_in(tab)


def test_going_back_after_the_hand_off_breaks_nothing(instance: dict[str, Any], engine: Browser) -> None:
    """Back never leads to a second answer or a dead end: the page there leads to the department, still signed in."""
    with walk(instance, engine, "赵未核") as (way, reports):
        page = way.page
        page.goto(way.affairs)
        way.press(SIGN_IN)
        way.sign_in()
        way.agree(way.affairs)
        answers = len(callbacks(way))
        for _ in range(2):
            page.go_back()
            assert page.url.startswith(way.issuer)
            assert page.locator("#identifier, #allow").count() == 0, "nothing is asked again"
            assert len(callbacks(way)) == answers
        way.press(f'main a[href^="{way.affairs}"]')
        assert_signed_in(way)
        assert not reports


def test_language_can_be_switched_at_an_error(instance: dict[str, Any], engine: Browser) -> None:
    """After a wrong password the other language keeps the way to the application, and signing in goes on."""
    with walk(instance, engine, "吴无机") as (way, reports):
        page = way.page
        page.goto(f"{way.welfare}/login")
        way.sign_in(password="not the password")
        assert page.title().startswith("错误：")
        way.press(".prefs a[hreflang=en]")
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.get_by_text("Social Security (demo)").count() == 1
        way.sign_in(password="not the password")
        assert page.title().startswith("Error: ")
        way.sign_in()
        assert page.get_by_role("heading", level=1).inner_text().startswith("Social Security (demo)")
        way.agree(way.welfare)
        assert_signed_in(way)
        assert not reports


@contextmanager
def walk(
    instance: dict[str, Any], engine: Browser, name: str, **options: Any
) -> Iterator[tuple[Walk, list[str]]]:
    """A persona in a fresh browser, and what the browser reports of the policy."""
    with open_browser(engine, **options) as context:
        page = context.new_page()
        reports = csp_violations(page)
        yield Walk(page, instance, persona(instance, name)), reports


def persona(instance: dict[str, Any], name: str) -> dict[str, Any]:
    """A person of the demo by name."""
    return next(one for one in instance["persons"] if one["name"] == name)


def pages(way: Walk, instance: dict[str, Any], theme: str, size: str) -> Iterator[str]:
    """Every page, with the frozen persona, and the closed one for the pause."""
    return way.pages(theme, size, persona(instance, "关注销"), persona(instance, "冯冻结"))


def sideways(page: Page) -> list[str]:
    """How wide the page is where that is wider than the window."""
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{wide[0]} px in {wide[1]}"] if wide[0] > wide[1] else []


def assert_signed_in(way: Walk) -> None:
    """The department greets the person by the first character of the name."""
    assert way.page.get_by_role("heading", level=1).inner_text() == f"您好，{way.person['name'][0]}*"


def callbacks(way: Walk) -> list[str]:
    """The answers that were sent to a department."""
    return [url for url in way.seen if "/callback?" in url]


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(TABS_TO_THE_BUTTON):
        if focused(page, selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {selector} by Tab")


def enter(page: Page, selector: str) -> None:
    """Go to an element by Tab and press Enter on it."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def focused(page: Page, selector: str) -> bool:
    """Whether the element has the focus."""
    return bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))
