"""The check of a record without the instance: no table, no native library for the signatures, only gmssl.

What it cannot know, whoever checks must compare: the officers' fingerprints with what they printed when their keys
were made, and the fingerprint of the instance's key with an earlier record.
"""

from dataclasses import dataclass
from typing import Any

from crypto.sm import second_opinion
from idp.keys.ceremonies.record import Record, read_record, render
from idp.keys.ceremonies.signing import does_hold
from idp.keys.quorum import Examination, examine
from idp.keys.statement import (
    QuorumRefused,
    Statement,
    canonical,
    fingerprint,
    read_evidence,
    read_statement,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked; `detail` is for people to compare."""

    name: str
    holds: bool
    detail: str = ""


def check_record(text: bytes) -> tuple[Finding, ...]:
    """Everything that can be checked: form, text, statement, each officer's evidence, agreement, instance's signature."""
    try:
        record = read_record(text)
    except (ValueError, UnicodeDecodeError):
        return (Finding("form", False),)
    findings = [Finding("form", True), Finding("text", _is_same_text(record))]
    try:
        statement = read_statement(canonical(record.data["statement"]))
        examination = _examined(record, statement)
    except (QuorumRefused, KeyError, TypeError):
        return (*findings, Finding("statement", False))
    findings.append(Finding("statement", True, statement.digest()))
    for officer_id in examination.accepted:
        officer = statement.officer(officer_id)
        detail = f"{officer.label} {fingerprint(officer.public_key)}" if officer else ""
        findings.append(Finding("evidence", True, detail))
    findings += [Finding("evidence", False, f"{officer} {why}") for officer, why in examination.refused]
    agreed = len(examination.accepted)
    is_agreed = agreed >= statement.threshold
    findings.append(Finding("agreement", is_agreed, f"{agreed} / {statement.threshold}"))
    return (*findings, _instance_finding(record))


def _examined(record: Record, statement: Statement) -> Examination:
    evidence = [read_evidence(canonical(each)) for each in record.data["evidence"]]
    done_at = int(record.data["done_at"])
    return examine(statement, evidence, statement.officers, done_at, second_opinion.verify_message)


def _is_same_text(record: Record) -> bool:
    try:
        return render(record.data) == record.printed
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


def _instance_finding(record: Record) -> Finding:
    signature: Any = record.signature
    if signature is None:
        return Finding("instance", False, "-")
    holds = does_hold(signature, record.printed.encode(), second_opinion.verify_message)
    return Finding("instance", holds, str(signature.get("fingerprint", "")))
