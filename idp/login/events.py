"""Events of signing in."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Event):
    """A person signed in; the object is the session."""

    act = "sign_in.done"
    method: str
    application: str | None
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused(Event):
    """A sign-in was refused: wrong credentials, paused, or a person who may not sign in."""

    act = "sign_in.refused"
    method: str
    why: str
    application: str | None
    device: str
