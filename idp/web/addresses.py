"""IP addresses of peers and the networks that settings name."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Networks:
    """A set of networks that an address is in or not; the answer for an address is kept."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self.hold = lru_cache(maxsize=1024)(self._hold)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def _hold(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)


@lru_cache(maxsize=4096)
def parse(text: str) -> Address | None:
    """The address that `text` writes, an IPv4-mapped one as IPv4; None for anything else, a zone included."""
    if "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
