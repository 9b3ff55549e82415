"""In which capacity somebody acts (china.md ORG-02, ORG-03, NAT-09, NAT-10)."""

from enum import StrEnum
from typing import Final

ALL: Final = "*"
"""Stands for every matter; least is the default, all is asked for by name (ORG-06)."""


class Capacity(StrEnum):
    """`self` is oneself; the next three act for an organisation, the last two for a person."""

    SELF = "self"
    LEGAL_REPRESENTATIVE = "legal_representative"
    ADMINISTRATOR = "administrator"
    AGENT = "agent"
    GUARDIAN = "guardian"
    FAMILY = "family"
