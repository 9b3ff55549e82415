"""idp/web/static/js/ukey.js in Chromium, under the policy of the pages, with a software key behind a real helper."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from idp.ephemeral.port import Store
from idp.ukey.answer import read_answer
from idp.ukey.challenge import UkeyChallenges
from idp.ukey.check import Holder
from idp.web.headers import PAGE_HEADERS
from idp.web.static_files import STATIC_FOLDER
from tests.idp.ukey.house import BROWSER, CLIENT, House, challenges
from tests.support.browser import chromium, csp_violations, open_browser
from tests.support.outbound_server import Server
from tests.support.ukey_helper import PIN, Shown, SoftwareKey, UkeyHelper

SCRIPT = STATIC_FOLDER / "js" / "ukey.js"
PAGE = """<!doctype html><html lang="zh-CN"><title>key</title><script type="module" src="/ukey.js"></script>
<form method="post" action="/sent" data-ukey data-port="{port}" data-text="{text}" data-working="请看助手"
 data-absent="没有助手" data-no-key="没有钥匙" data-wrong-pin="还可试 {{tries}} 次" data-locked="已锁定"
 data-cancelled="已取消" data-busy="正忙" data-failed="没有办成">
<input type="hidden" name="certificate"><input type="hidden" name="signature">
<button>登录</button><p role="status"></p></form></html>"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Browser]:
    """Chromium for this file."""
    with chromium() as browser:
        yield browser


@dataclass
class Stand:
    """The page of one challenge on a server of its own, and the helper of the machine."""

    house: House
    helper: UkeyHelper
    port: int = 0
    origin: str = ""
    challenge_id: str = ""
    challenges: UkeyChallenges = field(init=False)
    types: str | None = PIN

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """The page, its script, or a bare page for what was sent."""
        if handler.path == "/ukey.js":
            body, kind = SCRIPT.read_bytes(), "text/javascript"
        elif handler.command == "POST":
            body, kind = b"<!doctype html><title>sent</title>", "text/html"
        elif handler.path != "/":
            body, kind = b"", "text/plain"
        else:
            self.challenge_id, text = self.challenges.begin(BROWSER, CLIENT)
            body, kind = PAGE.format(port=self.port, text=escape(text)).encode(), "text/html; charset=utf-8"
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in PAGE_HEADERS:
            handler.send_header(
                name, value.replace("connect-src 'self'", f"connect-src http://127.0.0.1:{self.port}")
            )
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def stand(store: Store) -> Iterator[tuple[Stand, Server]]:
    """Server and helper, both running."""
    house = House(store)
    key = SoftwareKey(house.key.sign, (house.certificate().der, house.ca.certificate.der))
    here: Stand

    def types(_shown: Shown) -> str | None:
        return here.types

    here = Stand(house, UkeyHelper(set(), key, types))
    server = Server(here.answer)
    with server.running(), here.helper.running():
        here.port = here.helper.port
        here.origin = f"http://127.0.0.1:{server.port}"
        here.helper.origins.add(here.origin)
        here.challenges = challenges(store, house.clock, here.origin)
        yield here, server


def press(page: Page, here: Stand) -> None:
    """Open the page and press its one button."""
    page.goto(here.origin)
    page.get_by_role("button").click()


def test_the_script_is_small() -> None:
    """At most three thousand bytes, as every script of ours."""
    assert SCRIPT.stat().st_size <= 3000


def test_the_script_brings_the_answer_of_the_key(engine: Browser, store: Store) -> None:
    """One press, one PIN, one form with certificate and signature, which the house accepts."""
    with stand(store) as (here, server), open_browser(engine) as context:
        page = context.new_page()
        reports = csp_violations(page)
        press(page, here)
        expect(page).to_have_title("sent")
        ((_, path, _, body),) = [each for each in server.seen if each[0] == "POST"]
        fields = parse_qs(body.decode())
        line = here.challenges.take(here.challenge_id, BROWSER)
        answer = read_answer(fields["certificate"][0], fields["signature"][0])
        assert path == "/sent"
        assert isinstance(here.house.check.check_answer(line, answer), Holder)
        assert [each.origin for each in here.helper.shown] == [here.origin]
        assert reports == []


def test_the_script_says_what_went_wrong(engine: Browser, store: Store) -> None:
    """Each refusal of the helper by the page's own words, read out; nothing is sent, and a further press may do it."""
    with stand(store) as (here, server), open_browser(engine) as context:
        page, status = context.new_page(), "[role=status]"
        here.types = "000000"
        press(page, here)
        expect(page.locator(status)).to_have_text("还可试 2 次")
        here.types = None
        page.get_by_role("button").click()
        expect(page.locator(status)).to_have_text("已取消")
        key, here.helper.key = here.helper.key, None
        page.get_by_role("button").click()
        expect(page.locator(status)).to_have_text("没有钥匙")
        here.helper.key = key
        here.helper.origins.clear()
        page.get_by_role("button").click()
        expect(page.locator(status)).to_have_text("没有助手")
        here.helper.origins.add(here.origin)
        assert [each for each in server.seen if each[0] == "POST"] == []
        here.types = PIN
        page.get_by_role("button").click()
        expect(page).to_have_title("sent")


def test_a_locked_key_is_said_to_be_locked(engine: Browser, store: Store) -> None:
    """The last wrong PIN is another message than the ones before."""
    with stand(store) as (here, _), open_browser(engine) as context:
        page = context.new_page()
        here.types = "000000"
        assert here.helper.key is not None
        here.helper.key.tries_left = 1
        press(page, here)
        expect(page.locator("[role=status]")).to_have_text("已锁定")


def test_without_a_helper_the_page_says_so(engine: Browser, store: Store) -> None:
    """Nobody listens at the port."""
    with stand(store) as (here, server), open_browser(engine) as context:
        with UkeyHelper(set(), None, lambda _shown: None).running() as gone:
            here.port = gone.port
        page = context.new_page()
        press(page, here)
        expect(page.locator("[role=status]")).to_have_text("没有助手")
        assert [each for each in server.seen if each[0] == "POST"] == []
