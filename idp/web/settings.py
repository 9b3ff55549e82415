"""Settings of the door."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field

from idp.settings import Section


class WebSettings(Section):
    """Section `web`."""

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="Networks (CIDR) of the reverse proxies whose X-Forwarded-For is believed."
    )
