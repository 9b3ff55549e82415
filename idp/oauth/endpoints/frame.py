"""What the endpoints for authenticated clients share: who calls, how a refusal looks, which browser may read it."""

from collections.abc import Callable

from idp.errors import RequestRefused, TooLarge
from idp.oauth.clients.authentication import ClientAuthentication
from idp.oauth.clients.resolve import Client
from idp.oauth.errors import OAuthCode, OAuthRefused, refusal_answer
from idp.web.exchange import Answer, Request

Work = Callable[[Client, Request], Answer]
MALFORMED = {
    "request.form": "the body must be application/x-www-form-urlencoded",
    "request.duplicate": "a parameter is given twice",
}


def answer_client(request: Request, authentication: ClientAuthentication, work: Work) -> Answer:
    """The answer of `work` for the authenticated client, or the refusal; what is too large is the door's."""
    client = None
    try:
        client = authentication.client(request)
        answer = work(client, request)
    except TooLarge:
        raise
    except RequestRefused as refused:
        answer = refusal_answer(as_oauth(refused), request.request_id)
    return readable_by(answer, request, client)


def as_oauth(refused: RequestRefused) -> OAuthRefused:
    """A refusal with its protocol error (RFC 6749 §5.2): what the request's own parsing refused is invalid_request."""
    if isinstance(refused, OAuthRefused):
        return refused
    words = MALFORMED.get(refused.code, "the request is malformed")
    return OAuthRefused(OAuthCode.INVALID_REQUEST, words, refused.detail)


def readable_by(answer: Answer, request: Request, client: Client | None) -> Answer:
    """The answer, readable by a script of an origin that is registered for this very client (SEC-37)."""
    headers = (*answer.headers, ("Vary", "Origin"))
    origin = request.header("origin")
    if client is not None and origin in client.origins:
        headers = (*headers, ("Access-Control-Allow-Origin", origin))
    return Answer(answer.status, headers, answer.body)
