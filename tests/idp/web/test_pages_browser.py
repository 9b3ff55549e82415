"""The pages in Chromium, under the policy of the product: accessible, within their widths, of use without scripts."""

import gzip
import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from idp.web.static_files import STATIC_FOLDER, StaticFiles
from tests.support.browser import axe, chromium, csp_violations, open_browser
from tests.support.page_case import PageCase
from tests.support.page_cases import page_cases
from tests.support.page_server import PageServer, serve

CASES = {case.name: case for case in page_cases()}
MODES: dict[str, tuple[str, Literal["light", "dark"], str, tuple[int, int]]] = {
    "light": ("zh-CN", "light", "normal", (1280, 860)),
    "dark": ("en", "dark", "normal", (390, 844)),
    "large": ("zh-CN", "light", "large", (390, 844)),
}
MEASURE_TARGETS = """least => [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
  .filter(part => part.checkVisibility() && !part.closest('p.fine') && !part.matches('.skip'))
  .map(part => [part, ['checkbox', 'radio'].includes(part.type) ? part.labels[0] : part])
  .map(([part, target]) => [part.outerHTML, target.getBoundingClientRect()])
  .filter(([, box]) => box.height < least || box.width < 44)
  .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    """Chromium for this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    """The pages over HTTP."""
    with serve(PageServer()) as running:
        yield running


def open_page(context: BrowserContext, server: PageServer, name: str, **person: str) -> Page:
    """Open a case; a hand-off is answered by nothing, so that the browser stays on the page."""
    page = context.new_page()
    go(page, server, name, **person)
    return page


