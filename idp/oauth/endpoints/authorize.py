"""The authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2): check, ensure a session and a consent, answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from crypto.tokens import random_token
from idp.acting.service import Ask, Nobody
from idp.audit.event import Place
from idp.audit.service import Audit
from idp.authenticators.evidence import acr_of, amr_of, oldest
from idp.claims.release import Release
from idp.clock import Clock, instant
from idp.consent.service import Consents, Decision, Question, address, granted, is_covered
from idp.consent.store import Consent
from idp.delegations.capacities import ActingFor
from idp.ephemeral.box import Box, Held
from idp.identifiers.capacity import Capacity
from idp.identifiers.masking import mask_ip
from idp.login.policy import counted, is_met
from idp.login.requirement import Proven, Requirement
from idp.matters.service import SCOPE_PREFIX
from idp.oauth.checks.draft import Draft
from idp.oauth.checks.table import begin_check, finish_check
from idp.oauth.clients.resolve import Client, ClientResolver, is_usable
from idp.oauth.endpoints.capacity import CapacityStep, Settled
from idp.oauth.endpoints.device import over
from idp.oauth.endpoints.level import LevelStep
from idp.oauth.endpoints.level import address as step_up
from idp.oauth.errors import AuthorizationRefused, OAuthCode, PageRefused
from idp.oauth.events import AuthorizationAnswered
from idp.oauth.request import AuthorizationRequest, PendingRequest
from idp.oauth.response_modes import by_hand_off, by_redirect, response_url
from idp.oauth.tokens.code import CodeGrant, Codes
from idp.oauth.tokens.device_code import DeviceCodes
from idp.sessions import store as session_store
from idp.sessions.service import Sessions
from idp.sessions.store import SsoSession
from idp.storage.engine import Sql
from idp.web.continuation import Continuation
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Request, redirect
from idp.web.pages import Pages

RESUME = "oauth.resume"
CANCELLED = {
    "level": (OAuthCode.UNMET_AUTHENTICATION_REQUIREMENTS, "the sign-in does not reach what is required"),
    "sign_in": (OAuthCode.ACCESS_DENIED, "the person did not sign in"),
}
"""What a person's turning back from the sign-in means to the client."""
BeginLogin = Callable[[Request, Requirement, Continuation], Answer]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a request asks of a sign-in, and what this browser brings: its usable session and its person's consent."""

    sso: SsoSession | None
    consent: Consent | None
    requirement: Requirement
    acting: ActingFor | None = None

    @property
    def proven(self) -> Proven | None:
        """What the person of the session proved."""
        return Proven(self.sso.person_id, self.sso.proofs) if self.sso is not None else None

    @property
    def is_met(self) -> bool:
        """Whether what was proved does for what is asked."""
        return is_met(self.requirement, self.proven)


