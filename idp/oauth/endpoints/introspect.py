"""The introspection endpoint (RFC 7662), and its answers as JWT (RFC 9701)."""

from idp.claims.log import ReleaseLog
from idp.claims.release import Release
from idp.claims.store import Released
from idp.oauth.clients.authentication import ClientAuthentication
from idp.oauth.clients.resolve import Client
from idp.oauth.endpoints.frame import answer_client
from idp.oauth.errors import OAuthCode, OAuthRefused
from idp.oauth.tokens.inspect import ActiveAccess, Inspection
from idp.oauth.tokens.issue import ORGANISATION
from idp.oauth.tokens.protect import INTROSPECTION, Protect
from idp.storage.engine import Db, Sql
from idp.web.exchange import NO_STORE, Answer, Headers, Request, json_answer

SHOWN = (
    "iss",
    "sub",
    "aud",
    "client_id",
    "scope",
    "iat",
    "exp",
    "jti",
    "auth_time",
    "acr",
    "amr",
    "subject_type",
    "act",
    "org",
    "authorization_details",
)
"""What of an access token's claims is told; a person's data is not among them."""
INACTIVE: dict[str, object] = {"active": False}
MEDIA_TYPE = f"application/{INTROSPECTION}"
JWT_TYPE: Headers = (("Content-Type", MEDIA_TYPE),)


class IntrospectionEndpoint:
    """Tells resource servers about any token, other confidential clients about their own only."""

    def __init__(
        self,
        authentication: ClientAuthentication,
        inspection: Inspection,
        sql: Sql,
        protect: Protect,
        release: Release,
        log: ReleaseLog,
    ) -> None:
        self._release = release
        self._log = log
        self._authentication = authentication
        self._inspection = inspection
        self._sql = sql
        self._protect = protect

    def answer(self, request: Request) -> Answer:
        """Answer an introspection request; whatever is not active is answered by `active: false` and nothing else."""
        return answer_client(request, self._authentication, self._introspect)

    def _introspect(self, client: Client, request: Request) -> Answer:
        if client.is_public:
            raise OAuthRefused(OAuthCode.UNAUTHORIZED_CLIENT, "a public client cannot introspect")
        token = request.form.get("token")
        if not token:
            raise OAuthRefused(OAuthCode.INVALID_REQUEST, "token is missing")
        about = self._about_access(client, token) if "." in token else self._about_refresh(client, token)
        protected = self._protect.introspection(client, about, is_asked=_asks_for_jwt(request))
        if protected is None:
            return json_answer(about)
        return Answer(200, JWT_TYPE + NO_STORE, protected.encode("ascii"))

    def _about_access(self, client: Client, token: str) -> dict[str, object]:
        read = self._inspection.read_access(token)
        if read is None or not _may_ask(client, read.client_id):
            return INACTIVE
        with self._sql.once() as db:
            active = self._inspection.find_active_access(db, read)
            if active is None:
                return INACTIVE
            shown = {name: read.claims[name] for name in SHOWN if name in read.claims}
            if ORGANISATION in shown and not self._may_tell_organisation(db, client, active):
                del shown[ORGANISATION]
        return {"active": True, "token_type": "Bearer", **shown}

    def _may_tell_organisation(self, db: Db, client: Client, active: ActiveAccess) -> bool:
        """Whether the one who asks may know the organisation; told to another than the token's own client, it is a release."""
        family, acting = active.family, active.acting
        if ORGANISATION not in self._release.allowed(client.application.id):
            return False
        if family is not None and acting is not None and client.client_id != family.client_id:
            told = Released(
                family.person_id, acting.organisation_id, client.client_id, family.id, (ORGANISATION,)
            )
            self._log.note(db, told)
        return True

    def _about_refresh(self, client: Client, token: str) -> dict[str, object]:
        with self._sql.once() as db:
            held = self._inspection.find_active_refresh(db, token)
        if held is None or not _may_ask(client, held.standing.family.client_id):
            return INACTIVE
        family = held.standing.family
        return {
            "active": True,
            "client_id": family.client_id,
            "scope": " ".join(sorted(family.scope)),
            "iat": int(held.issued_at.timestamp()),
            "exp": int(held.expires_at.timestamp()),
        }


def _asks_for_jwt(request: Request) -> bool:
    """Whether the Accept header names the media type of RFC 9701 §4 (RFC 9110 §12.5.1)."""
    accept = request.header("accept")
    if accept is None or INTROSPECTION not in accept.lower():
        return False
    for part in accept.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        if media == MEDIA_TYPE:
            return not any(piece.startswith("q=") and not piece[2:].strip("0.") for piece in parameters)
    return False


def _may_ask(client: Client, owner_id: str) -> bool:
    return client.may_introspect or client.client_id == owner_id
