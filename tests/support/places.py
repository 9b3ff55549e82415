"""A small table of regions over documentation addresses (RFC 5737), with real distances."""

from ipaddress import ip_network

from idp.risk.regions import Region, Regions

NORTH = "192.0.2.0/24"
SOUTH = "198.51.100.0/24"
NOWHERE = "203.0.113.0/24"
LINES = (
    "192.0.2.0/24,黑龙江,45.80,126.53\n198.51.100.0/23,广东,23.13,113.26\n2001:db8::/32,广东,23.13,113.26\n"
)
TABLE = Regions(
    (ip_network(network), Region(name, float(latitude), float(longitude)))
    for network, name, latitude, longitude in (line.split(",") for line in LINES.splitlines())
)
