"""The common face of the value types: formatting one of them can only give the masked form."""


class Shown:
    """A value whose every printed form is the masked one; whoever needs the clear text reads ``.value``."""

    __slots__ = ()

    @property
    def masked(self) -> str:
        """The form that pages, logs and messages may show."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked})"

    def __format__(self, specification: str) -> str:
        return format(self.masked, specification)
