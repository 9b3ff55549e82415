"""The certificate header of the gateway: who may send it, in which form, and what a forged one leads to."""

import base64
import hashlib
import io
import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from idp.errors import RequestRefused, TooLarge
from idp.web.client_certificate import MAX_DER, MAX_TEXT
from idp.web.edge import Edge
from idp.web.settings import CertificateFormat, WebSettings

ISSUER = "https://id.example.gov.cn"
GATEWAY = "10.2.0.1"
PROXY = "10.1.0.1"
VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "tls" / "client_cert.json").read_text())
DER = base64.b64decode(VECTOR["client_cert"].strip(":"))


def edge(form: CertificateFormat, name: str = "Client-Cert") -> Edge:
    """An edge that reads the header `name` from 10.2.0.1 and believes 10.1.0.0/16 only in X-Forwarded-For."""
    settings = WebSettings(
        trusted_proxies=(ip_network("10.1.0.0/16"), ip_network("10.2.0.0/16")),
        client_certificate_header=name,
        client_certificate_format=form,
        client_certificate_proxies=(ip_network("10.2.0.1/32"), ip_network("fd00::1/128")),
    )
    return Edge(settings, ISSUER)


ESCAPED = edge(CertificateFormat.ESCAPED_PEM)
STRUCTURED = edge(CertificateFormat.RFC9440)


def environ(value: str | None, peer: str = GATEWAY, variable: str = "HTTP_CLIENT_CERT") -> dict[str, Any]:
    """A WSGI environment with this header value."""
    frame: dict[str, Any] = {"REMOTE_ADDR": peer, "REQUEST_METHOD": "GET", "PATH_INFO": "/login"}
    frame["wsgi.input"] = io.BytesIO()
    return frame if value is None else frame | {variable: value}


def pem(der: bytes) -> str:
    """A PEM certificate of 64-character lines (RFC 7468 §5)."""
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def escaped(text: str) -> str:
    """As nginx writes `$ssl_client_escaped_cert`."""
    return quote(text, safe="-._~")


def structured(der: bytes) -> str:
    """A Byte Sequence (RFC 8941 §3.3.5)."""
    return f":{base64.b64encode(der).decode()}:"


@pytest.mark.clause("RFC 9440", "2.1")
def test_the_example_of_the_standard_is_read() -> None:
    """The header of RFC 9440 appendix A gives the certificate whose SHA-256 OpenSSL prints."""
    der = STRUCTURED.client_certificate(environ(VECTOR["client_cert"]))
    assert der is not None
    assert hashlib.sha256(der).hexdigest() == VECTOR["sha256"]


@pytest.mark.clause("RFC 9440", "2.1")
@pytest.mark.parametrize("peer", [GATEWAY, "::ffff:10.2.0.1", "fd00::1", "FD00:0::1"])
def test_both_forms_give_the_same_octets(peer: str) -> None:
    """nginx's escaped PEM and the structured field lead to one DER, by whichever spelling of the gateway's address."""
    assert ESCAPED.client_certificate(environ(escaped(pem(DER)), peer)) == DER
    assert ESCAPED.client_certificate(environ(escaped(pem(DER).rstrip("\n")), peer)) == DER
    assert STRUCTURED.client_certificate(environ(structured(DER), peer)) == DER
    assert STRUCTURED.client_certificate(environ(f" {structured(DER)} ", peer)) == DER


def test_missing_padding_is_borne() -> None:
    """A Byte Sequence without its padding is read (RFC 8941 §4.2.7)."""
    unpadded = f":{base64.b64encode(b'0' + bytes([5]) + b'abcde').decode().rstrip('=')}:"
    assert STRUCTURED.client_certificate(environ(unpadded)) == b"0" + bytes([5]) + b"abcde"


def test_request_without_the_header_passes_and_has_no_certificate() -> None:
    """A caller without a certificate is an ordinary caller; the gateway may send the header empty."""
    for reader in (ESCAPED, STRUCTURED):
        for given_frame in (
            environ(None),
            environ(None, "198.51.100.7"),
            environ(""),
            environ(None, ""),
        ):
            reader.guard(given_frame)
            assert reader.client_certificate(given_frame) is None


@pytest.mark.sec("SEC-36")
@pytest.mark.clause("RFC 9440", "4")
@pytest.mark.parametrize(
    "peer", ["198.51.100.7", PROXY, "10.2.0.2", "", "10.2.0.1:443", "fd00::1%eth0", "::"]
)
@pytest.mark.parametrize("value", [structured(DER), escaped(pem(DER)), "", "SUCCESS", "x" * 20_000])
def test_header_of_anybody_else_refuses_the_request(peer: str, value: str) -> None:
    """Whoever is not the gateway gets no answer with this header, also a proxy believed in X-Forwarded-For."""
    for reader in (ESCAPED, STRUCTURED):
        for act in (reader.guard, reader.client_certificate):
            with pytest.raises(RequestRefused) as caught:
                act(environ(value, peer))
            assert caught.value.code == "request.client_certificate_sender"


@pytest.mark.sec("SEC-36")
def test_forwarded_address_does_not_make_a_gateway() -> None:
    """The sender is the peer of the connection, not what X-Forwarded-For says."""
    for peer in ("198.51.100.7", PROXY):
        frame = environ(structured(DER), peer) | {"HTTP_X_FORWARDED_FOR": GATEWAY}
        with pytest.raises(RequestRefused):
            STRUCTURED.guard(frame)


