"""Settings of the door."""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Self

from pydantic import Field, model_validator

from idp.settings import Section


class CertificateFormat(StrEnum):
    """How a gateway writes the caller's certificate into one header."""

    ESCAPED_PEM = "escaped-pem"
    RFC9440 = "rfc9440"


class WebSettings(Section):
    """Section `web`."""

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="Networks (CIDR) of the reverse proxies whose X-Forwarded-For is believed."
    )
    client_certificate_header: str = Field(
        "",
        # Without underscore: WSGI could not tell it from the same name with a hyphen.
        pattern=r"^(?:[A-Za-z][A-Za-z0-9-]{0,63})?$",
        description=(
            "Header in which the gateway hands on the certificate that a caller showed; empty: none is read. "
            "A name without a hyphen has one spelling only."
        ),
    )
    client_certificate_format: CertificateFormat = Field(
        CertificateFormat.ESCAPED_PEM,
        description="`escaped-pem` (nginx `$ssl_client_escaped_cert`) or `rfc9440` (`:base64 of DER:`).",
    )
    client_certificate_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks (CIDR) of the gateways that send that header; from others it refuses the request.",
    )

    @model_validator(mode="after")
    def _header_has_a_sender(self) -> Self:
        if self.client_certificate_header and not self.client_certificate_proxies:
            raise ValueError("client_certificate_header needs client_certificate_proxies")
        return self


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
