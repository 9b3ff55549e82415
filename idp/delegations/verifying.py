"""Whether a grant stands on the signed word of both sides, as an officer or a court asks (CRY-12).

The grantor's word says just what the row gives. The agent accepted that or more: a grant is narrowed without asking the
agent again, and hangs on another grant after a handover, so that the acceptance may say more and name another parent.
"""

from dataclasses import replace

from idp.delegations.evidence import Evidence, Word
from idp.delegations.parts import word_of
from idp.delegations.rules import is_within
from idp.delegations.store import Delegation

GRANT = "grant"
ACCEPTANCE = "acceptance"


def verified(evidence: Evidence, grant: Delegation) -> dict[str, bool]:
    """Each side's word, and whether it holds for what the row says now; the acceptance only once there is one."""
    found = {GRANT: _is_granted(evidence.read(grant.grant_evidence or ""), grant)}
    if grant.accepted_at is not None or grant.acceptance_evidence is not None:
        found[ACCEPTANCE] = _is_accepted(evidence.read(grant.acceptance_evidence or ""), grant)
    return found


def _is_granted(said: Word | None, grant: Delegation) -> bool:
    if said is None:
        return False
    expected = word_of(grant, GRANT, said.by)
    # A mobile number was invited: whose it is, only the acceptance says.
    return said in (expected, replace(expected, agent=""))


def _is_accepted(said: Word | None, grant: Delegation) -> bool:
    if said is None:
        return False
    expected = word_of(grant, ACCEPTANCE, said.by)
    like_now = replace(
        said,
        matters=expected.matters,
        may_delegate=expected.may_delegate,
        starts_at=expected.starts_at,
        ends_at=expected.ends_at,
        parent=expected.parent,
    )
    return like_now == expected and _is_as_much(said, expected)


def _is_as_much(said: Word, now: Word) -> bool:
    ends_as_late = said.ends_at is None or (now.ends_at is not None and now.ends_at <= said.ends_at)
    return (
        is_within(frozenset(now.matters), frozenset(said.matters))
        and ends_as_late
        and said.starts_at <= now.starts_at
        and (said.may_delegate or not now.may_delegate)
    )
