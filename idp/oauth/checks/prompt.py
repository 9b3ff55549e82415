"""`prompt`, `max_age`, `login_hint`, `ui_locales` (OpenID Connect Core §3.1.2.1)."""

from idp.oauth.checks.draft import Draft
from idp.oauth.errors import AuthorizationRefused, OAuthCode

PROMPTS = ("none", "login", "consent", "select_account")
MAX_HINT = 64


def check_prompt(draft: Draft) -> None:
    """Known values only; `none` stands alone. `login` and `select_account` want a sign-in after this moment."""
    prompt = tuple(dict.fromkeys(value for value in draft.parameters.get("prompt", "").split(" ") if value))
    if not frozenset(prompt) <= frozenset(PROMPTS):
        raise AuthorizationRefused(OAuthCode.INVALID_REQUEST, "prompt holds an unknown value")
    if "none" in prompt and len(prompt) > 1:
        raise AuthorizationRefused(OAuthCode.INVALID_REQUEST, "prompt=none stands alone")
    draft.prompt = prompt
    if {"login", "select_account"} & set(prompt):
        draft.signed_in_since = draft.now


def check_max_age(draft: Draft) -> None:
    """Whole seconds; the sign-in may be no older than that."""
    text = draft.parameters.get("max_age")
    if text is None:
        return
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise AuthorizationRefused(OAuthCode.INVALID_REQUEST, "max_age must be whole seconds")
    since = draft.now - int(text)
    draft.signed_in_since = max(since, draft.signed_in_since or since)


def check_hint(draft: Draft) -> None:
    """A hint prefills the form, `ui_locales` chooses its language; an overlong one is left out."""
    hint = draft.parameters.get("login_hint", "")
    draft.login_hint = hint if 0 < len(hint) <= MAX_HINT else None
    locales = draft.parameters.get("ui_locales", "")
    draft.ui_locales = locales if 0 < len(locales) <= MAX_HINT else None
