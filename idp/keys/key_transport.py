"""The way from a node to its key service: one inner https origin of the settings, by mutual TLS (TLS 1.3)."""

import ssl
from pathlib import Path
from typing import Final

from crypto.keys.remote_messages import CONTENT_TYPE, MAX_BYTES
from idp.errors import SettingsRefused
from idp.outbound import Outbound, OutboundFailed, OutboundRefused

SECONDS: Final = 2.0
"""Time for one exchange: a sign-in waits for it."""


class NoAnswer(OSError):
    """No whole answer came from the key service."""


class KeyTransport:
    """The transport of ``crypto.keys.remote`` over the one way out."""

    def __init__(
        self,
        outbound: Outbound,
        origin: str,
        certificate: Path,
        key: Path,
        authority: Path,
        seconds: float = SECONDS,
    ) -> None:
        """Take the origin of the service, this node's certificate with its key, and who certified the service.

        Raises SettingsRefused when the origin is not https without a path, or a file is none of the kind.
        """
        try:
            tls = ssl.create_default_context(cafile=str(authority))
            tls.minimum_version = ssl.TLSVersion.TLSv1_3
            tls.load_cert_chain(certificate, key)
            self._partner = outbound.partner(origin, tls, seconds, MAX_BYTES)
        except (OSError, OutboundRefused):
            fault = "the key service needs an https origin, a certificate, its key and an authority, in PEM"
            raise SettingsRefused("settings.refused", fault, faults=fault) from None

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send a body and give status and body of the answer; raises NoAnswer."""
        try:
            answer = self._partner.post(path, body, CONTENT_TYPE)
        except OutboundFailed as failure:
            raise NoAnswer(failure.detail) from None
        return answer.status, answer.body

    def close(self) -> None:
        """Give this process's connections back."""
        self._partner.close()
