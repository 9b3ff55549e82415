"""Settings of the door."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field

from idp.settings import Section


class WebSettings(Section):
    """Section `web`."""

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="Networks (CIDR) of the reverse proxies whose X-Forwarded-For is believed."
    )


class SiteSettings(Section):
    """Section `site`: what the deploying authority says of itself on every page; an empty text is not shown."""

    name_zh: str = Field("一号 · 省统一身份认证", description="Name of the platform.")
    name_en: str = Field("Yihao · Provincial identity", description="The same in English.")
    department_zh: str = Field("", description="The department that runs it.")
    department_en: str = Field("", description="The same in English.")
    contact_zh: str = Field("", description="A sentence that names the counter or hotline.")
    contact_en: str = Field("", description="The same in English.")
    site_code: str = Field("", description="Code of the government site.")
    icp_filing: str = Field("", description="ICP filing number.")
    police_filing: str = Field("", description="Filing number of the public security organ.")
    accessibility_url: str = Field("", description="Address of the accessibility statement.")
    privacy_url: str = Field("", description="Address of the privacy notice.")
