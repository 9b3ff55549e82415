"""Asking the legal-person register whose an old record is: every code of it, and the unified code that it states."""

from dataclasses import dataclass

from idp.conversion.deciding import OldRecord, is_same_name, subject_codes
from idp.organisations.codes import TypedCode
from idp.organisations.port import Register, RegisterDown, RegisterFacts


@dataclass(frozen=True, slots=True)
class Told:
    """The register's organisation where it names just one, else the reason and those it names."""

    facts: RegisterFacts | None
    why: str = ""
    candidates: tuple[str, ...] = ()


class Asking:
    """Asks, never inside a transaction; a house without a register is told nothing."""

    def __init__(self, register: Register | None) -> None:
        self._register = register

    def ask(self, record: OldRecord) -> Told:
        """What the register says of a record. Silence settles nothing."""
        if self._register is None:
            return Told(None, "no_register")
        found: dict[str, RegisterFacts] = {}
        for code in record.codes:
            answer = self._whose(self._register, code)
            if isinstance(answer, RegisterDown):
                return Told(None, "register_down")
            found |= {one.uscc: one for one in answer}
        if record.uscc is not None:
            return self._stated(self._register, record, record.uscc, found)
        return _only(found)

    def _whose(self, register: Register, code: TypedCode) -> tuple[RegisterFacts, ...] | RegisterDown:
        return register.find_by_identifier(code.kind, code.value) if code.kind is not None else ()

    def _stated(
        self, register: Register, record: OldRecord, uscc: str, found: dict[str, RegisterFacts]
    ) -> Told:
        """A stated unified code counts where the register has it and knows the record by a code or by name."""
        if set(found) - {uscc}:
            return Told(None, "stated_differs", tuple(sorted({*found, uscc})))
        if uscc in found:
            return Told(found[uscc])
        facts = register.find(uscc)
        if isinstance(facts, RegisterDown):
            return Told(None, "register_down")
        if facts is None:
            return Told(None, "unknown")
        is_its = uscc[8:17] in subject_codes(record) or is_same_name(record.name, facts.name)
        return Told(facts) if is_its else Told(None, "stated_differs", (uscc,))


def _only(found: dict[str, RegisterFacts]) -> Told:
    if len(found) == 1:
        return Told(next(iter(found.values())))
    return Told(None, "several" if found else "unknown", tuple(sorted(found)))
