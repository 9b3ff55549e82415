"""The certificate that a caller showed to the gateway in front, as the gateway hands it on in one named header.

TLS ends at the gateway (TLCP, RFC 8998 or plain TLS), which alone has checked that the caller holds the key.
So the header is worth what its sender is worth: it counts from the gateways that settings name, and its mere
presence in a request of anybody else refuses that request. A flag header such as `$ssl_client_verify` is not
read: the chain, the validity and the revocation of a certificate are checked again by whoever uses it.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from idp.errors import RequestRefused, TooLarge
from idp.observe.log import logger
from idp.web.addresses import Networks, parse
from idp.web.settings import CertificateFormat, WebSettings

MAX_TEXT = 16 * 1024
"""The longest header value; a certificate of 8 KiB with every octet escaped still fits."""
MAX_DER = 8 * 1024

_log = logger(__name__)
_ESCAPED = re.compile("(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END CERTIFICATE-----(?:\r?\n)?"
)
_BYTE_SEQUENCE = re.compile(":([A-Za-z0-9+/]+)={0,2}:", re.ASCII)


class CertificateHeader:
    """Reads the certificate header that settings name; without a name it is off and sees nothing."""

    def __init__(self, settings: WebSettings) -> None:
        name = settings.client_certificate_header
        self._variable = "HTTP_" + name.upper().replace("-", "_") if name else ""
        self._gateways = Networks(settings.client_certificate_proxies)
        self._decode = _DECODERS[settings.client_certificate_format]

    def guard(self, environ: Mapping[str, Any]) -> None:
        """Let a request without the header pass, and one with it only from a gateway (RFC 9440 §4).

        Raises RequestRefused for the header, even an empty one, from anybody else: that is a try to pass for
        the holder of a certificate, and no answer to the rest of such a request is owed. A spelling with
        underscores is the same variable here. Raises TooLarge for a value over 16 KiB.
        """
        if self._variable not in environ:
            return
        peer = parse(str(environ.get("REMOTE_ADDR") or ""))
        if peer is None or not self._gateways.hold(peer):
            _log.warning("client_certificate.foreign_sender", path=str(environ.get("PATH_INFO") or "/"))
            raise RequestRefused("request.client_certificate_sender")
        if len(environ[self._variable]) > MAX_TEXT:
            raise TooLarge("request.large")

    def read(self, environ: Mapping[str, Any]) -> bytes | None:
        """The certificate in DER, one whole SEQUENCE of at most 8 KiB; None when the caller showed none.

        Nothing inside it is parsed or believed here. Raises what `guard` raises, and RequestRefused for a
        value that is not exactly one certificate in the agreed form: cut, doubled, or in another form.
        """
        self.guard(environ)
        value = str(environ.get(self._variable) or "").strip(" \t")
        if not value:
            return None
        der = self._decode(value)
        if der is None or not _is_one_sequence(der):
            raise RequestRefused("request.client_certificate_form")
        return der


def _escaped_pem(value: str) -> bytes | None:
    """One PEM certificate, percent-encoded: nginx's `$ssl_client_escaped_cert` (RFC 7468 §5)."""
    if not _ESCAPED.fullmatch(value):
        return None
    pem = _PEM.fullmatch(unquote_to_bytes(value))
    return _base64(b"".join(pem[1].split())) if pem else None


def _byte_sequence(value: str) -> bytes | None:
    """One Byte Sequence without parameters: `:base64:` (RFC 9440 §2.1, RFC 8941 §4.2.7)."""
    found = _BYTE_SEQUENCE.fullmatch(value)
    if found is None:
        return None
    # Padding may be missing, which a reader should bear (RFC 8941 §4.2.7).
    return _base64(found[1].encode() + b"=" * (-len(found[1]) % 4))


_DECODERS: Mapping[CertificateFormat, Callable[[str], bytes | None]] = {
    CertificateFormat.ESCAPED_PEM: _escaped_pem,
    CertificateFormat.RFC9440: _byte_sequence,
}


def _base64(text: bytes) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def _is_one_sequence(der: bytes) -> bool:
    """Whether this is one SEQUENCE in DER with nothing behind it, and of a size that a certificate may have."""
    if not 4 <= len(der) <= MAX_DER or der[0] != 0x30:
        return False
    if der[1] < 0x80:
        return len(der) == 2 + der[1]
    octets = der[1] & 0x7F
    length = int.from_bytes(der[2 : 2 + octets], "big")
    least = 0x80 if octets == 1 else 0x100
    return octets in {1, 2} and length >= least and len(der) == 2 + octets + length
