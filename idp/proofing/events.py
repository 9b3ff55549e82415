"""Events of proofing; the object is the person."""

from dataclasses import dataclass

from idp.audit.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecorded(Event):
    """A proof was recorded, and the level that it led to."""

    act = "evidence.recorded"
    evidence: str
    method: str
    source: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRevoked(Event):
    """A proof counts no more."""

    act = "evidence.revoked"
    evidence: str
    why: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFell(Event):
    """A level fell because evidence expired."""

    act = "level.fell"
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofAsked(Event):
    """A source was asked about somebody; `verdict` says what kind of answer came, never about whom it told what."""

    act = "proof.asked"
    method: str
    verdict: str
