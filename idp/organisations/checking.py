"""Asking the register again, a few organisations at a time: what changed there is followed here (ORG-08, ORG-11)."""

from datetime import timedelta
from typing import Final

from idp.audit.event import Place
from idp.clock import Clock, instant
from idp.errors import Conflict
from idp.identifiers.errors import IdentifierRejected
from idp.observe.log import logger
from idp.organisations.port import Register, RegisterDown, RegisterFacts
from idp.organisations.service import Organisations
from idp.organisations.settings import OrganisationSettings
from idp.organisations.store import Organisation, OrganisationStore
from idp.storage.engine import Sql

AT_ONCE: Final = 50
"""Organisations that one run asks about."""
JOB_SECONDS: Final = 60
ACTOR: Final = "system:register_check"
PLACE: Final = Place("worker", "register_check")
SOURCE: Final = "register"
_log = logger(__name__)


class Checking:
    """The job `register_check`."""

    def __init__(
        self,
        sql: Sql,
        clock: Clock,
        store: OrganisationStore,
        organisations: Organisations,
        register: Register | None,
        settings: OrganisationSettings,
    ) -> None:
        self._sql = sql
        self._clock = clock
        self._store = store
        self._organisations = organisations
        self._register = register
        self._period = timedelta(hours=settings.check_hours)

    def run(self) -> int:
        """Ask about those whose last answer is the oldest; how many were answered. Silence changes nothing and ends the run.

        The register is asked outside any transaction, and each answer is followed in one of its own.
        """
        if self._register is None:
            return 0
        with self._sql.once() as db:
            due = self._store.list_due(db, instant(self._clock) - self._period, AT_ONCE)
        for number, organisation in enumerate(due):
            facts = self._register.find(organisation.uscc)
            if isinstance(facts, RegisterDown):
                return number
            self._follow(organisation, facts)
        return len(due)

    def _follow(self, organisation: Organisation, facts: RegisterFacts | None) -> None:
        """Follow one answer. One that cannot be followed waits its turn again and holds up no other."""
        try:
            if facts is not None and facts.uscc == organisation.uscc:
                with self._sql.begin() as db:
                    self._organisations.apply(db, facts, SOURCE, ACTOR, PLACE)
                return
            why = "unknown"
        except (Conflict, IdentifierRejected) as error:
            why = error.code
        # That the register has no such code proves no end of the organisation: a person has to look.
        _log.warning("organisation.check_unsettled", organisation=organisation.id, why=why)
        with self._sql.once() as db:
            self._store.mark_checked(db, organisation.id, instant(self._clock))
