"""Events of requests: codes and numbers, never what somebody wrote."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMade(Event):
    """A person asked for something about the own data; `about` is a code."""

    act = "person.request_made"
    kind: str
    about: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRead(Event):
    """An officer opened what a person had written."""

    act = "person.request_read"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered(Event):
    """An officer answered a request."""

    act = "person.request_answered"
    kind: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataCopied(Event):
    """A person took a copy of everything that is held about him."""

    act = "person.data_copied"
