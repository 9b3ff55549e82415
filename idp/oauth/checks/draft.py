"""What the checks fill in: starts with the raw parameters and the time, ends as an AuthorizationRequest."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.oauth.clients.resolve import Client


@dataclass(slots=True)
class Draft:
    """A request being checked. Fields are set by the check named after them."""

    parameters: Mapping[str, str]
    now: float
    client: Client | None = None
    redirect_uri: str = ""
    scope: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    code_challenge: str = ""
    nonce: str | None = None
    prompt: tuple[str, ...] = ()
    signed_in_since: float | None = None
    acr_values: tuple[str, ...] = ()
    login_hint: str | None = None
    ui_locales: str | None = None

    @property
    def known_client(self) -> Client:
        """The client, once its check has passed."""
        if self.client is None:
            raise ValueError("the client check comes first")
        return self.client
