"""Asking those who vouch: limited, noted, never within a transaction, and never taking silence for an answer (ABU-03)."""

from collections.abc import Mapping

from idp.audit.event import Outcome, Place
from idp.audit.service import Audit
from idp.limits.counter import Limits
from idp.proofing.events import ProofAsked
from idp.proofing.port import Claimed, Matched, Source, SourceDown, Verdict

NO_SOURCE = "no_source"


class Proofing:
    """Asks sources. A verdict is for the caller to act on: it records evidence with `Assurance`."""

    def __init__(self, sources: Mapping[str, Source], limits: Limits, audit: Audit) -> None:
        self._sources = sources
        self._limits = limits
        self._audit = audit

    def methods(self) -> frozenset[str]:
        """The methods for which there is a source."""
        return frozenset(self._sources)

    def check(self, method: str, claimed: Claimed, actor: str, address: str, place: Place) -> Verdict:
        """Ask about somebody. Raises TooMany when one who asks, or one who is asked about, is asked too often."""
        source = self._sources.get(method)
        if source is None:
            return SourceDown(method, NO_SOURCE)
        asked = {"proof_source": address, "proof_document": f"{claimed.id_kind}|{claimed.id_number}"}
        for rule, key in asked.items():
            self._limits.admit(rule, key)
        verdict = source.check(claimed)
        if not isinstance(verdict, Matched):
            for rule, key in asked.items():
                self._limits.refused(rule, key)
        self._audit.note(
            ProofAsked(
                actor=actor,
                object=f"source:{verdict.source}"[:96],
                place=place,
                outcome=Outcome.DONE if isinstance(verdict, Matched) else Outcome.REFUSED,
                method=method,
                verdict=type(verdict).__name__.lower(),
            )
        )
        return verdict
