"""Builds the acts on a person's life, with every part that must let go when somebody goes."""

from dataclasses import dataclass
from typing import Any

from idp.accounts.life.closing import Closing
from idp.accounts.life.holds import Holds
from idp.accounts.life.identity import Identity
from idp.accounts.life.merging import Merging
from idp.accounts.life.parts import Parts
from idp.accounts.life.returning import Returning
from idp.accounts.life.store import LifeStore
from idp.accounts.store import PersonStore
from idp.authenticators.password import PasswordMethod
from idp.consent.service import Consents
from idp.delegations.service import Delegations
from idp.devices.service import Devices
from idp.jobs import Job
from idp.proofing.assurance import Assurance
from idp.sessions.service import Sessions

CLOSING_JOB_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Life:
    """The acts on persons, by what they do."""

    store: LifeStore
    holds: Holds
    closing: Closing
    returning: Returning
    identity: Identity
    merging: Merging

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Their periodic work."""
        return (Job("person_closing", CLOSING_JOB_SECONDS, self.closing.run),)


def life(
    base: Any,
    persons: PersonStore,
    passwords: PasswordMethod,
    devices: Devices,
    sessions: Sessions,
    consents: Consents,
    who: Delegations,
    assurance: Assurance,
) -> Life:
    """Build them over the foundation (`wiring.Foundation`) and the parts that hold something of a person."""
    store = LifeStore(persons)
    listeners = (sessions, consents, who.following, passwords, devices)
    parts = Parts(base.sql, base.clock, base.audit, base.settings.accounts, persons, store, listeners)
    return Life(
        store=store,
        holds=Holds(parts, sessions),
        closing=Closing(parts, who.following),
        returning=Returning(parts, passwords),
        identity=Identity(parts),
        merging=Merging(parts, (assurance,)),
    )
