"""Proofs of humanity put together by hand over any store, behind a door of their own, with a clock that stands still."""

import io
import threading
from dataclasses import dataclass
from typing import Any

from crypto.lookup import Lookup
from crypto.seal import Sealer
from crypto.sm import sm3
from crypto.tokens import random_bytes, random_token
from idp.ephemeral.box import Box, Held
from idp.ephemeral.port import Store
from idp.humanity.challenge import PASS_SECONDS, SECONDS, Humanity, HumanityChallenge, HumanityPass
from idp.humanity.views import ROUTES, HumanityViews
from idp.limits.counter import Limits
from idp.observe.metrics import Metrics
from idp.web import flask_app
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.dispatch import Dispatcher
from idp.web.door import Door
from idp.web.edge import Edge
from idp.web.failures import Failures
from idp.web.i18n import Catalogue
from idp.web.pages import Pages
from idp.web.render import Renderer, Site
from idp.web.routing import bind
from idp.web.settings import WebSettings
from idp.web.static_files import StaticFiles
from tests.support.clock import StandingClock

ISSUER = "http://127.0.0.1:8400"
PURPOSE = "register"


@dataclass(frozen=True)
class Seen:
    """An answer of the door."""

    status: int
    headers: dict[str, str]
    body: bytes


class House:
    """`humanity` and its door; `answers` reads a challenge in its box, as only a test may."""

    def __init__(self, store: Store) -> None:
        self.clock = StandingClock()
        sealer, self.lookup = Sealer({1: random_bytes(16)}, 1), Lookup(random_bytes(32))
        self.box: Box[HumanityChallenge] = Box(
            store, sealer, self.lookup, "humanity", HumanityChallenge, SECONDS
        )
        self.passes: Box[HumanityPass] = Box(
            store, sealer, self.lookup, "humanity_pass", HumanityPass, PASS_SECONDS
        )
        self.limits = Limits(store, self.lookup, self.clock)
        self.humanity = Humanity(self.box, self.passes, self.clock, self.limits)
        self.cookie, self.browser = new_browser()

    def begin(self, source: str = "192.0.2.7") -> str:
        """A challenge of this browser."""
        return self.humanity.begin(self.browser, PURPOSE, source)

    def answers(self, challenge_id: str) -> tuple[str, str]:
        """The digits of the picture and the counts of the sound."""
        found = self.box.get(challenge_id)
        assert found is not None
        return found.digits, found.counts

    def wrong(self, challenge_id: str) -> str:
        """Five digits that are not the answer."""
        digits, _ = self.answers(challenge_id)
        return "1" + digits[1:]

    def let_read_together(self, callers: int) -> None:
        """Make the first look of so many callers happen before any of them writes: the worst moment there is."""
        find, together, started = self.box.find, threading.Barrier(callers), threading.local()

        def find_together(id_: str) -> Held[HumanityChallenge] | None:
            held = find(id_)
            if not getattr(started, "is_done", False):
                started.is_done = True
                together.wait(30)
            return held

        self.box.find = find_together  # type: ignore[method-assign]

    def door(self) -> Door:
        """The routes of the package as the provider would serve them."""
        catalogue, static, cookies = Catalogue(), StaticFiles(), Cookies(ISSUER)
        edge = Edge(WebSettings.model_validate({}), ISSUER)
        renderer = Renderer(catalogue, Site("平台", "Platform"), static, self.clock)
        pages = Pages(renderer, catalogue, cookies, Csrf(random_bytes(32), edge))
        failures = Failures(pages, catalogue, self.clock)
        table = bind(ROUTES, {"humanity": HumanityViews(pages, self.humanity)})
        dispatcher = Dispatcher(failures, self.limits, Metrics(), ISSUER, lambda _origin: False)
        app = flask_app.build(edge, table, dispatcher, failures)
        return Door(edge, table, dispatcher, failures, static, app)


def new_browser() -> tuple[str, str]:
    """The cookie of a browser, and its mark."""
    cookie = random_token()
    return cookie, sm3.digest(cookie.encode()).hex()


def get(door: Door, url: str, cookie: str | None, method: str = "GET", **headers: str) -> Seen:
    """Ask the door for an address as a browser with this cookie."""
    path, _, query = url.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8400",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    environ |= {"HTTP_" + name.upper(): value for name, value in headers.items()}
    if cookie:
        environ["HTTP_COOKIE"] = f"yh_browser={cookie}"
    began: list[Any] = []
    body = b"".join(door(environ, lambda status, given, *_: began.extend((status, given))))
    return Seen(int(began[0].split(" ")[0]), dict(began[1]), body)
