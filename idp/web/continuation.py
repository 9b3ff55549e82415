"""Where a person goes on after a page of ours: an endpoint by name and the id of what it stored, never an address.

So no part can be talked into leading anybody elsewhere: open redirects have no place to live.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Continuation:
    """The name of an endpoint of ours and the id of what it stored."""

    endpoint: str
    id: str = ""


class Continuations:
    """The paths of all endpoints that a sign-in or a consent can end at; `{id}` stands for the stored id."""

    def __init__(self, paths: dict[str, str]) -> None:
        self._paths = paths

    def path(self, continuation: Continuation) -> str:
        """The path of ours. Raises KeyError for an endpoint that nobody declared."""
        return self._paths[continuation.endpoint].replace("{id}", continuation.id)

    def cancelled(self, continuation: Continuation, why: str) -> str:
        """The same where the person turned back: an endpoint that stored a question is told why, any other is the home page.

        Raises KeyError as `path` does.
        """
        path = self.path(continuation)
        return f"{path}&cancelled={why}" if continuation.id else "/"
