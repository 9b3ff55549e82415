"""Signing a screen in by a telephone: what each of the two browsers does."""

import json
import re

from tests.support.journey import Browser
from tests.support.methods import transaction_of
from tests.support.provider import Provider


def screen_of(provider: Provider, url: str = "/account") -> Browser:
    """A browser that shows a picture."""
    browser = Browser(provider).open(url)
    return browser.open(f"/login/qr?transaction={transaction_of(browser)}")


def number_on(screen: Browser) -> str:
    """The number that a screen shows."""
    found = re.search(r"<strong>([0-9]{2})</strong>", screen.page)
    assert found is not None
    return found.group(1)


def scan(telephone: Browser, screen: Browser) -> Browser:
    """Open what the picture holds."""
    return telephone.open(f"/qr?c={screen.hidden()['code']}")


def state_of(screen: Browser) -> str:
    """What the script of the page is told."""
    found = re.search(r'data-qr="([^"]+)"', screen.page)
    assert found is not None
    page = screen.page
    screen.open(found.group(1).replace("&amp;", "&"))
    told = json.loads(screen.page)["state"]
    screen.page = page
    return str(told)