class AuthorizeEndpoint:
    """`/oauth/authorize` and its resumption after sign-in or consent."""

    def __init__(
        self,
        issuer: str,
        sql: Sql,
        clock: Clock,
        audit: Audit,
        pages: Pages,
        cookies: Cookies,
        clients: ClientResolver,
        sessions: Sessions,
        consents: Consents,
        codes: Codes,
        pending: Box[PendingRequest],
        begin_login: BeginLogin,
        capacity: CapacityStep,
        level: LevelStep,
        release: Release,
        devices: DeviceCodes,
    ) -> None:
        self._devices = devices
        self._level = level
        self._release = release
        self._capacity = capacity
        self._issuer = issuer
        self._sql = sql
        self._clock = clock
        self._audit = audit
        self._pages = pages
        self._cookies = cookies
        self._clients = clients
        self._sessions = sessions
        self._consents = consents
        self._codes = codes
        self._pending = pending
        self._begin_login = begin_login

    def begin(self, request: Request) -> Answer:
        """Answer at once where session and consent stand; else keep the request and send the person on."""
        if request.method == "POST":
            # A form of another site brings none of our cookies (SameSite=Lax); the GET that follows does.
            return redirect(f"{request.path}?{urlencode(request.form)}")
        draft = begin_check(request.query, self._clients, self._clock.timestamp())
        try:
            wanted = finish_check(draft)
            return self._first(request, draft.known_client, self._offered(draft.known_client, wanted))
        except AuthorizationRefused as refused:
            return by_redirect(self._error_url(draft, refused))

    def resume(self, request: Request) -> Answer:
        """Go on after sign-in or consent. Everything is asked again; nothing follows from having come here."""
        held = self._pending.find(request.query.get("request", ""))
        if held is None or held.value.browser != self._pages.browser_mark(request):
            return self._pages.show(
                request, "login/timed_out.html", status=400, application=None, reason="idle"
            )
        wanted = held.value.request
        client = self._clients.find(wanted.client_id)
        may_answer = client is not None and (
            wanted.device_code or wanted.redirect_uri in client.redirect_uris
        )
        if client is None or not is_usable(client) or not may_answer:
            raise PageRefused("authorize.suspended", "the application changed meanwhile", wanted.client_id)
        if held.value.is_answered:
            raise PageRefused("authorize.answered", "this request was answered already", wanted.client_id)
        try:
            return self._resumed(request, client, held)
        except AuthorizationRefused as refused:
            if not self._close(held):
                raise PageRefused("authorize.answered", "answered meanwhile", wanted.client_id) from None
            error: dict[str, str | None] = {
                "error": refused.error.value,
                "error_description": refused.description,
            }
            return self._deliver(request, client, wanted, error)

    def _first(self, request: Request, client: Client, wanted: AuthorizationRequest) -> Answer:
        standing = self._standing(request, client, wanted)
        is_silent = "none" in wanted.prompt
        if standing.sso is None or not standing.is_met:
            if is_silent:
                raise _unproved(standing)
            return self._begin_login(request, standing.requirement, self._keep(request, wanted))
        sso = standing.sso
        settled = self._settle(client, wanted, sso)
        if isinstance(settled, Ask):
            if is_silent:
                raise AuthorizationRefused(
                    OAuthCode.INTERACTION_REQUIRED, "the person has to choose for whom to act"
                )
            return self._ask_for_whom(request, client, wanted, sso, self._keep(request, wanted))
        standing = replace(standing, acting=settled.acting)
        if self._level.lack(sso.person_id, wanted.scope, client) is not None:
            if is_silent:
                raise AuthorizationRefused(OAuthCode.INTERACTION_REQUIRED, "a matter needs a higher level")
            return redirect(step_up(self._keep(request, wanted).id), self._pages.begin_browser(request)[1])
        if self._needs_consent(wanted, standing.consent):
            if is_silent:
                raise AuthorizationRefused(OAuthCode.CONSENT_REQUIRED, "the person has to be asked")
            return self._ask(request, client, wanted, standing)
        code = self._code(request, client, wanted, standing)
        return by_redirect(self._url(wanted, {"code": code}))

    def _offered(self, client: Client, wanted: AuthorizationRequest) -> AuthorizationRequest:
        """The request without the scopes of which the application can be given nothing (RFC 6749 §3.3)."""
        offered = self._release.offered(client.application.id, frozenset(wanted.scope))
        return replace(wanted, scope=tuple(scope for scope in wanted.scope if scope in offered))

    def _resumed(self, request: Request, client: Client, held: Held[PendingRequest]) -> Answer:
        wanted = self._offered(client, held.value.request)
        standing = self._standing(request, client, wanted)
        if standing.sso is None or not standing.is_met:
            cancelled = request.query.get("cancelled")
            if cancelled in CANCELLED:
                raise AuthorizationRefused(*CANCELLED[cancelled])
            back = Continuation(RESUME, request.query["request"])
            return self._begin_login(request, standing.requirement, back)
        sso = standing.sso
        settled = self._settle(client, wanted, sso)
        if isinstance(settled, Ask):
            back = Continuation(RESUME, request.query["request"])
            return self._ask_for_whom(request, client, wanted, sso, back)
        standing = replace(standing, acting=settled.acting)
        if self._level.lack(sso.person_id, wanted.scope, client) is not None:
            if held.value.is_declined:
                raise AuthorizationRefused(
                    OAuthCode.UNMET_AUTHENTICATION_REQUIREMENTS, "the person does not reach the level"
                )
            return redirect(step_up(request.query["request"]))
        question = self._question(held.value)
        if question is not None and question.decision is Decision.DENIED:
            raise AuthorizationRefused(OAuthCode.ACCESS_DENIED, "the person did not agree")
        if self._needs_consent(wanted, standing.consent):
            if _is_open(question, sso) and held.value.question is not None:
                return redirect(address(held.value.question))
            return self._ask_again(request, client, held, standing)
        if not self._close(held):
            raise PageRefused("authorize.answered", "answered meanwhile", wanted.client_id)
        code = self._code(request, client, wanted, standing)
        return self._deliver(request, client, wanted, {"code": code})

    def _requirement(self, request: Request, client: Client, wanted: AuthorizationRequest) -> Requirement:
        """What this request asks of a sign-in: by its parameters, by its client, by the matters in its scope."""
        asked = self._level.sign_in(wanted.scope, self._pages.language(request))
        is_matter = asked.level > client.least_aal
        return Requirement(
            wanted.signed_in_since,
            client.application.id,
            wanted.login_hint,
            wanted.ui_locales,
            max(client.least_aal, asked.level),
            wanted.acr_values,
            why="matter" if is_matter else "application",
            subject=asked.name if is_matter else "",
        )

    def _settle(self, client: Client, wanted: AuthorizationRequest, sso: SsoSession) -> Settled | Ask:
        """As whom the person acts, or that he has to choose. Raises PageRefused when he acts for nobody whom it takes."""
        with self._sql.once() as db:
            settled = self._capacity.settle(db, client, sso, frozenset(wanted.scope))
        if isinstance(settled, Nobody):
            raise PageRefused("agent.none", "acts for nobody whom the client accepts", client.client_id)
        return settled

    def _ask_for_whom(
        self,
        request: Request,
        client: Client,
        wanted: AuthorizationRequest,
        sso: SsoSession,
        back: Continuation,
    ) -> Answer:
        browser, headers = self._pages.begin_browser(request)
        return redirect(self._capacity.ask(client, sso, frozenset(wanted.scope), browser, back), headers)

    def _question(self, pending: PendingRequest) -> Question | None:
        """The question that was put about a request, answered or not."""
        if pending.question is None:
            return None
        held = self._consents.question(pending.question, pending.browser)
        return held.value if held is not None else None

    def _standing(self, request: Request, client: Client, wanted: AuthorizationRequest) -> Standing:
        requirement = self._requirement(request, client, wanted)
        cookie = self._cookies.read(request, Cookie.SESSION)
        if cookie is None:
            return Standing(None, None, requirement)
        with self._sql.once() as db:
            sso = self._sessions.find(db, cookie)
            consent = self._consents.find(db, sso.person_id, client.client_id) if sso else None
        return Standing(sso, consent, requirement)

    def _needs_consent(self, wanted: AuthorizationRequest, consent: Consent | None) -> bool:
        if "consent" in wanted.prompt:
            since = datetime.fromtimestamp(wanted.begun_at, UTC)
            return consent is None or consent.granted_at < since
        return not is_covered(consent, frozenset(wanted.scope))

    def _ask(
        self, request: Request, client: Client, wanted: AuthorizationRequest, standing: Standing
    ) -> Answer:
        continuation = self._keep(request, wanted)
        held = self._pending.find(continuation.id)
        if held is None:
            raise PageRefused("authorize.answered", "the request is gone", client.client_id)
        return self._ask_again(request, client, held, standing, continuation.id)

    def _ask_again(
        self,
        request: Request,
        client: Client,
        held: Held[PendingRequest],
        standing: Standing,
        request_id: str | None = None,
    ) -> Answer:
        if standing.sso is None:
            raise AuthorizationRefused(OAuthCode.LOGIN_REQUIRED, "nobody is signed in")
        continuation = Continuation(RESUME, request_id or request.query["request"])
        wanted = self._offered(client, held.value.request)
        question = Question(
            browser=held.value.browser,
            session_id=standing.sso.id,
            person_id=standing.sso.person_id,
            client_id=client.client_id,
            application_id=client.application.id,
            scope=wanted.scope,
            optional=tuple(scope for scope in wanted.scope if scope in client.optional_scope),
            known=tuple(sorted(standing.consent.seen_scope)) if standing.consent else (),
            purpose={
                scope: str(client.scope_purpose.get(scope, ""))
                for scope in wanted.scope
                if client.scope_purpose.get(scope)
            },
            continuation=continuation,
            is_encrypted=client.userinfo_encrypted_response_alg is not None,
            acting_for=_name_of(standing.acting),
            facts=self._facts(standing.acting),
            labels=self._capacity.labels(wanted.scope, self._pages.language(request)),
        )
        question_id = self._consents.ask(question)
        self._pending.swap(held, replace(held.value, question=question_id))
        return redirect(address(question_id), self._pages.begin_browser(request)[1])

    def _facts(self, acting: ActingFor | None) -> dict[str, str]:
        if acting is None:
            return {}
        with self._sql.once() as db:
            return self._capacity.facts(db, acting)

    def _keep(self, request: Request, wanted: AuthorizationRequest) -> Continuation:
        browser, _ = self._pages.begin_browser(request)
        return Continuation(RESUME, self._pending.new(PendingRequest(wanted, browser)))

    def _close(self, held: Held[PendingRequest]) -> bool:
        """Answer a pending request once: true for exactly one of any number of resumptions."""
        return self._pending.swap(held, replace(held.value, is_answered=True))

    def _code(
        self, request: Request, client: Client, wanted: AuthorizationRequest, standing: Standing
    ) -> str:
        sso = standing.sso
        if sso is None:
            raise AuthorizationRefused(OAuthCode.LOGIN_REQUIRED, "nobody is signed in")
        scope = " ".join(sorted(granted(standing.consent, frozenset(wanted.scope))))
        proofs = counted(standing.requirement, standing.proven)
        grant = CodeGrant(
            family_id=random_token(16),
            client_id=client.client_id,
            redirect_uri=wanted.redirect_uri,
            code_challenge=wanted.code_challenge,
            nonce=wanted.nonce,
            scope=scope,
            person_id=sso.person_id,
            session_id=sso.id,
            auth_time=oldest(proofs),
            acr=acr_of(proofs, wanted.acr_values, standing.requirement.least_level),
            amr=amr_of(proofs),
            capacity=standing.acting.capacity.value if standing.acting else Capacity.SELF.value,
            delegation_id=standing.acting.delegation_id if standing.acting else None,
            via_delegation_id=standing.acting.via_delegation_id if standing.acting else None,
            details=" ".join(code for code in wanted.details if SCOPE_PREFIX + code in scope.split()),
        )
        place = Place(mask_ip(request.client_address), request.request_id)
        with self._sql.begin() as db:
            self._sessions.touch(db, sso)
            session_store.note_participant(db, sso.id, client.client_id, instant(self._clock))
            if standing.acting is not None:
                self._capacity.note_use(db, sso, standing.acting, client.client_id, place)
            self._audit.append(
                db,
                AuthorizationAnswered(
                    actor=f"person:{sso.person_id}",
                    object=f"client:{client.client_id}",
                    place=place,
                    scope=scope,
                    session=sso.id,
                ),
            )
        return self._codes.issue(grant)

    def _deliver(
        self,
        request: Request,
        client: Client,
        wanted: AuthorizationRequest,
        parameters: dict[str, str | None],
    ) -> Answer:
        """The answer by the hand-off page to the application, or kept for the machine that waits for it."""
        if not wanted.device_code:
            name = client.application.name_in(self._pages.language(request))
            return by_hand_off(self._pages, request, self._url(wanted, parameters), name)
        code = parameters.get("code")
        if code is None:
            is_kept, how = self._devices.deny(wanted.device_code), "denied"
        else:
            is_kept, how = self._devices.approve(wanted.device_code, code), "approved"
        return over(self._pages, request, client, how if is_kept else "late")

    def _url(self, wanted: AuthorizationRequest, parameters: dict[str, str | None]) -> str:
        return response_url(wanted.redirect_uri, self._issuer, {**parameters, "state": wanted.state})

    def _error_url(self, draft: Draft, refused: AuthorizationRefused) -> str:
        state = draft.parameters.get("state")
        parameters = {"error": refused.error.value, "error_description": refused.description, "state": state}
        return response_url(draft.redirect_uri, self._issuer, parameters)


def _name_of(acting: ActingFor | None) -> str | None:
    """Whom somebody acts for, as the consent page says it; None where he acts as himself or for a person."""
    return acting.organisation_name if acting else None


def _is_open(question: Question | None, sso: SsoSession) -> bool:
    """Whether this session still has to answer the question: it is put once, however often one comes back."""
    return question is not None and question.decision is Decision.ASKED and question.session_id == sso.id


def _unproved(standing: Standing) -> AuthorizationRefused:
    """Why a sign-in does not do: nobody is signed in as required, or not as strongly as required (RFC 9470 §5)."""
    if not counted(standing.requirement, standing.proven):
        return AuthorizationRefused(OAuthCode.LOGIN_REQUIRED, "nobody is signed in as required")
    return AuthorizationRefused(*CANCELLED["level"])
