"""Builds the pages of organisations and families, and of what is published, from the services of the house."""

from idp.enterprise.access import Access
from idp.enterprise.agents import AgentViews
from idp.enterprise.claim import ClaimViews
from idp.enterprise.closing import ClosingViews
from idp.enterprise.grant import GrantViews
from idp.enterprise.history import HistoryViews
from idp.enterprise.home import HomeViews
from idp.enterprise.invitation import InvitationViews
from idp.enterprise.invite import SECONDS, Draft, InviteViews
from idp.enterprise.shown import Shown
from idp.family.shown import FamilyShown
from idp.family.views import FamilyViews
from idp.portal.frame import Frame
from idp.publication.views import PublicationViews
from idp.web.pages import Pages
from idp.wiring import Services


def enterprise_parts(services: Services, frame: Frame) -> dict[str, object]:
    """The objects that answer these pages, by the name that `enterprise/routes.py` gives them."""
    people, clock = services.people, services.clock
    who, store = people.delegations, people.organisation_store
    access = Access(people.organisations, who)
    shown = Shown(services.persons, store, people.matters)
    drafts = services.foundation.box("delegation_draft", Draft, SECONDS)
    return {
        "organisation": HomeViews(frame, clock, access, who, store, shown),
        "claim": ClaimViews(frame, people.claiming, people.organisations, who, shown),
        "agents": AgentViews(frame, clock, access, who, shown),
        "invite": InviteViews(frame, clock, access, who, people.organisations, people.matters, shown, drafts),
        "invitation": InvitationViews(frame, clock, who, store, shown),
        "organisation_history": HistoryViews(frame, clock, access, services.persons, store, services.clients),
        "closing": ClosingViews(frame, clock, access),
        "grant": GrantViews(frame, clock, access, who, shown),
    }


def family_parts(services: Services, frame: Frame) -> dict[str, object]:
    """The object that answers `/account/family`."""
    people, clock = services.people, services.clock
    shown = FamilyShown(clock, services.persons, services.names, people.matters)
    limits = services.foundation.limits
    return {"family": FamilyViews(frame, clock, people.delegations, people.matters, limits, shown)}


def publication_parts(services: Services, pages: Pages) -> dict[str, object]:
    """The object that answers `/publications`."""
    base = services.foundation
    return {"publication": PublicationViews(services.sql, pages, services.people.publications, base.keyring)}
