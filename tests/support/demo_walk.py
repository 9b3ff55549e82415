"""A walk through a running demo in Chromium: every page of the provider and of the departments that it can meet."""

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from playwright.sync_api import Page, Request

ALLOW = "#allow"
SIGN_IN = 'main a[href="/login"]'
SIGN_OUT = 'form[action="/logout"] button'
NOTICE = "[role=status]"
END = 'form[action$="/end"] button'
TRIES_UNTIL_PAUSED = 10

Person = dict[str, Any]


class Walk:
    """One browser page with a persona at the departments of a demo; remembers every address asked for."""

    def __init__(self, page: Page, demo: dict[str, Any], person: Person) -> None:
        self.page = page
        self.person = person
        self.issuer: str = demo["issuer"]
        self.affairs, self.welfare = demo["departments"]
        self.seen: list[str] = []
        page.context.on("request", self._remember)

    def press(self, selector: str) -> None:
        """Press what leads to another page and wait until that one has loaded."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def sign_in(self, person: Person | None = None, password: str | None = None) -> None:
        """Fill in the form and send it."""
        who = person or self.person
        self.page.fill("#identifier", who["id_number"])
        self.page.fill("#password", password or who["password"])
        self.press("#submit")

    def agree(self, department: str) -> None:
        """Agree where the provider asks, and arrive at the department."""
        if self.page.locator(ALLOW).count():
            self.press(ALLOW)
        self.page.wait_for_url(f"{department}/**")
        assert self.page.url == f"{department}/", self.page.locator("main").inner_text()

    def look(self, theme: str, size: str) -> None:
        """Choose theme and size by the page's own links."""
        if theme != "auto":
            self.page.locator(".themes summary").click()
            self.press(f'.themes a[href*="theme%3A{theme}"]')
        if size != "normal":
            self.press(f'.prefs a[href*="size%3A{size}"]')

    def shown(self) -> list[str]:
        """What a bystander reads: every address asked for, with the tokens in it opened, and the title now."""
        return [*map(_readable, self.seen), self.page.title()]

    def leaks(self) -> list[str]:
        """What of that holds a personal value."""
        private = {self.person[name] for name in ("name", "id_number", "mobile", "password")} - {None}
        return [text for text in self.shown() if any(value in text for value in private)]

    def pages(self, theme: str, size: str, paused: Person, frozen: Person) -> Iterator[str]:
        """Go through all pages and stop at each with its name; the persona's consents are taken back."""
        yield from self._to_the_first_department(theme, size)
        yield from self._to_the_second_department()
        yield from self._account()
        yield from self._failures()
        yield from self._out()
        yield from self._barred(paused, frozen)

    def _to_the_first_department(self, theme: str, size: str) -> Iterator[str]:
        page = self.page
        page.goto(self.affairs)
        yield self._at("department", SIGN_IN)
        page.goto(f"{self.affairs}/login")
        spare = page.url
        page.goto(f"{self.affairs}/login")
        self.look(theme, size)
        yield self._at("sign-in", "#identifier")
        self.press("#submit")
        yield self._at("sign-in empty", "#identifier[aria-invalid]")
        for _ in range(3):
            self.sign_in(password="not the password")
        yield self._at("sign-in wrong", "p.caution")
        self.sign_in()
        yield self._at("consent", ALLOW)
        # An answer without content moves no browser: the hand-off stays to be looked at.
        page.route(f"{self.affairs}/callback?*", lambda route: route.fulfill(status=204))
        self.press(ALLOW)
        yield self._at("hand-off", "#continue")
        page.unroute(f"{self.affairs}/callback?*")
        self.press("#continue")
        page.wait_for_url(f"{self.affairs}/")
        yield self._at("department, signed in", SIGN_OUT)
        page.goto(spare)
        yield self._at("continue as", "#other-account")

    def _to_the_second_department(self) -> Iterator[str]:
        self.page.goto(f"{self.welfare}/login")
        yield self._at("second consent", ALLOW)
        self.agree(self.welfare)
        yield self._at("second department", SIGN_OUT)
        self.press('form[action="/refresh"] button')
        yield self._at("second department, refreshed", NOTICE)

    def _account(self) -> Iterator[str]:
        self.page.goto(f"{self.issuer}/account")
        yield self._at("account", "ul.shortcuts")
        self.page.goto(f"{self.issuer}/account/history")
        yield self._at("history", "table")
        self.page.goto(f"{self.issuer}/account/applications")
        yield self._at("applications", "ul.items")
        self.press('form:has([value="demo-welfare"]) button')
        yield self._at("withdraw", "#submit.button-danger")
        self.press("#submit")
        self.page.goto(f"{self.issuer}/account/devices")
        yield self._at("devices", END)
        self.press(END)
        yield self._at("end sign-in", "#submit.button-danger")
        self.press("#cancel")

    def _failures(self) -> Iterator[str]:
        wrong = "client_id=demo-affairs&response_type=code&redirect_uri=https://other.example/"
        for name, path, mark in (
            ("not found", "/nowhere", "#reference"),
            ("bad request", f"/oauth/authorize?{wrong}", "details.more"),
            ("bad request, unknown application", "/oauth/authorize?client_id=nobody", "details.more"),
            ("timed out", "/login?transaction=gone", "h1[autofocus]"),
        ):
            self.page.goto(f"{self.issuer}{path}")
            yield self._at(name, mark)
        self.page.goto(f"{self.affairs}/callback?error=access_denied&state=other")
        yield self._at("department, failed", "main code")

    def _out(self) -> Iterator[str]:
        self.page.goto(self.affairs)
        self.press(SIGN_OUT)
        yield self._at("sign out", "#logout-confirm")
        self.press("#logout-confirm")
        # A department that is slow to answer is listed first; then the person goes on by hand.
        self.page.locator(f".results, {NOTICE}").first.wait_for()
        if self.page.locator(".results").count():
            self.press("#continue")
        self.page.wait_for_url(f"{self.affairs}/?notice=signed_out")
        yield self._at("department, signed out", NOTICE)
        self.page.goto(f"{self.affairs}/login")
        self.sign_in()
        self.agree(self.affairs)
        self.page.goto(f"{self.issuer}/account/applications")
        self.press('form:has([value="demo-affairs"]) button')
        self.press("#submit")
        yield self._at("account, nothing authorised", "p.empty")
        self.page.goto(f"{self.issuer}/oauth/logout")
        self.press("#logout-confirm")
        yield self._at("signed out", "ul.results")

    def _barred(self, paused: Person, frozen: Person) -> Iterator[str]:
        self.page.goto(f"{self.affairs}/login")
        self.sign_in(frozen)
        yield self._at("frozen", "#reference")
        self.page.goto(f"{self.affairs}/login")
        for _ in range(TRIES_UNTIL_PAUSED):
            if self.page.locator("#password").count():
                self.sign_in(paused, "not the password")
        yield self._at("paused", "dl.summary")

    def _at(self, name: str, mark: str) -> str:
        """The name of the page, once what only that page has is there."""
        self.page.locator(mark).first.wait_for()
        return name

    def _remember(self, request: Request) -> None:
        self.seen.append(request.url)


def _readable(url: str) -> str:
    """An address with its escapes undone and what is base64url in it read, as in ID tokens."""
    parts = re.findall(r"[A-Za-z0-9_-]{8,}", url)
    inside = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts if len(part) % 4 != 1]
    return " ".join([unquote_plus(url), *(found.decode("utf-8", "replace") for found in inside)])
