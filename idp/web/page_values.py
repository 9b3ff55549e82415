"""What the templates are given: frozen values, and for each template the names it needs.

Every text in them is already in the language of the page, every instant is aware, every name is masked.
A template fails on a missing name rather than showing a gap (StrictUndefined).

    login/sign_in.html        application: Application | None, form: SignInForm, tries_left: int | None,
                              paused: PausedUntil | None, notice: str | None, transaction: str
    login/organisation.html   code, name: str | None, uscc: str | None, onward_url
    login/continue.html       application: Application | None, name, action, transaction
    login/paused.html         application: Application | None, paused: PausedUntil | None (None: frozen),
                              retry_url: str | None, reference
    login/timed_out.html      application: Application | None, reason: "idle" | "absolute" | "cookies"
    login/hand_off.html       application: str, target_url
    login/form_post.html      action, fields: Mapping[str, str] | sequence of pairs, application: str
                              (may be absent)
    consent/consent.html      application: Application, action, transaction, items: Sequence[ConsentItem],
                              until: datetime | None (None: until it is withdrawn)
    login/answered.html       application: str | None, home_url: str | None, message
    failures/bad_request.html application: str | None, home_url: str | None, message, reference, time,
                              details: Sequence[str]
    failures/failure.html     title, text, what_now, reference, time
    portal/home.html          name, level: 0..3, last_sign_in: LastSignIn | None, alerts: Sequence[str],
                              sessions: Sequence[SessionRow], applications: Sequence[ApplicationRow],
                              end_session_action, withdraw_action
    portal/confirm.html       act: "end_session" | "withdraw", subject, action, handle, back_url
    logout/confirm.html       application: Application | None, action, transaction, cancel_url
    logout/signed_out.html    application: Application | None, results: Sequence[LogoutResult], sign_in_url,
                              return_url: str | None
    status/status.html        issuer, version, is_ready, checks: pairs of part and state, keys with algorithm and
                              kid, time
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from idp.web.i18n import Catalogue

FAILURE_STATUSES = (400, 403, 404, 405, 413, 429, 500, 503)


@dataclass(frozen=True)
class Application:
    """The relying application as a person sees it; `home_url` is the registered one."""

    name: str
    department: str
    home_url: str | None = None


@dataclass(frozen=True)
class Choice:
    """One of several things to pick: its key, its name and what it takes."""

    key: str
    name: str
    hint: str


@dataclass(frozen=True)
class FieldError:
    """One message at one field; `field` is the id of the control, `text` what to do about it."""

    field: str
    text: str


@dataclass(frozen=True)
class SignInForm:
    """The sign-in form: where it is sent, the identifier as typed, and what was wrong with it.

    `kind` is person or organisation; `code` is an organisation's as typed.
    """

    action: str
    identifier_value: str = ""
    errors: Sequence[FieldError] = ()
    kind: str = "person"
    code: str = ""
    is_shared: bool = False


@dataclass(frozen=True)
class PausedUntil:
    """A way of signing in that rests until an instant; `method` is its name in words (密码登录)."""

    method: str
    until: datetime


@dataclass(frozen=True)
class ConsentItem:
    """One item that the application would receive; an optional one comes back as `item-<name>` when ticked."""

    name: str
    label: str
    value: str
    purpose: str
    required: bool
    is_new: bool


@dataclass(frozen=True)
class LastSignIn:
    """The sign-in before this one."""

    when: datetime
    place: str
    device: str


@dataclass(frozen=True)
class SessionRow:
    """One sign-in that still lives; `handle` names it to the form without being its secret."""

    handle: str
    device: str
    place: str
    since: datetime
    last_seen: datetime
    is_current: bool


@dataclass(frozen=True)
class DeviceRow:
    """One device from which a person signed in before."""

    handle: str
    name: str
    place: str
    first_seen: datetime
    last_seen: datetime
    is_trusted: bool


@dataclass(frozen=True)
class ApplicationRow:
    """One application that was given something: what, since when, last used when (None: not yet)."""

    handle: str
    name: str
    department: str
    items: Sequence[str]
    since: datetime
    last_used: datetime | None


class LogoutResult(NamedTuple):
    """What became of the sign-in at one application."""

    application: str
    status: Literal["told", "silent"]


@dataclass(frozen=True)
class FailureWords:
    """Title, explanation and next step of a failure page."""

    title: str
    text: str
    what_now: str


def failure_words(catalogue: Catalogue, status: int, language: str) -> FailureWords:
    """Give the words for an HTTP status; one that has none of its own speaks as 400 or 500, by its class."""
    known = status if status in FAILURE_STATUSES else (400 if status < 500 else 500)
    title, text, now = (
        catalogue.text(f"failure.{known}.{part}", language) for part in ("title", "text", "now")
    )
    return FailureWords(title, text, now)
