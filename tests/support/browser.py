"""A real Chromium for tests: fresh contexts, accessibility findings, reports of the content security policy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM: Final = "/usr/bin/chromium"
ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: Final = (1280, 860)
AXE: Final = files("axe_playwright_python") / "axe.min.js"
AXE_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
POLICY_WORDS: Final = ("content security policy", "trustedhtml", "trustedscript", "trusted type")
ANNOUNCE_VIOLATION: Final = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@dataclass(frozen=True)
class Finding:
    """One accessibility finding of axe: its rule, how grave it is, and the elements."""

    rule: str
    impact: str
    elements: tuple[str, ...]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium, and end it afterwards. Playwright keeps an event loop in this thread meanwhile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_browser(
    browser: Browser | None = None,
    *,
    javascript: bool = True,
    color_scheme: Literal["light", "dark"] = "light",
    viewport: tuple[int, int] = DESKTOP,
    ignores_policy: bool = False,
    locale: str = "zh-CN",
) -> Iterator[BrowserContext]:
    """Open a fresh context (own cookies, own cache), in `browser` or in one of its own.

    `viewport` is width and height in CSS pixels, `locale` the language that the browser asks for.
    `ignores_policy` switches the content security policy off, which only `axe` needs: it is a script that the
    pages rightly refuse.
    """
    if browser is None:
        with (
            chromium() as own,
            open_browser(
                own,
                javascript=javascript,
                color_scheme=color_scheme,
                viewport=viewport,
                ignores_policy=ignores_policy,
                locale=locale,
            ) as context,
        ):
            yield context
        return
    context = browser.new_context(
        java_script_enabled=javascript,
        color_scheme=color_scheme,
        viewport={"width": viewport[0], "height": viewport[1]},
        bypass_csp=ignores_policy,
        locale=locale,
    )
    context.set_default_timeout(15_000)
    try:
        yield context
    finally:
        context.close()


def axe(page: Page) -> list[Finding]:
    """Look for accessibility findings in the page as it stands; its context must ignore the policy."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        list(AXE_TAGS),
    )
    return [
        Finding(
            found["id"],
            str(found["impact"]),
            tuple(f"{node['html']} {node['failureSummary']}" for node in found["nodes"]),
        )
        for found in result["violations"]
    ]


def csp_violations(page: Page) -> list[str]:
    """Begin to collect reports of the content security policy; the list given grows while the page is used.

    Call it before the page goes anywhere.
    """
    reports: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if any(word in message.text.lower() for word in POLICY_WORDS):
            reports.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: reports.append(str(error)))
    page.add_init_script(ANNOUNCE_VIOLATION)
    return reports
