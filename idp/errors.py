"""Errors of the provider.

    IdpError
    ├── SettingsRefused      the configuration cannot be served
    ├── RequestRefused       what the caller sent is malformed or not allowed here
    │   ├── NotFound         no such page, object or handle
    │   │   └── OrganisationOver  it has ended at the register: it may be read for a while, and not changed
    │   ├── MethodRefused    the address exists, the method does not
    │   ├── TooLarge         body, header or parameter over its limit
    │   └── TooMany          a limit was reached; says when to come back
    ├── Conflict             the object changed or exists already
    └── Unavailable          a dependency does not answer

An error carries a code (also the key of its public text), public values for that text, and a private detail for the log.
"""


class IdpError(Exception):
    """A broken rule: `code` names the public text, `values` fill it, `detail` goes to the log and nowhere else."""

    def __init__(self, code: str, detail: str = "", **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.values = values


class SettingsRefused(IdpError):
    """The configuration names an unknown key, lacks a needed one, or would be unsafe in this profile."""


class RequestRefused(IdpError):
    """The request is malformed or not allowed in this state."""


class NotFound(RequestRefused):
    """There is no such page, object or handle, or it has ended."""


class OrganisationOver(NotFound):
    """The register says that the organisation has ended; `organisation_id` is for those who managed it."""

    def __init__(self, organisation_id: str) -> None:
        super().__init__("organisation.over")
        self.organisation_id = organisation_id


class MethodRefused(RequestRefused):
    """The address exists but does not take this method; `allowed` lists those that it takes."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__("request.method", allowed=", ".join(allowed))
        self.allowed = allowed


class TooLarge(RequestRefused):
    """A body, header or parameter is over its limit."""


class TooMany(RequestRefused):
    """A limit was reached; `retry_after` is in whole seconds."""

    def __init__(self, code: str, retry_after: int, detail: str = "") -> None:
        super().__init__(code, detail, seconds=retry_after)
        self.retry_after = retry_after


class Conflict(IdpError):
    """The object exists already or was changed meanwhile."""


class Unavailable(IdpError):
    """A dependency does not answer; the caller may come back."""
