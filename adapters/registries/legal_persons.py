"""The legal-person register: what an organisation is, by its unified code or an old one, and who represents it."""

from datetime import UTC, datetime
from typing import Any

from adapters.registries.client import NoAnswer, SourceClient
from idp.organisations.models import IdentifierKind, OrganisationType, RegistrationStatus
from idp.organisations.port import RegisterDown, RegisterFacts, RepresentativeVerdict


class LegalPersonRegister:
    """Implements `organisations.port.Register`."""

    def __init__(self, client: SourceClient) -> None:
        self._client = client

    def find(self, uscc: str) -> RegisterFacts | RegisterDown | None:
        """The organisation of a unified code, or None when the register has none."""
        found = self._list("find", {"uscc": uscc})
        if isinstance(found, RegisterDown):
            return found
        return found[0] if found else None

    def find_by_identifier(
        self, kind: IdentifierKind, value: str
    ) -> tuple[RegisterFacts, ...] | RegisterDown:
        """The organisations that an old identifier stands for."""
        return self._list("find_by_identifier", {"kind": kind.value, "value": value})

    def check_representative(
        self, uscc: str, name: str, id_kind: str, id_number: str
    ) -> RepresentativeVerdict | RegisterDown:
        """Whether this person is the legal representative now."""
        args = {"uscc": uscc, "name": name, "id_kind": id_kind, "id_number": id_number}
        try:
            result = self._client.ask("check_representative", args)
            code, reference = result["code"], str(result["reference"])[:64]
        except NoAnswer as none:
            return RegisterDown(none.why)
        except (KeyError, TypeError):
            return RegisterDown("malformed")
        if code not in {"matched", "mismatch", "not_found"}:
            return RegisterDown("refused")
        return RepresentativeVerdict(code != "not_found", code == "matched", reference)

    def _list(self, op: str, args: dict[str, object]) -> tuple[RegisterFacts, ...] | RegisterDown:
        try:
            result = self._client.ask(op, args)
            if result["code"] == "not_found":
                return ()
            if result["code"] != "found":
                return RegisterDown("refused")
            return tuple(map(_facts, result["organisations"]))
        except NoAnswer as none:
            return RegisterDown(none.why)
        except (KeyError, TypeError, ValueError):
            return RegisterDown("malformed")


def _facts(told: dict[str, Any]) -> RegisterFacts:
    changed_at = told.get("changed_at")
    return RegisterFacts(
        uscc=str(told["uscc"]),
        name=str(told["name"])[:200],
        kind=OrganisationType(told["kind"]),
        status=RegistrationStatus(told["status"]),
        authority=str(told["authority"])[:120],
        region=str(told["region"])[:6],
        representative_name=str(told["representative_name"]),
        representative_kind=str(told["representative_kind"]),
        representative_number=str(told["representative_number"]),
        identifiers=tuple(
            (IdentifierKind(kind), str(value)) for kind, value in told.get("identifiers") or ()
        ),
        parent_uscc=told.get("parent_uscc"),
        merged_into_uscc=told.get("merged_into_uscc"),
        changed_at=None if changed_at is None else datetime.fromtimestamp(int(changed_at), UTC),
    )
