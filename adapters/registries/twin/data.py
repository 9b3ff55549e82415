"""What the twin knows: persons and organisations from a JSON file, and how it is told to misbehave."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MODES: Final = frozenset({"", "down", "slow", "half", "bad_signature", "other_question", "refuse"})
"""How the twin may be told to answer, for tests and for the curious: see `server.py`."""


@dataclass
class Data:
    """The registers' content; changed by `/config` while it runs."""

    persons: dict[str, dict[str, Any]] = field(default_factory=dict)
    organisations: dict[str, dict[str, Any]] = field(default_factory=dict)
    mode: str = ""
    asked: int = 0

    def check(self, method: str, args: Mapping[str, Any]) -> dict[str, object]:
        """Whether a person is as claimed, by what this method looks at."""
        reference = self._reference()
        person = self.persons.get(f"{args.get('id_kind')}|{args.get('id_number')}")
        if person is None:
            return {"code": "not_found", "reference": reference}
        fields = [name for name in ("name",) if person.get(name) != args.get(name)]
        proof = args.get("proof") or {}
        fields += [name for name, value in proof.items() if str(person.get(name, "")) != str(value)]
        if method in {"bank", "mobile_operator"} and person.get("mobile") != args.get("mobile"):
            fields.append("mobile")
        if fields:
            return {"code": "mismatch", "reference": reference, "fields": fields}
        told: dict[str, object] = {
            name: person[name] for name in ("born", "valid_until", "is_deceased") if name in person
        }
        return {"code": "matched", "reference": reference, **told}

    def find(self, args: Mapping[str, Any]) -> dict[str, object]:
        """An organisation by its unified code."""
        found = self.organisations.get(str(args.get("uscc")))
        return self._found([found] if found else [])

    def find_by_identifier(self, args: Mapping[str, Any]) -> dict[str, object]:
        """Organisations by an old identifier."""
        wanted = [args.get("kind"), args.get("value")]
        return self._found(
            [one for one in self.organisations.values() if wanted in one.get("identifiers", [])]
        )

    def check_representative(self, args: Mapping[str, Any]) -> dict[str, object]:
        """Whether somebody represents an organisation."""
        found = self.organisations.get(str(args.get("uscc")))
        if found is None:
            return {"code": "not_found", "reference": self._reference()}
        said = (args.get("name"), args.get("id_kind"), args.get("id_number"))
        is_right = said == tuple(found[f"representative_{part}"] for part in ("name", "kind", "number"))
        return {"code": "matched" if is_right else "mismatch", "reference": self._reference()}

    def _found(self, organisations: list[dict[str, Any]]) -> dict[str, object]:
        if not organisations:
            return {"code": "not_found", "reference": self._reference()}
        return {"code": "found", "reference": self._reference(), "organisations": organisations}

    def _reference(self) -> str:
        self.asked += 1
        return f"TWIN-{self.asked:08d}"


def loaded(path: Path) -> Data:
    """The content of a file: `persons` and `organisations`, lists of objects."""
    content = json.loads(path.read_text("utf-8"))
    return Data(
        {f"{one['id_kind']}|{one['id_number']}": one for one in content.get("persons", [])},
        {one["uscc"]: one for one in content.get("organisations", [])},
    )
