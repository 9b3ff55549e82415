"""Applications are told of the end of a session by a real call over loopback (OpenID Connect Back-Channel Logout 1.0)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import text

from idp.clock import instant
from idp.oauth.logout import store
from idp.oauth.tokens.logout_token import EVENT
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.tokens import claims_of


class Listener:
    """An application's logout address; `status` is what it answers, 0 closes the connection without a word."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.heard.append(parse_qs(body)["logout_token"][0])
                if outer.status:
                    self.send_response(outer.status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/logout"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """An application that listens."""
    made = Listener()
    yield made
    made.close()


def _signed_in(
    provider: Provider, listener: Listener, **changes: Any
) -> tuple[RelyingParty, Browser, dict[str, Any]]:
    client = provider.make.client(backchannel_logout_uri=listener.url, **changes)
    application, browser = RelyingParty(provider, client), Browser(provider)
    return application, browser, application.tokens(browser, provider.make.person())


def _sign_out(browser: Browser) -> Browser:
    return browser.open("/oauth/logout").submit()


def _ledger(provider: Provider) -> list[Any]:
    with provider.sql.once() as db:
        return list(
            db.execute(text("SELECT id, session_id, state, attempts, last_result FROM logout_delivery"))
        )


@pytest.mark.parametrize("algorithm", ["ES256", "SGD_SM3_SM2"])
@pytest.mark.clause("OpenID Connect Back-Channel Logout 1.0", "2.4")
def test_the_application_is_told_with_a_token_it_can_verify(
    any_provider: Provider, listener: Listener, algorithm: str
) -> None:
    """The logout token is signed, for this client, names the `sid` and `sub` of its ID token, and has no nonce."""
    application, browser, tokens = _signed_in(any_provider, listener, id_token_signed_response_alg=algorithm)
    _sign_out(browser)
    (token,) = listener.heard
    told = claims_of(any_provider, token, "logout+jwt", application.client.client_id)
    known = claims_of(any_provider, tokens["id_token"])
    assert (told["sid"], told["sub"]) == (known["sid"], known["sub"])
    assert told["events"] == {EVENT: {}} and "nonce" not in told and told["jti"]
    assert told["exp"] - told["iat"] <= 120
    (row,) = _ledger(any_provider)
    assert (row.state, row.attempts, row.last_result) == ("delivered", 1, "200")
    assert "应用 dept-one" in browser.page, "the page says who was told"


@pytest.mark.parametrize("status", [500, 400, 302, 0])
def test_a_failing_application_is_tried_again_by_the_worker(
    any_provider: Provider, listener: Listener, status: int
) -> None:
    """Nothing before ten seconds, then once more; a success ends it. Each try has a token of its own."""
    listener.status = status
    _, browser, _ = _signed_in(any_provider, listener)
    _sign_out(browser)
    assert browser.status == 200 and len(listener.heard) == 1
    assert browser.cookie("yh_session") is None, "a silent application holds nobody back"
    deliver = any_provider.services.backchannel.deliver_due
    any_provider.clock.advance(9)
    assert deliver() == 0
    listener.status = 204
    any_provider.clock.advance(2)
    assert deliver() == 1
    assert len(set(listener.heard)) == 2
    assert _ledger(any_provider)[0].state == "delivered"
    any_provider.clock.advance(86_400)
    assert deliver() == 0


def test_after_six_tries_it_is_failed(provider: Provider, listener: Listener) -> None:
    """10 s, 1 min, 5 min, 30 min, 2 h, and then the ledger says failed."""
    listener.status = 503
    _, browser, _ = _signed_in(provider, listener)
    _sign_out(browser)
    for number, seconds in enumerate((10, 60, 300, 1800, 7200), 2):
        provider.clock.advance(seconds - 1)
        assert provider.services.backchannel.deliver_due() == 0, number
        provider.clock.advance(1)
        assert provider.services.backchannel.deliver_due() == 1, number
        assert len(listener.heard) == number
    (row,) = _ledger(provider)
    assert (row.state, row.attempts, row.last_result) == ("failed", 6, "503")
    provider.clock.advance(86_400)
    assert provider.services.backchannel.deliver_due() == 0


def test_a_process_that_dies_while_telling_loses_nothing(any_provider: Provider, listener: Listener) -> None:
    """A notice that was claimed and never settled comes again after ten seconds."""
    listener.status = 500
    _, browser, _ = _signed_in(any_provider, listener)
    _sign_out(browser)
    any_provider.clock.advance(11)
    (row,) = _ledger(any_provider)
    with any_provider.sql.begin() as db:
        now = instant(any_provider.clock)
        assert store.claim(db, row.id, now, now + timedelta(seconds=10)) is not None
    listener.status = 200
    assert any_provider.services.backchannel.deliver_due() == 0, "somebody else holds it"
    any_provider.clock.advance(11)
    assert any_provider.services.backchannel.deliver_due() == 1
    assert _ledger(any_provider)[0].state == "delivered"


def test_two_workers_deliver_once(any_provider: Provider, listener: Listener) -> None:
    """Four workers that see the same due notices send each of them once."""
    listener.status = 500
    for number in range(3):
        application = RelyingParty(
            any_provider, any_provider.make.client(f"dept-{number}", backchannel_logout_uri=listener.url)
        )
        browser = Browser(any_provider)
        application.tokens(browser, any_provider.make.person())
        _sign_out(browser)
    listener.heard.clear()
    listener.status = 200
    any_provider.clock.advance(11)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        any_provider.services.backchannel.deliver_due()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(listener.heard) == 3
    assert {(row.state, row.attempts) for row in _ledger(any_provider)} == {("delivered", 2)}


def test_every_application_of_the_session_hears_it_and_no_other(
    provider: Provider, listener: Listener
) -> None:
    """Two applications took part and both hear; a third that the person never used does not."""
    person, browser = provider.make.person(), Browser(provider)
    for name in ("dept-one", "dept-two"):
        client = provider.make.client(name, backchannel_logout_uri=listener.url)
        RelyingParty(provider, client).tokens(browser, person)
    provider.make.client("dept-three", backchannel_logout_uri=listener.url)
    _sign_out(browser)
    told = [claims_of(provider, token, "logout+jwt") for token in listener.heard]
    assert {claims["aud"] for claims in told} == {"dept-one", "dept-two"}
    assert len({claims["sub"] for claims in told}) == 2, "subjects stay pairwise"


def test_ending_a_session_on_the_account_page_tells_too(provider: Provider, listener: Listener) -> None:
    """A session ended from another device is told to its applications at once."""
    _, browser, _ = _signed_in(provider, listener)
    with provider.sql.once() as db:
        sso = provider.services.sessions.find(db, browser.cookie("yh_session"))
    assert sso is not None
    browser.open("/account/devices")
    form = browser.page.partition('action="/account/sessions/end"')[2]
    token = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    browser.post("/account/sessions/end", {"csrf_token": token, "handle": sso.id, "confirm": "yes"})
    assert claims_of(provider, listener.heard[0], "logout+jwt")["sid"] == sso.id


def test_the_page_names_who_did_not_answer(provider: Provider, listener: Listener) -> None:
    """With a silent application the person stays on our page, which offers the way back."""
    listener.status = 500
    application, browser, _ = _signed_in(provider, listener)
    browser.open(
        "/oauth/logout?client_id=dept-one&post_logout_redirect_uri=https%3A%2F%2Fdept-one.test%2F"
    ).submit()
    assert browser.path == "/oauth/logout/confirm" and 'http-equiv="refresh"' not in browser.page
    assert "tag-warn" in browser.page and 'href="https://dept-one.test/"' in browser.page
    assert application.client.client_id == "dept-one"
