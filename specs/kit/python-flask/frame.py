"""What every page of the application has around it: language, words, security headers, the page for failures."""

import logging
from typing import Any

from flask import Flask, Response, g, render_template, request
from provider import SignInFailed
from words import LANGUAGES, WORDS

log = logging.getLogger("department")


def dress(app: Flask, name: str, issuer: str) -> None:
    """Give an application its frame. `name` is the department's, `issuer` the provider that forms may lead to."""

    @app.before_request
    def choose_language() -> None:
        """Chinese, or English when the browser prefers it."""
        g.language = request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]

    @app.context_processor
    def page_values() -> dict[str, Any]:
        return {"t": WORDS[g.language], "language": g.language, "department": name, "issuer": issuer}

    @app.errorhandler(SignInFailed)
    def failed(error: SignInFailed) -> tuple[str, int]:
        """A page in plain words; the detail goes to the log."""
        log.warning("sign-in failed: %s", error)
        return render_template("failed.html", code=error.code), 400

    @app.after_request
    def protect(answer: Response) -> Response:
        """Nothing from elsewhere, no frames, nothing kept in caches; the sign-out form leads to the provider."""
        answer.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' {issuer}; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        if request.endpoint != "static":
            answer.headers["Cache-Control"] = "no-store"
        return answer
