"""Where a network is, by a table that lies on this machine: nobody outside is asked about anybody's address."""

import csv
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Final

from idp.errors import SettingsRefused

EARTH_KM: Final = 6371.0


@dataclass(frozen=True, slots=True)
class Region:
    """A region by the name that officers read, and its middle in degrees."""

    name: str
    latitude: float
    longitude: float

    def km_to(self, other: "Region") -> float:
        """The way along the surface in kilometres (haversine)."""
        up, along = radians(other.latitude - self.latitude), radians(other.longitude - self.longitude)
        half = sin(up / 2) ** 2
        half += cos(radians(self.latitude)) * cos(radians(other.latitude)) * sin(along / 2) ** 2
        return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


class Regions:
    """Networks in order, each with its region; none overlaps another."""

    def __init__(self, rows: Iterable[tuple[IPv4Network | IPv6Network, Region]]) -> None:
        self._rows = sorted(rows, key=lambda row: _place_of(row[0]))
        self._starts = [_place_of(network) for network, _ in self._rows]
        for (one, _), (next_one, _) in zip(self._rows, self._rows[1:], strict=False):
            if one.version == next_one.version and one.overlaps(next_one):
                raise _refused(f"{one} and {next_one} overlap")

    def find(self, place: str) -> Region | None:
        """The region of a network as sign-ins remember it; None where the table does not tell."""
        try:
            network = ip_network(place)
        except ValueError:
            return None
        at = bisect_right(self._starts, _place_of(network)) - 1
        if at < 0:
            return None
        known, region = self._rows[at]
        is_within = known.version == network.version and int(network[-1]) <= int(known[-1])
        return region if is_within else None


def read_regions(path: str) -> Regions:
    """The table of a file, or an empty one for no path. Raises SettingsRefused with the line that is wrong."""
    if not path:
        return Regions(())
    try:
        with Path(path).open(encoding="utf-8", newline="") as lines:
            return Regions(_row(number, cells) for number, cells in enumerate(csv.reader(lines), 1))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _refused(type(error).__name__) from None


def _row(number: int, cells: list[str]) -> tuple[IPv4Network | IPv6Network, Region]:
    try:
        network, name, latitude, longitude = cells
        region = Region(name.strip(), float(latitude), float(longitude))
        found = ip_network(network.strip())
    except ValueError:
        raise _refused(f"line {number}") from None
    if not region.name or not (-90 <= region.latitude <= 90 and -180 <= region.longitude <= 180):
        raise _refused(f"line {number}")
    return found, region


def _place_of(network: IPv4Network | IPv6Network) -> tuple[int, int]:
    return network.version, int(network.network_address)


def _refused(fault: str) -> SettingsRefused:
    faults = f"risk.regions_file: {fault}"
    return SettingsRefused("settings.refused", faults, faults=faults)
