"""The port to message gateways; vendors implement it in `adapters/messages`."""

from dataclasses import dataclass
from typing import Protocol

from idp.errors import IdpError


class GatewayDown(IdpError):
    """The gateway did not take the message: not reached, too slow, or it says so. Worth another try."""


class MessageRefused(IdpError):
    """The gateway will never take this message: the number or the text is not for it."""


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One message as a gateway gets it. `id` is ours: the same message sent twice has one id."""

    id: str
    channel: str
    recipient: str
    text: str

    def __repr__(self) -> str:
        return f"Message({self.id})"


class Gateway(Protocol):
    """A vendor of one channel."""

    @property
    def name(self) -> str:
        """Its name in settings, logs and rows."""
        ...

    @property
    def channel(self) -> str:
        """`sms` or `email`."""
        ...

    def send(self, message: Message) -> str:
        """Hand a message over and give the vendor's reference. Raises GatewayDown or MessageRefused."""
        ...
