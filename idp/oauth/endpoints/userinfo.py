"""The userinfo endpoint (OpenID Connect Core §5.3, RFC 6750)."""

from idp.accounts.store import Person, PersonStore
from idp.authenticators.evidence import ACRS, LEVELS
from idp.claims.log import ReleaseLog
from idp.claims.release import Release
from idp.claims.store import Released
from idp.errors import RequestRefused, TooLarge
from idp.matters.service import Matters, codes_of
from idp.oauth.clients.resolve import Client
from idp.oauth.endpoints.frame import as_oauth, readable_by
from idp.oauth.errors import OAuthCode, OAuthRefused, refusal_answer
from idp.oauth.tokens.inspect import ActiveAccess, Inspection
from idp.oauth.tokens.issue import OPENID
from idp.oauth.tokens.protect import Protect
from idp.oauth.tokens.store import Family
from idp.organisations.store import OrganisationStore
from idp.storage.engine import Db, Sql
from idp.web.exchange import FORM, NO_STORE, Answer, Headers, Request, json_answer

JWT_TYPE: Headers = (("Content-Type", "application/jwt"),)
REALM = 'Bearer realm="yihao"'


class UserinfoEndpoint:
    """Gives the claims of the granted scopes that are approved for the application, now, as JSON or protected as the client
    registered. The owner finds every release in the log before the answer goes out.

    The token comes in the Authorization header and nowhere else.
    """

    def __init__(
        self,
        inspection: Inspection,
        persons: PersonStore,
        release: Release,
        sql: Sql,
        protect: Protect,
        organisations: OrganisationStore,
        log: ReleaseLog,
        matters: Matters,
    ) -> None:
        self._matters = matters
        self._log = log
        self._organisations = organisations
        self._inspection = inspection
        self._persons = persons
        self._release = release
        self._sql = sql
        self._protect = protect

    def answer(self, request: Request) -> Answer:
        """Answer a userinfo request."""
        client = None
        try:
            token = _bearer(request)
            if token is None:
                return readable_by(_unasked(request), request, None)
            client, claims = self._claims(token)
            answer = self._told(client, claims)
        except TooLarge:
            raise
        except RequestRefused as refused:
            answer = refusal_answer(_challenged(as_oauth(refused)), request.request_id)
        return readable_by(answer, request, client)

    def _claims(self, token: str) -> tuple[Client, dict[str, object]]:
        read = self._inspection.read_access(token)
        if read is None:
            raise _invalid()
        with self._sql.once() as db:
            active = self._inspection.find_active_access(db, read)
            if active is None:
                raise _invalid()
            family, scope = _about_person(active)
            self._check_level(active.client, family, scope)
            person = self._persons.find(db, family.person_id)
            if person is None:
                raise _invalid()
            # A scope that was taken from the client since then gives nothing any more.
            told = self._told_of(db, active, family, person, scope & active.client.scope)
        return active.client, {"sub": read.sub, **told}

    def _check_level(self, client: Client, family: Family, scope: frozenset[str]) -> None:
        """See to it that the sign-in behind a token reaches what client and matters ask for now (RFC 9470 §3)."""
        needed = max(client.least_aal, self._matters.least_aal(codes_of(scope)))
        if LEVELS.get(family.acr, 0) < needed:
            raise OAuthRefused(
                OAuthCode.INSUFFICIENT_USER_AUTHENTICATION, "a stronger sign-in is needed", ACRS[needed]
            )

    def _told_of(
        self, db: Db, active: ActiveAccess, family: Family, person: Person, scope: frozenset[str]
    ) -> dict[str, object]:
        """The claims of who is the subject; of who acts for another, inside `act` (decision 0022)."""
        client, acting = active.client, active.acting
        is_encrypted = client.userinfo_encrypted_response_alg is not None
        allowed = self._release.allowed(client.application.id, is_encrypted=is_encrypted)
        if family.delegation_id is None:
            own = self._release.values(person, scope, allowed)
            self._note(db, family, person.id, None, own)
            return own
        about: dict[str, object] = {
            name: active.token.claims[name] for name in ("subject_type", "act") if name in active.token.claims
        }
        if acting is None:
            # The grant is over and the token lives on until its refresh: nothing more is told under it.
            return about
        own = self._release.values(person, scope, allowed)
        act = about.get("act")
        about["act"] = {**(act if isinstance(act, dict) else {}), **own}
        if acting.subject_person_id is not None:
            child = self._persons.find(db, acting.subject_person_id)
            of_child = self._release.values(child, scope, allowed) if child else {}
            self._note(db, family, person.id, None, own)
            self._note(db, family, acting.subject_person_id, None, of_child)
            return {**about, **of_child}
        organisation = self._organisations.find(db, acting.organisation_id or "")
        of_organisation = (
            self._release.organisation_values(organisation, scope, allowed) if organisation else {}
        )
        self._note(db, family, person.id, acting.organisation_id, {**own, **of_organisation})
        return {**about, **of_organisation}

    def _note(
        self, db: Db, family: Family, person_id: str, organisation_id: str | None, told: dict[str, object]
    ) -> None:
        released = Released(person_id, organisation_id, family.client_id, family.id, tuple(sorted(told)))
        self._log.note(db, released)

    def _told(self, client: Client, claims: dict[str, object]) -> Answer:
        """Plain JSON, or a JWT (OpenID Connect Core §5.3.2)."""
        protected = self._protect.userinfo(client, claims)
        if protected is None:
            return json_answer(claims)
        return Answer(200, JWT_TYPE + NO_STORE, protected.encode("ascii"))


def _about_person(active: ActiveAccess) -> tuple[Family, frozenset[str]]:
    """Family and scope of a token about a person. Raises OAuthRefused without `openid` (OpenID Connect Core §5.3.1)."""
    if active.family is None or OPENID not in active.token.scope:
        raise OAuthRefused(OAuthCode.INSUFFICIENT_SCOPE, "the scope openid is needed")
    return active.family, active.token.scope


def _bearer(request: Request) -> str | None:
    """The token of the Authorization header, or None without one (RFC 6750 §2.1; §2.2 and §2.3 are refused)."""
    in_form = request.method == "POST" and request.content_type == FORM and "access_token" in request.form
    if in_form or "access_token" in request.query:
        raise OAuthRefused(OAuthCode.INVALID_REQUEST, "the token goes in the Authorization header only")
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _invalid() -> OAuthRefused:
    return OAuthRefused(OAuthCode.INVALID_TOKEN, "the access token is expired, revoked, or not ours")


def _challenged(refused: OAuthRefused) -> OAuthRefused:
    """The refusal with its challenge (RFC 6750 §3)."""
    words = f'{REALM}, error="{refused.error.value}", error_description="{refused.description}"'
    if refused.error is OAuthCode.INSUFFICIENT_SCOPE:
        words += f', scope="{OPENID}"'
    if refused.error is OAuthCode.INSUFFICIENT_USER_AUTHENTICATION:
        words += f', acr_values="{refused.detail}"'
    return OAuthRefused(refused.error, refused.description, refused.detail, (("WWW-Authenticate", words),))


def _unasked(request: Request) -> Answer:
    """Without any token the challenge bears no error code (RFC 6750 §3.1)."""
    headers = (*NO_STORE, ("WWW-Authenticate", REALM))
    return json_answer({"reference": request.request_id}, 401, headers)
