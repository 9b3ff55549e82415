"""Who must agree: m of n officers' SM2 signatures over exactly the statement of a ceremony.

Pure: no table, no clock, no file. Verified where the act happens, by whoever acts, in the transaction of the act.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from crypto.errors import CryptoError
from crypto.sm.sm2 import Sm2PublicKey
from idp.keys.statement import Evidence, Officer, QuorumRefused, Statement, check_policy, message

SKEW_SECONDS: Final = 300
"""How far the clock of an officer's machine may run ahead."""

Verify = Callable[[bytes, bytes, bytes], None]
"""Takes public key x‖y, data and r‖s; raises CryptoError unless the signature holds."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Which officers' evidence counts, and why each other piece does not."""

    accepted: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def verify_by_engine(public_key: bytes, data: bytes, rs: bytes) -> None:
    """Verify with the machine's engine under the identity 1234567812345678 (GM/T 0009 §10)."""
    Sm2PublicKey(public_key).verify(data, rs)


def check_time(statement: Statement, now: int) -> None:
    """Raise QuorumRefused: clock when the clock stands before the opening, expired after the last second."""
    if now < statement.opened_at:
        raise QuorumRefused("clock")
    if now > statement.expires_at:
        raise QuorumRefused("expired")


def check_evidence(
    statement: Statement,
    evidence: Evidence,
    current: Iterable[Officer],
    seen: Iterable[str],
    now: int,
    verify: Verify = verify_by_engine,
) -> None:
    """Raise QuorumRefused unless this evidence is a current officer's first signature over exactly this statement.

    `current` are the officers in office, `seen` the ids of those whose evidence is there already.
    """
    if evidence.ceremony_id != statement.id or not evidence.is_about(statement):
        raise QuorumRefused("other_statement")
    officer = statement.officer(evidence.officer_id)
    if officer is None:
        raise QuorumRefused("stranger")
    if officer not in tuple(current):
        raise QuorumRefused("removed", officer=officer.label)
    if evidence.officer_id in tuple(seen):
        raise QuorumRefused("duplicate", officer=officer.label)
    if evidence.signed_at < statement.opened_at:
        raise QuorumRefused("early", officer=officer.label)
    if evidence.signed_at > statement.expires_at:
        raise QuorumRefused("late", officer=officer.label)
    if evidence.signed_at > now + SKEW_SECONDS:
        raise QuorumRefused("ahead", officer=officer.label)
    try:
        verify(officer.public_key, message(statement, evidence.signed_at), evidence.signature)
    except CryptoError:
        raise QuorumRefused("signature", officer=officer.label) from None


def examine(
    statement: Statement,
    evidence: Iterable[Evidence],
    current: Iterable[Officer],
    now: int,
    verify: Verify = verify_by_engine,
) -> Examination:
    """Look at each piece of evidence by itself."""
    in_office = tuple(current)
    accepted: list[str] = []
    refused: list[tuple[str, str]] = []
    for each in evidence:
        try:
            check_evidence(statement, each, in_office, accepted, now, verify)
        except QuorumRefused as refusal:
            refused.append((each.officer_id, refusal.reason))
        else:
            accepted.append(each.officer_id)
    return Examination(tuple(accepted), tuple(refused))


def require_quorum(
    statement: Statement,
    evidence: Iterable[Evidence],
    current: Iterable[Officer],
    generation: int,
    now: int,
    verify: Verify = verify_by_engine,
) -> Examination:
    """Raise QuorumRefused unless, now, m current officers agree to this statement.

    `generation` is the root key's present one, 0 where there is none.
    """
    check_policy(statement.threshold, statement.officers)
    check_time(statement, now)
    if statement.generation != generation:
        raise QuorumRefused("outdated")
    examination = examine(statement, evidence, current, now, verify)
    if len(examination.accepted) < statement.threshold:
        raise QuorumRefused("too_few", have=len(examination.accepted), need=statement.threshold)
    return examination
