"""Events of authenticators."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A person took another password; the object is the person."""

    act = "password.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodChanged(Event):
    """A way to sign in was added, removed, renamed or made anew; the object is the person."""

    act = "method.changed"
    method: str
    how: str
