"""Keys behind a key service: every use is a signed request to it, and private keys never leave it.

Only data keys cross the wire, on ``wrap`` and ``unwrap``. Both sides prove themselves twice: by TLS certificates in the
transport, and by SM2 signatures on every message (``remote_messages``). Nothing here knows HTTP.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from crypto import base64url
from crypto.errors import DeviceUnavailable, KeyUnusable, TokenRejected, VerificationError
from crypto.keys import jwk, pairs
from crypto.keys import remote_messages as messages
from crypto.keys.handle import Algorithm, Decrypter, GeneratedKey, KeyHandle, Signer
from crypto.keys.remote_messages import MessageKey
from crypto.tokens import random_token

PATH: Final = "/v1/keys/"
"""Before the name of the node, by which the service picks the key that verifies its requests."""
QUIET_SECONDS: Final = 1.0
"""How long a service that did not answer is left alone."""

_ONCE_ONLY = frozenset({"generate", "destroy"})
_REQUEST_ID_BYTES = 16
_OTHER_FORM = "the key service answered in another form"


class Transport(Protocol):
    """The way to the service, with mutual TLS and time-outs of its own."""

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a body and give the status and body of the answer.

        Raises OSError when no whole answer came. Safe to share between threads and to carry over a fork.
        """

    def close(self) -> None:
        """Give this process's connections back; the next use opens them again."""


class RemoteKeys:
    """The provider of ``handle.KeyProvider`` behind a key service. Safe to share between threads and over a fork."""

    __slots__ = ("_algorithms", "_clock", "_key", "_monotonic", "_quiet_until", "_service", "_transport")

    def __init__(
        self,
        transport: Transport,
        key: MessageKey,
        service: bytes,
        algorithms: frozenset[Algorithm],
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the key of this node and the public key x‖y of the service.

        ``algorithms`` are those that the service is there for; it refuses others itself. Raises KeyUnusable for a
        public key that is none.
        """
        self._transport = transport
        self._key = key
        self._service = messages.peer(service)
        self._algorithms = algorithms
        self._clock = clock
        self._monotonic = monotonic
        self._quiet_until = monotonic()

    @property
    def name(self) -> str:
        """Short name, stored with each key."""
        return "remote"

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """What the service is there for."""
        return self._algorithms

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Let the service make a key pair; never asked twice by itself, so that no pair is made for nobody."""
        if algorithm not in self._algorithms:
            raise KeyUnusable("the key service is not there for keys of this algorithm")
        try:
            made = messages.read_key(self._ask("generate", {"algorithm": algorithm}))
        except ValueError:
            raise DeviceUnavailable(_OTHER_FORM) from None
        form = {name: made.handle.public_jwk.get(name, "") for name in ("kty", *_members(made.handle))}
        if made.handle != pairs.new_handle(algorithm, form):
            raise KeyUnusable("the key service gave a key that is not what its handle says")
        return made

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Let the service load a signing key; raises what the service's provider raises."""
        pairs.check_signing(handle)
        self._ask("load", messages.write_key(handle, wrapped))
        return _RemoteSigner(self, handle, wrapped)

    def decrypter(self, handle: KeyHandle, wrapped: bytes) -> Decrypter:
        """Let the service load a decryption key; raises what the service's provider raises."""
        pairs.check_decryption(handle)
        self._ask("load", messages.write_key(handle, wrapped))
        return _RemoteDecrypter(self, handle, wrapped)

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Let the service wrap key bytes under its root key for one purpose."""
        return self.octets("wrap", {"key": base64url.encode(key), "purpose": purpose}, "wrapped")

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Let the service give wrapped key bytes; raises SealError under another root key or for another purpose."""
        return self.octets("unwrap", {"wrapped": base64url.encode(wrapped), "purpose": purpose}, "key")

    def rewrap(self, generated: GeneratedKey) -> bytes:
        """Give the stored part of a key pair under the current root key of the service."""
        return self.octets("rewrap", messages.write_key(generated.handle, generated.wrapped), "wrapped")

    def destroy(self, handle: KeyHandle, wrapped: bytes) -> None:
        """Let the service remove the private part; raises KeyUnusable when its device cannot."""
        self._ask("destroy", messages.write_key(handle, wrapped))

    def random(self, n: int) -> bytes:
        """Give n random bytes of the service's generator."""
        given = self.octets("random", {"n": n}, "random")
        if len(given) != n:
            raise DeviceUnavailable("the key service gave another number of random bytes")
        return given

    def check(self) -> None:
        """Raise DeviceUnavailable unless the service and its device answer now."""
        self._ask("check", {})

    def close(self) -> None:
        """Give this process's connections back; the next use opens them again."""
        self._transport.close()

    def octets(self, operation: str, arguments: Mapping[str, object], name: str) -> bytes:
        """Ask for an operation whose result is bytes."""
        try:
            return messages.octets(self._ask(operation, arguments), name)
        except ValueError:
            raise DeviceUnavailable(_OTHER_FORM) from None

    def _ask(self, operation: str, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """The result of an operation; what may be done twice is asked for a second time when no answer came."""
        if self._monotonic() < self._quiet_until:
            raise DeviceUnavailable("the key service did not answer a moment ago")
        attempts = 1 if operation in _ONCE_ONLY else 2
        for attempt in range(1, attempts + 1):
            try:
                return self._exchange(operation, arguments)
            except OSError:
                if attempt == attempts:
                    break
        self._quiet_until = self._monotonic() + QUIET_SECONDS
        raise DeviceUnavailable("the key service does not answer")

    def _exchange(self, operation: str, arguments: Mapping[str, object]) -> Mapping[str, object]:
        own, request_id = self._key.handle, random_token(_REQUEST_ID_BYTES)
        request = messages.write_request(
            self._key, self._service, request_id, operation, arguments, self._clock()
        )
        status, body = self._transport.post(PATH + own.kid, request)
        if status != 200:
            raise DeviceUnavailable(f"the key service refuses this node: status {status}")
        try:
            return messages.read_answer(body, own, self._service, request_id, self._clock())
        except TokenRejected as rejected:
            reason = rejected.reason
        except VerificationError as error:
            reason = str(error)
        raise DeviceUnavailable(f"what answers is not the key service: {reason}")


class _RemoteSigner:
    """A signing key that the service loads and keeps."""

    __slots__ = ("_key", "_provider", "handle")

    def __init__(self, provider: RemoteKeys, handle: KeyHandle, wrapped: bytes) -> None:
        self.handle = handle
        self._provider = provider
        self._key = messages.write_key(handle, wrapped)

    def sign(self, data: bytes) -> bytes:
        return self._provider.octets("sign", {**self._key, "data": base64url.encode(data)}, "signature")


class _RemoteDecrypter:
    """A decryption key that the service loads and keeps."""

    __slots__ = ("_key", "_provider", "handle")

    def __init__(self, provider: RemoteKeys, handle: KeyHandle, wrapped: bytes) -> None:
        self.handle = handle
        self._provider = provider
        self._key = messages.write_key(handle, wrapped)

    def decrypt(self, ciphertext: bytes) -> bytes:
        arguments = {**self._key, "ciphertext": base64url.encode(ciphertext)}
        return self._provider.octets("decrypt", arguments, "plaintext")

    def agree(self, public: bytes) -> bytes:
        return self._provider.octets("agree", {**self._key, "public": base64url.encode(public)}, "z")


def _members(handle: KeyHandle) -> tuple[str, ...]:
    return jwk.PUBLIC_MEMBERS.get(handle.public_jwk.get("kty", ""), ())
