"""The one way to show an identifier: one mask per kind of data on the whole platform (GB/T 35273-2020).

The functions take clear text that was parsed before. Text too short to hide more than it shows is hidden
whole. Recovery pages show nothing at all, not even these forms.
"""

import ipaddress
import re
import unicodedata

_NAME_PARTS = re.compile("([ ·])")


def mask_id_number(value: str) -> str:
    """Show the first three and the last two characters; the length stays visible."""
    return _keep(value, head=3, tail=2)


def mask_mobile(value: str) -> str:
    """Show the first three and the last two digits of a mobile number without country prefix."""
    return _keep(value, head=3, tail=2)


def mask_document(value: str) -> str:
    """Show the first and the last two characters: passport and permit numbers are only eight or nine long."""
    return _keep(value, head=1, tail=2)


def mask_uscc(value: str) -> str:
    """Return the code as it is, unless it is a sole trader's (92…): that one is personal data."""
    return _keep(value, head=3, tail=2) if value.startswith("92") else value


def mask_name(value: str) -> str:
    """Show the first character only: ``张*``, ``阿*·*``, ``J* *``; a name of one character becomes ``*``.

    The number of stars does not tell the length. Marks that belong to the first character stay with it.
    """
    first, *rest = _NAME_PARTS.split(value)
    start = 1
    while start < len(first) and unicodedata.category(first[start]).startswith("M"):
        start += 1
    if start >= len(value):
        return "*"
    return f"{first[:start]}*" + (f"{rest[0]}*" if rest else "")


def mask_ip(value: str) -> str:
    """Return the network of an address, IPv4 by /24 and IPv6 by /48; ``*`` for text that is no address.

    An IPv4 address mapped into IPv6 is shown as the IPv4 address that it is.
    """
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return "*"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    bits = 24 if address.version == 4 else 48
    without_zone = str(address).partition("%")[0]
    return str(ipaddress.ip_network(f"{without_zone}/{bits}", strict=False))


def _keep(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden <= head + tail:
        return "*" * len(text)
    return f"{text[:head]}{'*' * hidden}{text[-tail:]}"