def go(page: Page, server: PageServer, name: str, **person: str) -> None:
    """Bring `page` to a case and wait until its scripts have run; the one that leaves the page does not."""
    page.route("**/auto-submit.*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.route(re.compile(r"demo\.example|^demo\.app"), lambda route: route.fulfill(status=204))
    page.goto(server.url(name, **person))


@pytest.mark.parametrize("mode", MODES)
def test_every_page_is_accessible(engine: Browser, server: PageServer, mode: str) -> None:
    """axe finds nothing, in light, dark and large, Chinese and English, wide and narrow."""
    language, scheme, size, viewport = MODES[mode]
    found = {}
    with open_browser(engine, color_scheme=scheme, viewport=viewport, ignores_policy=True) as context:
        page = context.new_page()
        for name in CASES:
            go(page, server, name, language=language, size=size)
            if findings := axe(page):
                found[name] = findings
    assert not found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chosen_theme_wins_over_the_device(engine: Browser, server: PageServer, theme: str) -> None:
    """A person who chose light has light on a dark device, and the other way round; both stay accessible."""
    device: Literal["light", "dark"] = "dark" if theme == "light" else "light"
    with open_browser(engine, color_scheme=device, ignores_policy=True) as context:
        page = open_page(context, server, "sign-in-wrong", theme=theme)
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        brightness = sum(int(part) for part in re.findall(r"\d+", paper)[:3])
        assert brightness > 600 if theme == "light" else brightness < 150
        assert not axe(page)


def test_no_page_breaks_the_policy(engine: Browser, server: PageServer) -> None:
    """No page, with its scripts at work, makes the browser report a violation or an error."""
    with open_browser(engine) as context:
        page = context.new_page()
        reports = csp_violations(page)
        for name in CASES:
            go(page, server, name)
        assert not reports


@pytest.mark.parametrize("size", ["normal", "large"])
def test_no_page_scrolls_sideways_on_a_small_telephone(
    engine: Browser, server: PageServer, size: str
) -> None:
    """At 320 px every page fits its width, in both languages (WCAG 2.2, 1.4.10)."""
    wide = []
    with open_browser(engine, viewport=(320, 640)) as context:
        page = context.new_page()
        for name in CASES:
            for language in ("zh-CN", "en"):
                go(page, server, name, language=language, size=size)
                width = page.evaluate("document.documentElement.scrollWidth")
                if width > 320:
                    wide.append((name, language, width))
    assert not wide


@pytest.mark.parametrize(("size", "least"), [("normal", 44), ("large", 60)])
def test_targets_are_large_enough(engine: Browser, server: PageServer, size: str, least: int) -> None:
    """What is pressed is at least 44 px high, 60 px in the large view; only links inside a sentence are smaller."""
    small = {}
    with open_browser(engine, viewport=(390, 844)) as context:
        page = context.new_page()
        for name in CASES:
            go(page, server, name, size=size)
            if found := page.evaluate(MEASURE_TARGETS, least):
                small[name] = found
        page.close()
    assert not small


def test_large_view_has_large_words(engine: Browser, server: PageServer) -> None:
    """In the large view no text is under 18 px and lines stand at least 1.3 apart."""
    measure = """() => [...document.querySelectorAll('main *, header *, footer *')]
      .filter(part => part.checkVisibility() && [...part.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
      .map(part => [part.outerHTML, parseFloat(getComputedStyle(part).fontSize),
                    parseFloat(getComputedStyle(part).lineHeight)])
      .filter(([, size, height]) => size < 18 || height / size < 1.3)"""
    small = {}
    with open_browser(engine) as context:
        page = context.new_page()
        for name in CASES:
            go(page, server, name, size="large")
            if found := page.evaluate(measure):
                small[name] = found
    assert not small


@pytest.mark.parametrize("javascript", [True, False])
def test_forms_go_with_and_without_scripts(engine: Browser, server: PageServer, javascript: bool) -> None:
    """Sign-in, consent and sign-out send what was typed, ticked and pressed, scripts or none."""
    with open_browser(engine, javascript=javascript) as context:
        page = context.new_page()
        page.goto(server.url("sign-in-first"))
        page.fill("#identifier", "13800005678")
        page.fill("#password", "synthetic pass")
        page.click("#submit")
        assert server.posted[-1] == (
            "/login",
            {
                "csrf_token": ["synthetic-form-token"],
                "transaction": ["abc"],
                "kind": ["person"],
                "identifier": ["13800005678"],
                "password": ["synthetic pass"],
            },
        )
        page.goto(server.url("consent-new-items"))
        page.get_by_label("住址").check()
        page.click("#allow")
        sent = server.posted[-1][1]
        assert (sent["decision"], sent["item-address"]) == (["allow"], ["yes"])
        assert "item-mobile" not in sent
        page.goto(server.url("logout"))
        page.click("#logout-confirm")
        assert server.posted[-1][1]["confirm"] == ["yes"]


def test_error_takes_the_focus_and_leads_to_the_field(engine: Browser, server: PageServer) -> None:
    """After an error the summary has the focus, its link goes to the field, which says the same words."""
    with open_browser(engine) as context:
        page = open_page(context, server, "sign-in-wrong")
        assert page.evaluate("document.activeElement.id") == "error-summary"
        page.click("#error-summary a")
        assert page.evaluate("document.activeElement.id") == "password"
        words = page.locator("#error-summary a").inner_text()
        assert words in page.locator("#password-error").inner_text()
        assert page.get_attribute("#password", "aria-describedby") == "password-error"
        assert page.get_attribute("#password", "aria-invalid") == "true"


def test_password_can_be_seen_and_is_sent_hidden(engine: Browser, server: PageServer) -> None:
    """The button shows and hides the password and says so; without scripts it is not there."""
    with open_browser(engine) as context:
        page = open_page(context, server, "sign-in-first")
        button = page.locator("button[data-reveal]")
        page.fill("#password", "synthetic pass")
        button.click()
        assert page.get_attribute("#password", "type") == "text"
        assert button.get_attribute("aria-pressed") == "true"
        page.route("**/login", lambda route: route.fulfill(status=204))
        page.click("#submit")
        page.locator("#password[type=password]").wait_for()
    with open_browser(engine, javascript=False) as context:
        page = context.new_page()
        page.goto(server.url("sign-in-first"))
        assert not page.locator("button[data-reveal]").is_visible()


def test_second_press_sends_nothing(engine: Browser, server: PageServer) -> None:
    """Two presses of one button make one request, and the pressed button keeps its value."""
    with open_browser(engine) as context:
        page = open_page(context, server, "consent-first")
        sent: list[str | None] = []

        def hear(route: Route) -> None:
            sent.append(route.request.post_data)
            route.fulfill(status=204)

        page.route("**/consent", hear)
        page.click("#deny")
        page.evaluate("document.getElementById('allow').click()")
        page.wait_for_timeout(200)
        assert len(sent) == 1
        assert "decision=deny" in str(sent[0])


def test_reference_can_be_copied(engine: Browser, server: PageServer) -> None:
    """The button of a failure page puts the reference on the clipboard and says so."""
    with open_browser(engine) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = open_page(context, server, "failure-500", language="en")
        page.click("button[data-copy]")
        page.get_by_text("Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == "7H2K-93QF"


def test_page_is_reached_by_keyboard_from_the_skip_link(engine: Browser, server: PageServer) -> None:
    """The first stop is the skip link, the next after it lies in the main part, and the ring is 3 px."""
    with open_browser(engine) as context:
        page = open_page(context, server, "bad-request")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.hash") == "#main"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_weights_are_in_budget() -> None:
    """Compressed, the styles are within 12 KB, each script within 3 KB, and a page with all it loads within 60 KB."""
    weights = {
        path.relative_to(STATIC_FOLDER).as_posix(): len(gzip.compress(path.read_bytes()))
        for path in STATIC_FOLDER.rglob("*")
        if path.is_file()
    }
    assert sum(weight for name, weight in weights.items() if name.endswith(".css")) <= 12_000
    assert all(weight <= 3_000 for name, weight in weights.items() if name.endswith(".js"))
    static = StaticFiles()
    for case in CASES.values():
        body = case.render()
        linked = [name for name in weights if static.url(name).encode() in body]
        assert len(gzip.compress(body)) + sum(weights[name] for name in linked) <= 60_000, case.name


@pytest.mark.parametrize("javascript", [True, False])
def test_hand_off_reaches_the_other_origin(engine: Browser, javascript: bool) -> None:
    """The page leads on by itself, scripts or none, and tells the application nothing of where it comes from."""
    target = PageServer(cases={"cb": CASES["timed-out-idle"]})
    with serve(target) as application:
        values = {"application": "公积金查询", "target_url": f"{application.address}/page/cb"}
        own = PageServer(
            {"hand-off": PageCase("hand-off", "login/hand_off.html", values)}, application.address
        )
        with serve(own), open_browser(engine, javascript=javascript) as context:
            page = context.new_page()
            reports = csp_violations(page)
            with page.expect_request(f"{application.address}/page/cb") as caught:
                page.goto(own.url("hand-off"))
            page.wait_for_url(f"{application.address}/page/cb")
            assert "referer" not in caught.value.headers
            assert not reports


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.clause("OAuth 2.0 Form Post Response Mode", "2")
def test_form_post_reaches_the_other_origin(engine: Browser, javascript: bool) -> None:
    """The answer goes to the application by itself where scripts run, and by the button where they do not."""
    with serve(PageServer()) as application:
        values = {"action": f"{application.address}/cb", "fields": {"code": "a b", "state": '<&">'}}
        own = PageServer({"post": PageCase("post", "login/form_post.html", values)}, application.address)
        with serve(own), open_browser(engine, javascript=javascript) as context:
            page = context.new_page()
            reports = csp_violations(page)
            page.goto(own.url("post"), wait_until="commit")
            if not javascript:
                page.click("#continue")
            page.wait_for_url(f"{application.address}/cb")
            assert not reports
        assert application.posted == [("/cb", {"code": ["a b"], "state": ['<&">']})]
