"""What the house does with data keys, each following its ring: built once at boot, never rebuilt."""

from dataclasses import dataclass

from crypto.keys.handle import KeyProvider
from crypto.lookup import Lookup
from crypto.passwords import PasswordHasher
from crypto.seal import Refused, Sealer
from idp.clock import Clock
from idp.keys.alarms import Alarms
from idp.keys.data.rings import DataRings
from idp.keys.data.spending import Spending
from idp.storage.engine import Sql
from idp.storage.stamps import Stamps


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """Sealers and digests of the house.

    `sealer` for rows, `silent_sealer` the same for work that tells of damaged rows itself, `box_sealer` for boxes,
    `persons` finds persons, `box_index` names boxes and what is counted, `client_secrets` digests secrets of clients.
    """

    rings: DataRings
    spending: Spending
    sealer: Sealer
    silent_sealer: Sealer
    box_sealer: Sealer
    persons: Lookup
    box_index: Lookup
    client_secrets: Lookup

    def hasher(self, memory_kib: int, time_cost: int) -> PasswordHasher:
        """Password hashing under the active pepper."""
        source, count = self.rings.source("pepper"), self.spending.counter("pepper")
        return PasswordHasher.following(source, memory_kib, time_cost, count)


def hold(sql: Sql, provider: KeyProvider, stamps: Stamps, clock: Clock, alarms: Alarms) -> HeldKeys:
    """Open every data key. Raises as `DataRings.open_all` does."""
    spending = Spending(sql, alarms)
    rings = DataRings(sql, provider, stamps, clock, alarms, spending)
    rings.open_all()

    def sealer(purpose: str, refused: Refused | None = None) -> Sealer:
        return Sealer.following(rings.source(purpose), spending.counter(purpose), refused)

    def lookup(purpose: str) -> Lookup:
        return Lookup.following(rings.source(purpose), spending.counter(purpose))

    return HeldKeys(
        rings=rings,
        spending=spending,
        sealer=sealer("seal", alarms.row_damaged),
        silent_sealer=sealer("seal"),
        box_sealer=sealer("ephemeral"),
        persons=lookup("lookup"),
        box_index=lookup("box_index"),
        client_secrets=lookup("client_secret"),
    )
