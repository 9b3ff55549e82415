"""Builds what concerns persons, organisations and who acts for whom, over the foundation and the plugins' ways out."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from idp.accounts.store import PersonStore
from idp.authenticators.mobile_code import SECONDS as CODE_SECONDS
from idp.authenticators.mobile_code import CodeChallenge, MobileCodes
from idp.claiming.service import Claiming
from idp.conversion.asking import Asking
from idp.conversion.converting import Conversion
from idp.conversion.queue import Queue
from idp.conversion.store import ConversionStore
from idp.delegations.evidence import Evidence
from idp.delegations.parts import Parts
from idp.delegations.service import Delegations, delegations
from idp.delegations.store import DelegationStore
from idp.delegations.telling import Telling
from idp.jobs import Job
from idp.matters.service import Matters
from idp.notify.service import Notices
from idp.notify.store import MessageStore
from idp.organisations import checking
from idp.organisations.checking import Checking
from idp.organisations.service import OrganisationListener, Organisations
from idp.organisations.store import OrganisationStore
from idp.plugins import Ways
from idp.proofing.assurance import Assurance
from idp.proofing.methods import methods
from idp.proofing.raising import Raising
from idp.proofing.service import Proofing
from idp.publication.service import Publications
from idp.web.i18n import Catalogue

DELEGATIONS_JOB_SECONDS = 60
LEVELS_JOB_SECONDS = 60
MESSAGES_JOB_SECONDS = 5
PUBLICATION_JOB_SECONDS = 300
KINSHIP = "kinship"
"""The method of proofing that vouches for guardians."""


@dataclass(frozen=True, slots=True)
class People:
    """The services of persons and organisations."""

    ways: Ways
    matters: Matters
    organisation_store: OrganisationStore
    organisations: Organisations
    checking: Checking
    claiming: Claiming
    delegations: Delegations
    assurance: Assurance
    proofing: Proofing
    raising: Raising
    conversion: Conversion
    queue: Queue
    publications: Publications
    notices: Notices
    codes: MobileCodes

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Their periodic work."""
        return (
            Job("delegation_periods", DELEGATIONS_JOB_SECONDS, self.delegations.following.run),
            Job("messages", MESSAGES_JOB_SECONDS, self.notices.run),
            Job("register_check", checking.JOB_SECONDS, self.checking.run),
            Job("publication", PUBLICATION_JOB_SECONDS, self.publications.run),
            Job("level_decay", LEVELS_JOB_SECONDS, self.assurance.run),
        )


def people(base: Any, ways: Ways) -> People:
    """Build them over the foundation (`wiring.Foundation`), in the order in which they need each other."""
    matters = Matters(base.sql, base.stamps, base.clock, base.audit)
    organisation_store = OrganisationStore(base.sealer, base.held.persons)
    evidence = Evidence(base.settings.issuer, base.keyring, base.clock)
    store = DelegationStore(base.sealer, base.held.persons)
    persons = PersonStore(base.sealer, base.held.persons)
    notices = Notices(
        base.sql,
        base.clock,
        MessageStore(base.sealer),
        Catalogue(),
        ways.gateways,
        base.settings.site.name_zh,
    )
    telling = Telling(notices, persons, organisation_store, store, base.limits)
    parts = Parts(base.clock, base.audit, store, evidence, matters, [], telling)
    who = delegations(base.sql, parts, persons, ways.sources.get(KINSHIP))
    listeners: list[OrganisationListener] = [who.following]
    assurance = Assurance(base.sql, base.clock, base.audit, methods())
    proofing = Proofing(ways.sources, base.limits, base.audit)
    codes = base.box("mobile_code", CodeChallenge, CODE_SECONDS)
    host = urlsplit(base.settings.issuer).hostname or ""
    organisations = Organisations(base.clock, base.audit, organisation_store, listeners)
    old = (base.clock, base.audit, ConversionStore(base.sealer, base.held.persons), organisations)
    return People(
        ways=ways,
        matters=matters,
        organisation_store=organisation_store,
        organisations=organisations,
        checking=Checking(
            base.sql,
            base.clock,
            organisation_store,
            organisations,
            ways.register,
            base.settings.organisations,
        ),
        claiming=Claiming(base.sql, base.clock, base.audit, base.limits, organisations, who, ways.register),
        delegations=who,
        assurance=assurance,
        proofing=proofing,
        raising=Raising(base.sql, base.clock, methods(), proofing, assurance),
        conversion=Conversion(*old, organisation_store, Asking(ways.register)),
        queue=Queue(*old, organisation_store),
        publications=Publications(base.settings.issuer, base.sql, base.clock, base.audit, base.keyring),
        notices=notices,
        codes=MobileCodes(base.sql, base.limits, notices, codes, host),
    )
