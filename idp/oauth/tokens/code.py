"""Authorization codes: single use, bound to client, redirect URI, challenge and session (RFC 6749 §4.1.2, RFC 9700 §2.1.1).

issued ──all checks of the grant, then swap──▶ spent ──ten minutes──▶ gone
                                                └──found again: a replay, the family is revoked
"""

from dataclasses import dataclass, replace

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.ephemeral.box import Box, Held
from idp.ephemeral.port import Store

BOX = "code"
SPENT_SECONDS = 600
"""How long a spent code is remembered."""


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """What a code stands for. `family_id` is the id of the family that its redemption founds.

    `scope` is space separated and sorted, `amr` and `details` (codes of matters) space separated, `auth_time` seconds
    since 1970.
    """

    family_id: str
    client_id: str
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    scope: str
    person_id: str
    session_id: str
    auth_time: float
    acr: str
    amr: str
    capacity: str = "self"
    delegation_id: str | None = None
    via_delegation_id: str | None = None
    details: str = ""
    spent: bool = False


def code_box(store: Store, sealer: Sealer, lookup: Lookup, seconds: int) -> Box[CodeGrant]:
    """The box of codes; `seconds` is the life of an unspent one."""
    return Box(store, sealer, lookup, BOX, CodeGrant, seconds)


class Codes:
    """Issues, finds and spends codes. Raises StoreUnavailable when the store does not answer."""

    def __init__(self, box: Box[CodeGrant]) -> None:
        self._box = box

    def issue(self, grant: CodeGrant) -> str:
        """A fresh code of 256 random bits for this grant."""
        return self._box.new(grant)

    def find(self, code: str) -> Held[CodeGrant] | None:
        """The grant of a code, spent or not; None when it was never issued or has expired."""
        return self._box.find(code)

    def spend(self, held: Held[CodeGrant]) -> bool:
        """Spend a code and remember that it was; true for exactly one of any number of callers."""
        return self._box.swap(held, replace(held.value, spent=True), SPENT_SECONDS)
