"""The event of the weighing of risk."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWeighed(Event):
    """A right proof came under unusual circumstances: which, what each counted, and what followed."""

    act = "sign_in.weighed"
    action: str
    score: int
    signals: str
    application: str | None
    device: str
