"""The step of an authorization that settles as whom the person acts (ORG-03, C08)."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.acting.service import Acting, Ask, Nobody, Ready
from idp.acting.views import Choice, address
from idp.audit.event import Place
from idp.delegations.capacities import ActingFor
from idp.ephemeral.box import Box
from idp.identifiers.capacity import Capacity
from idp.identifiers.masking import mask_name, mask_uscc
from idp.matters.service import Matters, codes_of
from idp.oauth.clients.resolve import Client
from idp.organisations.store import OrganisationStore
from idp.sessions.store import SsoSession
from idp.storage.engine import Db
from idp.web.continuation import Continuation


@dataclass(frozen=True, slots=True)
class Settled:
    """As whom the person acts at this application; None: as himself."""

    acting: ActingFor | None


class CapacityStep:
    """Asks the acting service and keeps the question for the page."""

    def __init__(
        self,
        acting: Acting,
        matters: Matters,
        organisations: OrganisationStore,
        choices: Box[Choice],
    ) -> None:
        self._acting = acting
        self._matters = matters
        self._organisations = organisations
        self._choices = choices

    def settle(
        self, db: Db, client: Client, sso: SsoSession, scope: frozenset[str]
    ) -> Settled | Ask | Nobody:
        """As whom the person acts, or that he has to be asked, or that he acts for nobody whom the client accepts."""
        codes = codes_of(scope)
        found = self._acting.decide(db, sso, self.accepted(client, codes), codes)
        return Settled(found.acting) if isinstance(found, Ready) else found

    def ask(
        self,
        client: Client,
        sso: SsoSession,
        scope: frozenset[str],
        browser: str,
        continuation: Continuation,
    ) -> str:
        """Keep the question and give the address of its page."""
        codes = codes_of(scope)
        choice = Choice(
            browser=browser,
            session_id=sso.id,
            person_id=sso.person_id,
            client_id=client.client_id,
            application_id=client.application.id,
            accepted=tuple(sorted(each.value for each in self.accepted(client, codes))),
            matters=tuple(sorted(codes)),
            continuation=continuation,
        )
        return address(self._choices.new(choice))

    def accepted(self, client: Client, codes: frozenset[str]) -> frozenset[Capacity]:
        """The capacities that the client and every matter of the request accept."""
        accepted = client.capacities
        for code in codes:
            matter = self._matters.find(code)
            accepted = accepted & matter.capacities if matter is not None else frozenset()
        return accepted

    def note_use(self, db: Db, sso: SsoSession, acting: ActingFor, client_id: str, place: Place) -> None:
        """Both sides see that the application was answered."""
        self._acting.note_use(db, sso, acting, client_id, place)

    def labels(self, scopes: Iterable[str], language: str) -> dict[str, str]:
        """The names of the matters among these scopes."""
        named = ((scope, self._matters.label(scope, language)) for scope in scopes)
        return {scope: name for scope, name in named if name is not None}

    def facts(self, db: Db, acting: ActingFor | None) -> dict[str, str]:
        """What the scopes of organisations give away, as the consent page shows it."""
        if acting is None or acting.organisation_id is None:
            return {}
        organisation = self._organisations.find(db, acting.organisation_id)
        if organisation is None:
            return {}
        representative = organisation.representative_name
        return {
            "org.basic": f"{organisation.name} · {mask_uscc(organisation.uscc)}",
            "org.legalrep": mask_name(representative) if representative else "",
        }
