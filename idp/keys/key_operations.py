"""What a key service does for a node, one operation each, over its key provider."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from crypto import base64url
from crypto.keys import remote_messages as messages
from crypto.keys.handle import SIGNING, Decrypter, GeneratedKey, KeyProvider, Signer
from crypto.sm import sm3

LOADED_KEYS: Final = 64
MAX_RANDOM: Final = 4096

Result = dict[str, object]


class _Named:
    """A key of a request, the same as another when handle and stored part are."""

    __slots__ = ("_members", "key")

    def __init__(self, key: GeneratedKey) -> None:
        self.key = key
        members = [key.handle.kid, key.handle.algorithm, *map(str, sorted(key.handle.public_jwk.items()))]
        self._members = sm3.digest("\0".join(members).encode() + b"\0" + key.wrapped)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Named) and self._members == other._members

    def __hash__(self) -> int:
        return hash(self._members)


class Operations:
    """What may be asked for; loaded keys are kept for the next use. Safe to share between threads."""

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider
        self._signers = lru_cache(LOADED_KEYS)(self._load_signer)
        self._decrypters = lru_cache(LOADED_KEYS)(self._load_decrypter)

    def table(self) -> Mapping[str, Callable[[Mapping[str, object]], Result]]:
        """Every operation by its name in requests; each raises ValueError for arguments of another form."""
        return {
            "check": self._check,
            "generate": self._generate,
            "load": self._load,
            "sign": self._sign,
            "decrypt": self._decrypt,
            "agree": self._agree,
            "wrap": self._wrap,
            "unwrap": self._unwrap,
            "rewrap": self._rewrap,
            "destroy": self._destroy,
            "random": self._random,
        }

    def _check(self, _arguments: Mapping[str, object]) -> Result:
        self._provider.check()
        return {}

    def _generate(self, arguments: Mapping[str, object]) -> Result:
        made = self._provider.generate(messages.read_algorithm(arguments))
        return messages.write_key(made.handle, made.wrapped)

    def _load(self, arguments: Mapping[str, object]) -> Result:
        # Loaded anew, so that a node that starts learns how things stand now.
        key = messages.read_key(arguments)
        load = self._provider.signer if key.handle.algorithm in SIGNING else self._provider.decrypter
        load(key.handle, key.wrapped)
        return {}

    def _sign(self, arguments: Mapping[str, object]) -> Result:
        data = messages.octets(arguments, "data")
        return {"signature": base64url.encode(self._signers(_Named(messages.read_key(arguments))).sign(data))}

    def _decrypt(self, arguments: Mapping[str, object]) -> Result:
        ciphertext = messages.octets(arguments, "ciphertext")
        return {
            "plaintext": base64url.encode(
                self._decrypters(_Named(messages.read_key(arguments))).decrypt(ciphertext)
            )
        }

    def _agree(self, arguments: Mapping[str, object]) -> Result:
        public = messages.octets(arguments, "public")
        return {"z": base64url.encode(self._decrypters(_Named(messages.read_key(arguments))).agree(public))}

    def _wrap(self, arguments: Mapping[str, object]) -> Result:
        key, purpose = messages.octets(arguments, "key"), messages.text(arguments, "purpose")
        return {"wrapped": base64url.encode(self._provider.wrap(key, purpose))}

    def _unwrap(self, arguments: Mapping[str, object]) -> Result:
        wrapped, purpose = messages.octets(arguments, "wrapped"), messages.text(arguments, "purpose")
        return {"key": base64url.encode(self._provider.unwrap(wrapped, purpose))}

    def _rewrap(self, arguments: Mapping[str, object]) -> Result:
        return {"wrapped": base64url.encode(self._provider.rewrap(messages.read_key(arguments)))}

    def _destroy(self, arguments: Mapping[str, object]) -> Result:
        generated = messages.read_key(arguments)
        self._provider.destroy(generated.handle, generated.wrapped)
        self._signers.cache_clear()
        self._decrypters.cache_clear()
        return {}

    def _random(self, arguments: Mapping[str, object]) -> Result:
        n = arguments.get("n")
        if type(n) is not int or not 0 <= n <= MAX_RANDOM:
            raise ValueError("not a number of random bytes")
        return {"random": base64url.encode(self._provider.random(n))}

    def _load_signer(self, named: _Named) -> Signer:
        return self._provider.signer(named.key.handle, named.key.wrapped)

    def _load_decrypter(self, named: _Named) -> Decrypter:
        return self._provider.decrypter(named.key.handle, named.key.wrapped)
