"""Sending an authorization response to its client: by redirect, or by the hand-off page after a form."""

from urllib.parse import urlencode

from idp.web.exchange import Answer, Headers, Request, redirect
from idp.web.headers import hand_off_headers
from idp.web.pages import Pages


def response_url(redirect_uri: str, issuer: str, parameters: dict[str, str | None]) -> str:
    """The redirect URI with the response in its query, always with `iss` (RFC 9207 §2)."""
    fields = {name: value for name, value in {**parameters, "iss": issuer}.items() if value is not None}
    joint = "&" if "?" in redirect_uri else "?"
    return redirect_uri + joint + urlencode(fields)


def by_redirect(url: str) -> Answer:
    """303 straight to the client: only where no form of ours came before (ux.md §4.4)."""
    return redirect(url)


def by_hand_off(pages: Pages, request: Request, url: str, application: str, headers: Headers = ()) -> Answer:
    """A page that goes on to the client by itself, for answers that follow a form of ours."""
    return pages.show(
        request,
        "login/hand_off.html",
        headers=headers,
        page_headers=hand_off_headers(_origin(url)),
        target_url=url,
        application=application,
    )


def _origin(url: str) -> str:
    scheme, _, rest = url.partition(":")
    if scheme not in {"http", "https"}:
        return f"{scheme}:"
    return f"{scheme}://{rest.removeprefix('//').partition('/')[0].partition('?')[0]}"
