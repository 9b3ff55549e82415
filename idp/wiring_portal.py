"""Builds the pages of the account centre from the services of the house."""

from collections.abc import Mapping

from idp.acting import store as acting_store
from idp.authenticators.store import CredentialStore
from idp.claims import store as release_store
from idp.consent import store as consent_store
from idp.delegations.store import DelegationStore
from idp.login.views import LoginViews
from idp.notify.store import MessageStore
from idp.oauth.tokens import store as token_store
from idp.portal.applications import ApplicationViews
from idp.portal.asking import AskingViews
from idp.portal.certificates import CertificatePages
from idp.portal.close import CloseViews
from idp.portal.copying import Copier, Section, everything_done
from idp.portal.data import DataViews
from idp.portal.devices import DeviceViews
from idp.portal.frame import Frame
from idp.portal.history import HistoryViews
from idp.portal.home import HomeViews
from idp.portal.level import LevelViews
from idp.portal.merge import MergeViews
from idp.portal.methods import MethodChanges
from idp.portal.mobile import MobileViews
from idp.portal.passkeys import PasskeyPages
from idp.portal.profile import ProfileViews
from idp.portal.second_step import SECONDS as ENROLMENT_SECONDS
from idp.portal.second_step import Enrolment, SecondStepPages
from idp.portal.security import SecurityViews
from idp.portal.sharing import SharingViews
from idp.proofing import store as proofing_store
from idp.sessions import store as session_store
from idp.web.cookies import Cookies
from idp.web.pages import Pages
from idp.wiring import Services


def frame_of(services: Services, pages: Pages, cookies: Cookies, login: LoginViews) -> Frame:
    """What the pages of a signed-in person share."""
    return Frame(
        services.sql,
        pages,
        cookies,
        login,
        services.sessions,
        services.persons,
        services.clock,
        services.acting,
        services.names,
        services.signing_in.ways,
    )


def portal_parts(services: Services, frame: Frame) -> dict[str, object]:
    """The objects that answer the account centre, by the name that `portal/routes.py` gives them."""
    ways_in = services.signing_in
    changes = MethodChanges(frame, services.audit, ways_in.devices, services.people.notices, ways_in.risk)
    return {
        "portal": HomeViews(frame),
        "devices": DeviceViews(
            frame,
            services.sessions,
            services.backchannel,
            services.signing_in.devices,
            services.clock,
        ),
        "applications": ApplicationViews(frame, services.consents, services.clients, services.people.matters),
        "security": SecurityViews(
            frame,
            services.clock,
            services.audit,
            services.passwords,
            services.sessions,
            services.backchannel,
            services.signing_in.credentials,
            changes,
            services.signing_in.new_passwords,
            services.signing_in.ukeys.is_on,
        ),
        **_method_parts(services, frame, changes),
        "profile": ProfileViews(frame, services.clock, services.life.store),
        "mobile": MobileViews(
            frame, services.people.codes, services.life.identity, services.people.notices, ways_in.risk
        ),
        "merge": MergeViews(
            frame, services.signing_in.by_password, services.signing_in.ways, services.life.merging
        ),
        "close": CloseViews(
            frame,
            services.life.closing,
            services.sessions,
            services.people.organisations,
            services.backchannel,
            services.foundation.settings.accounts.cooling_off_days,
        ),
        "level": LevelViews(frame, services.clock, services.people.raising),
        "history": HistoryViews(frame, services.clock, services.applications, services.requests),
        "data": DataViews(frame, services.audit, Copier(services.clock, copied(services)), services.requests),
        "shared": SharingViews(frame, services.clients, services.people.organisation_store),
        "asking": AskingViews(frame, services.requests),
    }


def _method_parts(services: Services, frame: Frame, changes: MethodChanges) -> dict[str, object]:
    """The pages of a person's own ways to sign in."""
    return {
        "passkeys": PasskeyPages(
            frame, services.clock, services.signing_in.passkeys, services.signing_in.ways, changes
        ),
        "certificate": CertificatePages(
            frame,
            services.clock,
            services.signing_in.ukeys,
            services.signing_in.ways,
            changes,
            services.settings.ukey.helper_port,
        ),
        "second_step": SecondStepPages(
            frame,
            services.clock,
            services.signing_in.credentials,
            services.signing_in.totp,
            services.signing_in.recovery,
            services.foundation.box("totp_enrolment", Enrolment, ENROLMENT_SECONDS),
            changes,
            services.settings.site.name_zh,
        ),
    }


def copied(services: Services) -> Mapping[str, Section]:
    """What each part of the house holds about a person, under its name in the copy."""
    base = services.foundation
    delegations = DelegationStore(base.sealer, base.held.persons)
    credentials, messages = CredentialStore(base.sealer), MessageStore(base.sealer)
    life = services.life.store
    return {
        "person": lambda _db, person: person,
        "documents": lambda db, person: life.list_documents(db, person.id),
        "changes": lambda db, person: life.list_changes(db, person.id),
        "holds": lambda db, person: life.list_holds(db, person.id),
        "evidence": lambda db, person: proofing_store.list_of(db, person.id),
        "ways_to_sign_in": lambda db, person: credentials.list_means(db, person.id),
        "sessions": lambda db, person: session_store.list_all(db, person.id),
        "events": everything_done,
        "consents": lambda db, person: consent_store.list_all(db, person.id),
        "authorizations": lambda db, person: token_store.list_of_person(db, person.id),
        "releases": lambda db, person: release_store.list_releases(db, person.id, None, None),
        "acts_for_others": lambda db, person: delegations.list_of_agent(db, person.id),
        "others_act_for_you": lambda db, person: delegations.list_of_subject(db, person.id),
        "acting": lambda db, person: acting_store.list_uses(db, person_id=person.id, limit=None),
        "requests": lambda db, person: services.requests.list_of(db, person.id),
        "messages": lambda db, person: messages.list_of(db, person.id),
    }
