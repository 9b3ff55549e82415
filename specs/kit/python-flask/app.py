"""A department application that signs people in through 一号: a small, ordinary OpenID Connect client.

Settings come from the environment; README.md lists them. Start: `python app.py`, or any WSGI server with `app:app`.
"""

import hmac
import logging
import secrets
from typing import Any

import config
import frame
from config import BASE_URL, BROWSER, SESSION, SESSION_SECONDS, SIGN_IN_SECONDS
from flask import Flask, Response, g, jsonify, redirect, render_template, request
from local_sessions import LocalSessions
from provider import Provider, SignInFailed
from tokens import TokenRefused
from werkzeug.wrappers import Response as Answer
from words import masked_name, rows

app = Flask(__name__)
frame.dress(app, config.NAME, config.ISSUER)
kept = LocalSessions(config.SESSION_FILE, config.SECRET_KEY)
provider = Provider(
    config.ISSUER, config.CLIENT_ID, config.CLIENT_SECRET, f"{BASE_URL}/callback", config.ID_TOKEN_ALG
)
log = logging.getLogger("department")


@app.get("/")
def home() -> str:
    """The sign-in button, or what the provider said of the person who is signed in."""
    person = signed_in()
    if person is None:
        return render_template("home.html", notice=request.args.get("notice"))
    claims = person["claims"]
    session = request.cookies[SESSION]
    return render_template(
        "signed_in.html",
        name=masked_name(claims.get("name", "")),
        rows=rows(claims, g.language),
        form_token=kept.mark(f"form|{session}"),
        may_refresh=bool(person["refresh_token"]),
        notice=request.args.get("notice"),
    )


@app.get("/login")
def login() -> Answer:
    """Send the browser to the provider; what must come back is kept for this browser only."""
    browser = request.cookies.get(BROWSER) or secrets.token_urlsafe(32)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    answer = redirect(provider.sign_in_url(state, nonce, verifier), 303)
    begun = {"browser": kept.mark(browser), "nonce": nonce, "verifier": verifier}
    kept.put(f"state|{state}", begun, SIGN_IN_SECONDS)
    return with_cookie(answer, BROWSER, browser)


@app.get("/callback")
def callback() -> Answer:
    """The provider's answer: taken once, and only in the browser that began."""
    begun = kept.take(f"state|{request.args.get('state', '')}")
    browser = kept.mark(request.cookies.get(BROWSER, ""))
    if begun is None or not hmac.compare_digest(begun["browser"], browser):
        raise SignInFailed("wrong_state")
    person = provider.redeem(request.args, begun["nonce"], begun["verifier"])
    if old := request.cookies.get(SESSION):
        kept.take(f"session|{old}")
    session = secrets.token_urlsafe(32)
    kept.put(f"session|{session}", person, SESSION_SECONDS, person["claims"]["sid"])
    return with_cookie(redirect("/", 303), SESSION, session)


@app.post("/refresh")
def refresh() -> Answer:
    """Ask the provider again, without the person: claims may have changed, or the sign-in may have ended."""
    person = checked_form()
    session = f"session|{request.cookies.get(SESSION, '')}"
    # A refresh token serves once (RFC 9700 §4.14.2): two clicks at the same moment must not both send it.
    if person is None or not kept.add(f"refreshing|{person['refresh_token']}", config.REFRESH_SECONDS):
        return redirect("/", 303)
    try:
        fresh = provider.refresh(person)
    except SignInFailed:
        kept.take(session)
        raise
    # Meanwhile the provider may have ended this session: then nothing is put back.
    return redirect("/?notice=refreshed" if kept.replace(session, fresh) else "/?notice=ended", 303)


@app.post("/logout")
def logout() -> Answer:
    """Sign out here, then at the provider, which tells all other applications."""
    person = checked_form()
    if person is None:
        return redirect("/", 303)
    kept.take(f"session|{request.cookies[SESSION]}")
    state = secrets.token_urlsafe(32)
    kept.put(f"signed_out|{state}", {}, SIGN_IN_SECONDS)
    return redirect(provider.sign_out_url(person["id_token"], f"{BASE_URL}/signed-out", state), 303)


@app.get("/signed-out")
def signed_out() -> Answer:
    """Back from the provider's sign-out; an answer that we did not ask for says nothing."""
    asked = kept.take(f"signed_out|{request.args.get('state', '')}") is not None
    return redirect("/?notice=signed_out" if asked else "/", 303)


@app.post("/backchannel-logout")
def backchannel_logout() -> tuple[Response, int] | Response:
    """The provider tells us, server to server, that a session ended (OpenID Connect Back-Channel Logout §2.5)."""
    try:
        claims = provider.tokens.logout_token(request.form.get("logout_token", ""))
    except TokenRefused as refused:
        log.warning("logout token refused: %s", refused)
        return jsonify(error="invalid_request"), 400
    log.info("%d local sessions ended", kept.end(claims["sid"]))
    return Response(status=200)


@app.get("/health")
def health() -> Response:
    """Whether this application serves."""
    return jsonify(status="ok")


def signed_in() -> dict[str, Any] | None:
    """The person of this browser, or None."""
    return kept.get(f"session|{request.cookies.get(SESSION, '')}")


def checked_form() -> dict[str, Any] | None:
    """The person of this browser, if the form came from our own page; None otherwise."""
    expected = kept.mark(f"form|{request.cookies.get(SESSION, '')}")
    if not hmac.compare_digest(request.form.get("form_token", "").encode(), expected.encode()):
        return None
    return signed_in()


def with_cookie(answer: Answer, name: str, value: str) -> Answer:
    """Set a cookie that scripts and other sites cannot use."""
    answer.set_cookie(name, value, httponly=True, samesite="Lax", secure=BASE_URL.startswith("https://"))
    return answer


if __name__ == "__main__":
    app.run("127.0.0.1", config.PORT)
