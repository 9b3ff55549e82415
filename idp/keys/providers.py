"""What keeps private keys here: the device that settings name, and software under the root key for what it cannot do."""

from crypto.errors import KeyUnusable
from crypto.keys.handle import Algorithm, KeyProvider
from idp.errors import Unavailable


class Providers:
    """Key providers by name, and which of them makes a key of an algorithm."""

    def __init__(self, software: KeyProvider, device: KeyProvider | None = None) -> None:
        """`software` also wraps the data keys; `device` makes every key pair whose algorithm it has."""
        self.software = software
        self._ordered = (software,) if device is None else (device, software)
        self._by_name = {each.name: each for each in self._ordered}

    def maker(self, algorithm: Algorithm) -> KeyProvider:
        """The provider that makes new keys of an algorithm. Raises KeyUnusable where none can."""
        for each in self._ordered:
            if algorithm in each.algorithms:
                return each
        raise KeyUnusable(f"no key provider here makes keys of {algorithm}")

    def of(self, name: str) -> KeyProvider:
        """The provider of this name. Raises Unavailable where it is not set up here."""
        found = self._by_name.get(name)
        if found is None:
            raise Unavailable("svc.down", f"key provider {name} is not set up")
        return found

    def close(self) -> None:
        """Give the sessions of devices back; they open again on use. Some vendors' libraries bear no fork before that."""
        for each in self._ordered:
            # Software and tokens hold nothing that a fork would harm.
            close = getattr(each, "close", None)
            if close is not None:
                close()

    def check(self) -> None:
        """Raise DeviceUnavailable unless every device answers now."""
        for each in self._ordered:
            each.check()