@pytest.mark.sec("SEC-36")
@pytest.mark.parametrize(
    "value",
    [
        "garbage",
        "MIIB",
        ":MIIB",
        "::",
        ":===:",
        ":MII B:",
        ":MIIB_-:",
        structured(DER) + ";verified",
        f"{structured(DER)}, {structured(DER)}",
        f"{structured(DER)},{structured(DER)}",
        structured(DER[:-1]),
        structured(DER + b"\0"),
        structured(b"\x31" + DER[1:]),
        structured(b"\x30\x80" + DER[4:]),
        structured(b"\x30\x83\x00" + DER[2:]),
        structured(b"\x30\x82\x00\x03abc"),
        structured(b"\x30\x81\x03abc"),
        structured(b"\x30\x82"),
        escaped(pem(DER)),
        structured(b"\x30\x82\x20\x01" + bytes(MAX_DER + 1)),
    ],
)
def test_malformed_structured_field_is_refused(value: str) -> None:
    """Cut, doubled, decorated, not DER, indefinite, over-long or too large: no certificate and no half of one."""
    STRUCTURED.guard(environ(value))
    with pytest.raises(RequestRefused) as caught:
        STRUCTURED.client_certificate(environ(value))
    assert caught.value.code == "request.client_certificate_form"


@pytest.mark.sec("SEC-36")
@pytest.mark.parametrize(
    "value",
    [
        "garbage",
        "%",
        "%4",
        "%GG",
        "-----BEGIN%20CERTIFICATE-----",
        pem(DER).replace("\n", " "),
        escaped(pem(DER)).replace("%2B", "+"),
        escaped(pem(DER) + pem(DER)),
        f"{escaped(pem(DER))},{escaped(pem(DER))}",
        escaped("x" + pem(DER)),
        escaped(pem(DER) + "x"),
        escaped(pem(DER).replace("CERTIFICATE", "X509 CRL")),
        escaped(pem(DER).replace("=", "")),
        escaped(pem(DER)[:-40]),
        escaped(pem(DER[:-3])),
        escaped(pem(b"")),
        quote(escaped(pem(DER))),
        structured(DER),
    ],
)
def test_malformed_escaped_pem_is_refused(value: str) -> None:
    """Only one certificate with nothing around it, escaped once, is taken."""
    ESCAPED.guard(environ(value))
    with pytest.raises(RequestRefused) as caught:
        ESCAPED.client_certificate(environ(value))
    assert caught.value.code == "request.client_certificate_form"


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_refused(value: str) -> None:
    """Whatever stands in the header is None, one certificate, or refused."""
    for reader in (ESCAPED, STRUCTURED):
        try:
            assert reader.client_certificate(environ(value)) is None or value.strip(" \t") != ""
        except RequestRefused as refused:
            assert refused.code == "request.client_certificate_form"


def test_value_over_sixteen_kib_is_too_large() -> None:
    """A long value ends at the frame check, before anything decodes it."""
    STRUCTURED.guard(environ("a" * MAX_TEXT))
    with pytest.raises(TooLarge):
        STRUCTURED.guard(environ("a" * (MAX_TEXT + 1)))


def test_largest_certificate_passes_in_both_forms() -> None:
    """A certificate of 8 KiB is still read."""
    der = b"\x30\x82" + (MAX_DER - 4).to_bytes(2, "big") + bytes(MAX_DER - 4)
    assert ESCAPED.client_certificate(environ(escaped(pem(der)))) == der
    assert STRUCTURED.client_certificate(environ(structured(der))) == der


def test_unset_header_is_read_from_nobody() -> None:
    """Without a name in settings the header means nothing, whoever sends it."""
    off = Edge(WebSettings(), ISSUER)
    for peer in (GATEWAY, "198.51.100.7"):
        off.guard(environ(structured(DER), peer))
        assert off.client_certificate(environ(structured(DER), peer)) is None


def test_a_name_of_the_operators_is_read_and_no_other() -> None:
    """The header has the name that settings give, in any case; another name carries nothing."""
    named = edge(CertificateFormat.RFC9440, "yihaoclientcert")
    assert named.client_certificate(environ(structured(DER), variable="HTTP_YIHAOCLIENTCERT")) == DER
    assert named.client_certificate(environ(structured(DER))) is None


def test_the_request_gives_it_to_endpoints() -> None:
    """`Request.client_certificate` reads on demand; a malformed header refuses only who asks."""
    assert STRUCTURED.request(environ(structured(DER))).client_certificate == DER
    request = STRUCTURED.request(environ("garbage"))
    with pytest.raises(RequestRefused):
        _ = request.client_certificate


@pytest.mark.parametrize("name", ["Client_Cert", "Client Cert", "Client-Cert\n", "客户证书", "-x", "a" * 65])
def test_settings_refuse_a_name_that_is_no_header(name: str) -> None:
    """A name with an underscore, blank, line end or other script would never match or match too much."""
    with pytest.raises(ValidationError):
        WebSettings(client_certificate_header=name, client_certificate_proxies=(ip_network("10.2.0.1/32"),))


def test_settings_refuse_a_header_that_nobody_may_send() -> None:
    """A header without gateways would refuse every caller with a certificate: said at start, not at the first."""
    with pytest.raises(ValidationError, match="client_certificate_proxies"):
        WebSettings(client_certificate_header="Client-Cert")
