"""Asking one source over HTTP: signed out, verified in, within its time, and left alone when it does not answer."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.registries import messages
from adapters.registries.breaker import Breaker
from adapters.registries.settings import SourceEntry
from crypto.errors import TokenRejected
from idp.clock import Clock
from idp.errors import IdpError
from idp.keys.keyring import Keyring
from idp.keys.models import KeyPurpose
from idp.outbound import Outbound

RESTING: Final = "resting"


class NoAnswer(Exception):
    """No answer that counts; `why` is a word for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class SourceClient:
    """The way to one source."""

    def __init__(
        self,
        name: str,
        entry: SourceEntry,
        system: str,
        outbound: Outbound,
        keyring: Keyring,
        clock: Clock,
        rest_seconds: int,
    ) -> None:
        self.name = name
        self._entry = entry
        self._system = system
        self._outbound = outbound
        self._keyring = keyring
        self._clock = clock
        self._breaker = Breaker(clock, rest_seconds)

    def ask(self, op: str, args: Mapping[str, object]) -> dict[str, Any]:
        """The result of a question: its code and facts. Raises NoAnswer; a refusal by the source is none either."""
        if not self._breaker.may_ask():
            raise NoAnswer(RESTING)
        try:
            result = self._exchange(op, args)
        except NoAnswer:
            self._breaker.failed()
            raise
        self._breaker.answered()
        return result

    def _exchange(self, op: str, args: Mapping[str, object]) -> dict[str, Any]:
        signer = self._keyring.signer_of(KeyPurpose.REGISTRY, messages.ALGORITHM)
        question, jti = messages.ask(signer, self._system, self.name, op, args, self._clock.timestamp())
        try:
            got = self._outbound.post(self._entry.url, question.encode("ascii"), messages.CONTENT_TYPE)
        except IdpError as error:
            raise NoAnswer(error.code) from None
        if got.status != 200:
            raise NoAnswer(f"status {got.status}")
        try:
            text = got.body.decode("ascii")
            key = self._entry.public_key
            return messages.read_answer(text, key, self._system, self.name, jti, self._clock.timestamp())
        except (TokenRejected, UnicodeDecodeError):
            raise NoAnswer("signature") from None
