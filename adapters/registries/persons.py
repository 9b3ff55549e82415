"""Sources that vouch for persons: population register, bank, face service, network identity, window, kinship.

They differ in what they ask beside name and number, which the method says, and answer in one way: matched, mismatch with the
fields that differ, or not found (ORG-10 has the same three). Everything else is no answer.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

from adapters.registries.client import NoAnswer, SourceClient
from idp.clock import Clock, instant
from idp.proofing.port import Claimed, Matched, Mismatched, NotFound, SourceDown, Verdict

FIELDS: Final = frozenset({"name", "mobile", "card_number", "face", "credential", "receipt", "guardian"})
"""Fields that a source may say differ; others it names are not passed on."""


class PersonSource:
    """One method at one source."""

    def __init__(self, client: SourceClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    @property
    def name(self) -> str:
        """Its name in evidence."""
        return self._client.name

    def check(self, claimed: Claimed) -> Verdict:
        """Ask whether this is somebody's name and number, and what the method proves beside."""
        args = {
            "id_kind": claimed.id_kind,
            "id_number": claimed.id_number,
            "name": claimed.name,
            "mobile": claimed.mobile,
            "proof": dict(claimed.proof),
        }
        try:
            result = self._client.ask("check", args)
            return self._verdict(result)
        except NoAnswer as none:
            return SourceDown(self.name, none.why)
        except (KeyError, TypeError, ValueError):
            return SourceDown(self.name, "malformed")

    def _verdict(self, result: dict[str, Any]) -> Verdict:
        reference = str(result["reference"])[:64]
        match result["code"]:
            case "matched":
                return Matched(
                    source=self.name,
                    reference=reference,
                    obtained_at=instant(self._clock),
                    valid_until=_end_of(result.get("valid_until")),
                    is_deceased=result.get("is_deceased") is True,
                    born=date.fromisoformat(result["born"]) if result.get("born") else None,
                )
            case "mismatch":
                fields = tuple(sorted(FIELDS.intersection(result.get("fields") or ())))
                return Mismatched(self.name, reference, fields)
            case "not_found":
                return NotFound(self.name, reference)
        return SourceDown(self.name, "refused")


def _end_of(day: str | None) -> datetime | None:
    return None if day is None else datetime.combine(date.fromisoformat(day), datetime.max.time(), UTC)
