"""The consent page: who receives what, with the values."""

from idp.accounts.store import Person, PersonStore
from idp.applications.service import Applications
from idp.audit.event import Place
from idp.claims.catalogue import Claim, claims_of
from idp.claims.release import Release
from idp.consent.service import Consents, Decision, Question
from idp.ephemeral.box import Held
from idp.errors import RequestRefused
from idp.identifiers.masking import mask_ip, mask_name
from idp.sessions.service import Sessions
from idp.storage.engine import Sql
from idp.web import page_values as values
from idp.web.continuation import Continuations
from idp.web.cookies import Cookie, Cookies
from idp.web.exchange import Answer, Request, redirect
from idp.web.pages import Pages
from idp.web.routing import Auth, Route

ROUTES: tuple[Route, ...] = (Route("/consent", ("GET", "POST"), "consent.answer", Auth.SESSION, "page"),)


class ConsentViews:
    """`/consent`: shows a question and takes its answer, both bound to the session that was asked."""

    def __init__(
        self,
        sql: Sql,
        pages: Pages,
        cookies: Cookies,
        consents: Consents,
        sessions: Sessions,
        persons: PersonStore,
        release: Release,
        applications: Applications,
        continuations: Continuations,
    ) -> None:
        self._sql = sql
        self._pages = pages
        self._cookies = cookies
        self._consents = consents
        self._sessions = sessions
        self._persons = persons
        self._release = release
        self._applications = applications
        self._continuations = continuations

    def answer(self, request: Request) -> Answer:
        """GET shows the question, POST takes the decision and goes on where the question came from."""
        is_post = request.method == "POST"
        question_id = request.form.get("transaction", "") if is_post else request.query.get("question", "")
        held = self._consents.question(question_id, self._pages.browser_mark(request))
        person = self._asked_person(request, held)
        if held is None or person is None:
            return self._pages.show(
                request, "login/timed_out.html", status=400, application=None, reason="idle"
            )
        if not is_post:
            if held.value.decision is not Decision.ASKED:
                return redirect(self._continuations.path(held.value.continuation))
            return self._page(request, question_id, held.value, person)
        return self._decide(request, held)

    def _decide(self, request: Request, held: Held[Question]) -> Answer:
        form = self._pages.check_form(request, held.value.session_id)
        decision = form.get("decision")
        place = Place(mask_ip(request.client_address), request.request_id)
        if decision not in {"allow", "deny"}:
            raise RequestRefused("request.form")
        with self._sql.begin() as db:
            if decision == "allow":
                chosen = frozenset(scope for scope in held.value.optional if f"item-{scope}" in form)
                self._consents.agree(db, held, chosen, place)
            else:
                self._consents.deny(db, held, place)
        return redirect(self._continuations.path(held.value.continuation))

    def _page(self, request: Request, question_id: str, question: Question, person: Person) -> Answer:
        language = self._pages.language(request)
        found = self._applications.find(question.application_id)
        application = values.Application(
            found.name_in(language) if found else question.client_id,
            found.department_in(language) if found else "",
            found.home_url if found else None,
        )
        return self._pages.show(
            request,
            "consent/consent.html",
            session=question.session_id,
            signed_in_as=mask_name(person.name),
            application=application,
            acting_for=question.acting_for,
            action="/consent",
            transaction=question_id,
            items=self._items(request, question, person),
            until=None,
        )

    def _items(self, request: Request, question: Question, person: Person) -> list[values.ConsentItem]:
        """One item per scope that is offered, with the values of its claims as they would leave."""
        items = []
        allowed = self._release.allowed(question.application_id, is_encrypted=question.is_encrypted)
        offered = self._release.offered(question.application_id, frozenset(question.scope))
        for scope in question.scope:
            if scope == "openid" or scope not in offered:
                continue
            claims = [claim for claim in claims_of(frozenset({scope})) if claim.name in allowed]
            facts = self._release.values(person, frozenset({scope}), allowed)
            items.append(
                values.ConsentItem(
                    name=scope,
                    label=question.labels.get(scope) or self._pages.text(request, f"scope.{scope}"),
                    value=question.facts.get(scope) or self._shown(request, claims, facts),
                    purpose=question.purpose.get(scope, self._pages.text(request, "scope.purpose")),
                    required=scope not in question.optional,
                    is_new=bool(question.known) and scope not in question.known,
                )
            )
        return items

    def _shown(self, request: Request, claims: list[Claim], facts: dict[str, object]) -> str:
        texts = []
        for claim in claims:
            if claim.name not in facts:
                continue
            value = facts[claim.name]
            key = f"{claim.text}.{value}".lower() if claim.name in CODED else None
            texts.append(self._pages.text(request, key) if key else str(value))
        return " · ".join(texts) or self._pages.text(request, "scope.no_value")

    def _asked_person(self, request: Request, held: Held[Question] | None) -> Person | None:
        cookie = self._cookies.read(request, Cookie.SESSION)
        if held is None or cookie is None:
            return None
        with self._sql.once() as db:
            sso = self._sessions.find(db, cookie)
            if sso is None or sso.id != held.value.session_id or sso.person_id != held.value.person_id:
                return None
            return self._persons.find(db, sso.person_id)


CODED = frozenset({"ial", "id_type", "phone_number_verified"})
"""Claims whose values are codes and are shown in words."""
