"""The port to the legal-person register; `adapters/registries` implements it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from idp.organisations.models import IdentifierKind, OrganisationType, RegistrationStatus


@dataclass(frozen=True, slots=True, repr=False)
class RegisterFacts:
    """What the register says of one organisation. `identifiers` are old ones it knows, by kind."""

    uscc: str
    name: str
    kind: OrganisationType
    status: RegistrationStatus
    authority: str
    region: str
    representative_name: str
    representative_kind: str
    representative_number: str
    identifiers: tuple[tuple[IdentifierKind, str], ...] = ()
    parent_uscc: str | None = None
    merged_into_uscc: str | None = None
    changed_at: datetime | None = None

    def __repr__(self) -> str:
        return f"RegisterFacts({self.uscc})"


@dataclass(frozen=True, slots=True)
class RegisterDown:
    """No answer that counts; proves nothing."""

    why: str


@dataclass(frozen=True, slots=True)
class RepresentativeVerdict:
    """Whether name and number are those of the legal representative (ORG-10); `is_known` is False without such a code."""

    is_known: bool
    is_match: bool
    reference: str


class Register(Protocol):
    """The legal-person register."""

    def find(self, uscc: str) -> RegisterFacts | RegisterDown | None:
        """The organisation of a unified code, or None when the register has none."""
        ...

    def find_by_identifier(
        self, kind: IdentifierKind, value: str
    ) -> tuple[RegisterFacts, ...] | RegisterDown:
        """The organisations that an old identifier stands for: none, one, or several."""
        ...

    def check_representative(
        self, uscc: str, name: str, id_kind: str, id_number: str
    ) -> RepresentativeVerdict | RegisterDown:
        """Whether this person is the legal representative now."""
        ...
