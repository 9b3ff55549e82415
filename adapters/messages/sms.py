"""A text message gateway over HTTP: one signed message, one answer (specs/integration/sms-gateway.md)."""

from typing import Final

import orjson

from adapters.messages.settings import GatewayEntry
from crypto.jose import jwt
from idp.clock import Clock
from idp.errors import IdpError
from idp.keys.keyring import Keyring
from idp.keys.models import KeyPurpose
from idp.notify.port import GatewayDown, Message, MessageRefused
from idp.outbound import Outbound

TYP: Final = "sms-message+jwt"
ALGORITHM: Final = "SGD_SM3_SM2"
CONTENT_TYPE: Final = "application/jose"
SECONDS: Final = 300


class SmsGateway:
    """One vendor."""

    channel = "sms"

    def __init__(
        self, entry: GatewayEntry, system: str, outbound: Outbound, keyring: Keyring, clock: Clock
    ) -> None:
        self.name = entry.name
        self._url = entry.url
        self._system = system
        self._outbound = outbound
        self._keyring = keyring
        self._clock = clock

    def send(self, message: Message) -> str:
        """Hand a message over and give the vendor's reference. Raises GatewayDown or MessageRefused."""
        now = int(self._clock.timestamp())
        claims: dict[str, object] = {
            "iss": self._system,
            "aud": self.name,
            "iat": now,
            "exp": now + SECONDS,
            "jti": message.id,
            "to": message.recipient,
            "text": message.text,
        }
        signer = self._keyring.signer_of(KeyPurpose.REGISTRY, ALGORITHM)
        body = jwt.encode(claims, signer, TYP).encode("ascii")
        try:
            answer = self._outbound.post(self._url, body, CONTENT_TYPE)
        except IdpError as error:
            raise GatewayDown("sms.down", error.code) from None
        if answer.status == 422:
            raise MessageRefused("sms.refused", "the gateway refuses this number or text")
        if answer.status != 200:
            raise GatewayDown("sms.down", f"status {answer.status}")
        return _reference(answer.body)


def _reference(body: bytes) -> str:
    try:
        told = orjson.loads(body)
        return str(told["reference"])[:64]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # It took the message, whatever it says: sending it twice would be worse.
        return ""
