"""Pure: what an organisation's state means, and what a word of the register changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from idp.identifiers.uscc import Uscc
from idp.organisations.models import OrganisationType, RegistrationStatus
from idp.organisations.store import Organisation

READ_ONLY_DAYS: Final = 90
"""How long the papers of an organisation that ended can still be read by those who acted for it (E11)."""
ACTIVE: Final = frozenset({RegistrationStatus.REGISTERED, RegistrationStatus.ABNORMAL})
"""Standings in the register under which an organisation goes on doing business."""
_KINDS: Mapping[str, OrganisationType] = MappingProxyType(
    {
        "11": OrganisationType.AUTHORITY,
        "12": OrganisationType.PUBLIC_INSTITUTION,
        "31": OrganisationType.LAW_FIRM,
        "51": OrganisationType.SOCIAL_ORGANISATION,
        "52": OrganisationType.PRIVATE_NON_ENTERPRISE,
        "53": OrganisationType.FOUNDATION,
        "91": OrganisationType.ENTERPRISE,
        "92": OrganisationType.SOLE_TRADER,
        "93": OrganisationType.COOPERATIVE,
    }
)


def kind_of(uscc: Uscc) -> OrganisationType:
    """The kind that registering department and category tell (GB 32100-2015 §5)."""
    return _KINDS.get(uscc.department + uscc.category, OrganisationType.OTHER)


def is_usable(organisation: Organisation) -> bool:
    """Whether people may act for this organisation, now: asked by every choice, grant and use of a token."""
    return is_standing(organisation.status, organisation.frozen_for)


def is_standing(status: RegistrationStatus, frozen_for: str | None) -> bool:
    """The same of the two facts that decide it."""
    return status in ACTIVE and frozen_for is None


def is_readable(organisation: Organisation, now: datetime) -> bool:
    """Whether those who acted for it may still read what it has here, although nobody acts for it any more."""
    until = organisation.read_only_until
    return is_usable(organisation) or organisation.status in ACTIVE or (until is not None and now < until)


def read_only_until(
    before: RegistrationStatus | None, after: RegistrationStatus, now: datetime
) -> datetime | None:
    """Until when papers stay readable once the register says that the organisation has ended; None while it goes on."""
    if after in ACTIVE or before == after:
        return None
    return now + timedelta(days=READ_ONLY_DAYS)


def has_other_representative(before: Organisation, after: Organisation) -> bool:
    """Whether the register names another person than before."""
    if before.representative_number is None:
        return False
    return (before.representative_kind, before.representative_number) != (
        after.representative_kind,
        after.representative_number,
    )
