"""What a caller asks of a sign-in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """The evidence that a caller wants. `signed_in_since` is the earliest time of sign-in that satisfies it (seconds
    since 1970): `prompt=login` sets it to the start of the request, `max_age` to that many seconds before."""

    signed_in_since: float | None = None
    application_id: str | None = None
    login_hint: str | None = None
    ui_locales: str | None = None
