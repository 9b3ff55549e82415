"""The macro in Chromium, under the policy of the product and without scripts: seen, enlarged, heard, answered."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, csp_violations, open_browser
from tests.support.page_cases_login import cases
from tests.support.page_server import PageServer, serve

PLAYED = """async () => {
  const sound = document.querySelector("audio");
  sound.muted = true;
  await sound.play();
  return [sound.duration, sound.error];
}"""
WIDTHS = "[...document.querySelectorAll('main img')].map(picture => picture.getBoundingClientRect().width)"


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    """Chromium for this file."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    """The page in its states, over HTTP."""
    with serve(PageServer({case.name: case for case in cases()})) as running:
        yield running


def _pictures(page: Page) -> list[str]:
    """The pictures that the page fetches from now on."""
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/humanity/picture" in request.url else None
    )
    return asked


@pytest.mark.clause("WCAG 2.2", "1.1.1")
def test_policy_lets_picture_and_sound_in(engine: Browser, server: PageServer) -> None:
    """Under the policy of pages the picture shows and the sound plays, of some seconds, without a violation."""
    with open_browser(engine) as context:
        page = context.new_page()
        reports = csp_violations(page)
        page.goto(server.url("sms-first"))
        assert page.evaluate("document.querySelector('.human-picture').naturalWidth") == 220
        seconds, error = page.evaluate(PLAYED)
        assert seconds > 5
        assert error is None
        assert not reports


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("viewport", [(1280, 860), (320, 640)])
def test_picture_doubles(
    engine: Browser, server: PageServer, viewport: tuple[int, int], javascript: bool
) -> None:
    """One press shows it twice as wide, scripts or none, also on a small telephone, where it scrolls in itself."""
    with open_browser(engine, javascript=javascript, viewport=viewport) as context:
        page = context.new_page()
        page.goto(server.url("sms-first"))
        page.click("details.more summary")
        page.locator(".human-scroll img").wait_for()
        usual, large = page.evaluate(WIDTHS)
        assert large == 440 >= 2 * usual
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport[0]


def test_doubled_picture_is_fetched_when_it_is_wanted(engine: Browser, server: PageServer) -> None:
    """Where scripts run, which browsers make their condition, the large picture costs nothing until it is opened."""
    with open_browser(engine) as context:
        page = context.new_page()
        asked = _pictures(page)
        page.goto(server.url("sms-first"), wait_until="networkidle")
        assert len(asked) == 1
        with page.expect_response("**/humanity/picture?*large=1"):
            page.click("details.more summary")


def test_large_view_has_the_large_picture(engine: Browser, server: PageServer) -> None:
    """Who chose the large view gets it at once, at twice the size where the screen has room."""
    with open_browser(engine, javascript=False) as context:
        page = context.new_page()
        asked = _pictures(page)
        page.goto(server.url("sms-first", size="large"))
        assert {url.partition("&")[2] for url in asked} == {"large=1"}
        assert page.locator(".human-picture").bounding_box()["width"] >= 440  # type: ignore[index]  # it is shown


def test_answer_goes_with_its_challenge(engine: Browser, server: PageServer) -> None:
    """Without scripts the form sends what was typed with the challenge; another one and the other way are links."""
    with open_browser(engine, javascript=False) as context:
        page = context.new_page()
        page.goto(server.url("sms-human"))
        assert page.get_attribute("#another", "href") == "/login/sms?transaction=abc"
        assert page.get_attribute("#other", "href") == "/login?transaction=abc"
        page.get_by_label("图片里的数字").fill("4 8 2 1 3")
        page.click("#submit")
        path, sent = server.posted[-1]
        assert path == "/login/sms"
        assert (sent["human"], sent["human_challenge"]) == (["4 8 2 1 3"], ["abc"])


def test_keyboard_reaches_everything_in_order(engine: Browser, server: PageServer) -> None:
    """By Tab alone: enlarging, the sound, another one, the field, the other way, going on."""
    with open_browser(engine) as context:
        page = context.new_page()
        page.goto(server.url("sms-first"))
        page.focus("main")
        met: list[str] = []
        for _ in range(20):
            page.keyboard.press("Tab")
            name = page.evaluate("document.activeElement.id || document.activeElement.tagName")
            if name not in met:
                met.append(name)
        wanted = ["SUMMARY", "AUDIO", "another", "human", "other", "submit"]
        assert [name for name in met if name in wanted] == wanted


def test_wrong_answer_leads_to_the_field(engine: Browser, server: PageServer) -> None:
    """The words at the field and in the summary are the same, and the summary leads to the field."""
    with open_browser(engine) as context:
        page = context.new_page()
        page.goto(server.url("sms-human"))
        assert page.locator("#error-summary a").inner_text() in page.locator("#human-error").inner_text()
        page.click("#error-summary a")
        assert page.evaluate("document.activeElement.id") == "human"
        assert page.get_attribute("#human", "aria-describedby") == "human-hint human-error"
