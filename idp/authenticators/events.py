"""Events of authenticators."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A person took another password; the object is the person."""

    act = "password.changed"
