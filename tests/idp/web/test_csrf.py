"""The form token."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.tokens import random_bytes, random_token
from idp.errors import RequestRefused
from idp.web.csrf import Csrf
from idp.web.edge import Edge
from idp.web.exchange import Request
from idp.web.settings import WebSettings

ISSUER = "https://id.example.gov.cn"
EDGE = Edge(WebSettings(), ISSUER)
CSRF = Csrf(random_bytes(32), EDGE)
BROWSER, SESSION = "B" * 43, "S" * 43


def post(**headers: str) -> Request:
    """A form post that carries these headers."""
    frame: dict[str, object] = {"REQUEST_METHOD": "POST", "PATH_INFO": "/login", "wsgi.input": io.BytesIO()}
    return Request(frame | {f"HTTP_{name}": value for name, value in headers.items()}, "0" * 16, "127.0.0.1")


def refused(request: Request, browser: str | None, session: str | None, given: str | None) -> bool:
    """Whether the check refuses, and by the one public code."""
    try:
        CSRF.check(request, browser, session, given)
    except RequestRefused as error:
        assert error.code == "request.csrf"
        return True
    return False


@pytest.mark.sec("SEC-33")
@pytest.mark.parametrize("session", [None, SESSION])
def test_own_form_passes(session: str | None) -> None:
    """A token serves the browser and sign-in state it was made for, as often as its page is sent."""
    token = CSRF.token(BROWSER, session)
    assert not refused(post(ORIGIN=ISSUER), BROWSER, session, token)
    assert not refused(post(), BROWSER, session, token)


@pytest.mark.sec("SEC-33")
def test_token_of_another_browser_state_or_key_is_refused() -> None:
    """Another browser's, another session's, a signed-out page's and another instance's token all fail."""
    foreign = Csrf(random_bytes(32), EDGE)
    for token in (
        CSRF.token(random_token(), SESSION),
        CSRF.token(BROWSER, random_token()),
        CSRF.token(BROWSER, None),
        CSRF.token(BROWSER, ""),
        foreign.token(BROWSER, SESSION),
    ):
        assert refused(post(ORIGIN=ISSUER), BROWSER, SESSION, token)
    assert refused(post(ORIGIN=ISSUER), BROWSER, None, CSRF.token(BROWSER, SESSION))


@pytest.mark.sec("SEC-33")
def test_boundary_between_browser_and_session_cannot_be_moved() -> None:
    """The same characters cut differently are another token."""
    assert refused(post(), "ab", "c", CSRF.token("a", "b+c"))
    assert refused(post(), "a+b", None, CSRF.token("a", "b"))


@pytest.mark.sec("SEC-33")
def test_foreign_origin_is_refused_even_with_a_good_token() -> None:
    """A stolen token is of no use to another site."""
    token = CSRF.token(BROWSER, SESSION)
    assert refused(post(ORIGIN="https://evil.example"), BROWSER, SESSION, token)
    assert refused(post(ORIGIN="null"), BROWSER, SESSION, token)
    assert refused(post(SEC_FETCH_SITE="same-site"), BROWSER, SESSION, token)


@pytest.mark.sec("SEC-33")
def test_missing_cookie_or_token_is_refused() -> None:
    """Neither half counts without the other."""
    assert refused(post(ORIGIN=ISSUER), None, None, CSRF.token(BROWSER, None))
    assert refused(post(ORIGIN=ISSUER), BROWSER, None, None)
    assert refused(post(ORIGIN=ISSUER), BROWSER, None, "")


@pytest.mark.sec("SEC-33")
@given(st.one_of(st.text(max_size=120), st.binary(min_size=64, max_size=64).map(lambda b: b.hex())))
def test_junk_is_refused_and_never_a_crash(junk: str) -> None:
    """Whatever stands in the field, the answer is the same refusal."""
    assert refused(post(ORIGIN=ISSUER), BROWSER, SESSION, junk)


@pytest.mark.sec("SEC-33")
def test_damaged_token_is_refused() -> None:
    """Each changed character, and each missing one, spoils the token."""
    token = CSRF.token(BROWSER, SESSION)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert refused(post(), BROWSER, SESSION, token[:place] + other + token[place + 1 :])
    assert refused(post(), BROWSER, SESSION, token[:-1])
    assert refused(post(), BROWSER, SESSION, token + "=")


def test_tokens_of_one_page_differ_in_every_part() -> None:
    """No part of the token repeats from page to page, so that a compressed page betrays nothing."""
    tokens = [CSRF.token(BROWSER, SESSION) for _ in range(50)]
    assert {len(token) for token in tokens} == {86}
    for start in (0, 43, 70):
        assert len({token[start : start + 8] for token in tokens}) == 50
