"""Opens the check of USB keys at boot, from what the settings name."""

from typing import Final

from crypto.errors import CertificateRejected
from crypto.x509 import certificate as certificates
from crypto.x509 import path
from crypto.x509.certificate import Certificate
from crypto.x509.identity import IdentityTable
from crypto.x509.path import Purpose
from crypto.x509.revocation import Checker, Fetch
from idp.clock import Clock
from idp.errors import SettingsRefused
from idp.ukey.check import UkeyCheck
from idp.ukey.settings import UkeySettings

MOST_ANCHORS: Final = 64


def open_check(settings: UkeySettings, outbound_fetch: Fetch, clock: Clock) -> UkeyCheck | None:
    """The check, or None where no anchors are named.

    An anchor that is over is no fault: what hangs from it is refused, and the others go on. Raises SettingsRefused.
    """
    if settings.anchors is None:
        return None
    if not settings.identities:
        raise _refused("ukey.identities: a key signs nobody in without them")
    try:
        anchors = certificates.parse_pem(settings.anchors.read_bytes(), MOST_ANCHORS)
    except OSError:
        raise _refused("ukey.anchors: the file cannot be read") from None
    except CertificateRejected as rejected:
        raise _refused(f"ukey.anchors: {rejected.reason}") from None
    for number, each in enumerate(anchors, start=1):
        _check_anchor(each, number)
    return UkeyCheck(anchors, IdentityTable.from_entries(settings.identities), Checker(outbound_fetch), clock)


def _check_anchor(anchor: Certificate, number: int) -> None:
    try:
        path.check_authority(anchor, Purpose.CLIENT, 0)
    except CertificateRejected as rejected:
        raise _refused(f"ukey.anchors: certificate {number}: {rejected.reason}") from None
    if anchor.extensions.has_unknown_critical:
        raise _refused(f"ukey.anchors: certificate {number}: critical")


def _refused(fault: str) -> SettingsRefused:
    return SettingsRefused("settings.refused", fault, faults=fault)
