"""`client_id` and `redirect_uri`: until both are proven, a refusal is a page and never a redirect (RFC 6749 §4.1.2.1)."""

from idp.oauth.checks.draft import Draft
from idp.oauth.clients.resolve import ClientResolver, is_usable
from idp.oauth.errors import PageRefused


def check_client(draft: Draft, clients: ClientResolver) -> None:
    """The client must be known and usable now."""
    client_id = draft.parameters.get("client_id", "")
    client = clients.find(client_id) if client_id else None
    if client is None:
        raise PageRefused("authorize.client", "client_id is missing or not registered")
    if not is_usable(client):
        raise PageRefused("authorize.suspended", "the application is suspended", client.client_id)
    draft.client = client


def check_redirect_uri(draft: Draft) -> None:
    """The redirect URI must be registered, byte for byte (RFC 9700 §2.1): no parsing, no normalising, no default."""
    given = draft.parameters.get("redirect_uri", "")
    if given not in draft.known_client.redirect_uris:
        raise PageRefused(
            "authorize.redirect_uri",
            "redirect_uri is missing or not registered for this client, byte for byte",
            draft.known_client.client_id,
        )
    draft.redirect_uri = given
