"""The offline table of regions: what it finds, and which files refuse to start."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from idp.errors import SettingsRefused
from idp.risk.regions import Region, Regions, read_regions
from tests.support.places import LINES, NORTH, NOWHERE, SOUTH


@contextmanager
def _refusing(fault: str) -> Iterator[None]:
    with pytest.raises(SettingsRefused) as caught:
        yield
    assert fault in caught.value.detail


def test_networks_are_found_within_wider_ones(tmp_path: Path) -> None:
    """IPv4 by /24 and IPv6 by /48, as sign-ins remember them; what lies beside is unknown."""
    table = tmp_path / "regions.csv"
    table.write_text(LINES, encoding="utf-8")
    regions = read_regions(str(table))
    names = {
        place: region.name for place in (NORTH, SOUTH, "2001:db8:7::/48") if (region := regions.find(place))
    }
    assert names == {NORTH: "黑龙江", SOUTH: "广东", "2001:db8:7::/48": "广东"}
    for place in (NOWHERE, "192.0.3.0/24", "192.0.2.0/23", "2001:db9::/48", "0.0.0.0/8", "*", ""):
        assert regions.find(place) is None


def test_a_distance_is_as_on_maps() -> None:
    """Beijing to Shanghai: 1,067 km as the crow flies, within one in a hundred."""
    beijing, shanghai = Region("a", 39.9042, 116.4074), Region("b", 31.2304, 121.4737)
    assert beijing.km_to(shanghai) == pytest.approx(1067, rel=0.01)
    assert beijing.km_to(beijing) == 0


@pytest.mark.parametrize(
    "line",
    [
        "192.0.2.0/24,黑龙江,45.80",
        "192.0.2.1/24,黑龙江,45.80,126.53",
        "192.0.2.0/24,,45.80,126.53",
        "192.0.2.0/24,黑龙江,145.80,126.53",
        "192.0.2.0/24,黑龙江,nan,126.53",
        "no network,黑龙江,45.80,126.53",
    ],
)
def test_a_wrong_line_refuses_to_start_and_is_named(line: str, tmp_path: Path) -> None:
    """The second line is wrong, and the fault says so."""
    table = tmp_path / "regions.csv"
    table.write_text(f"203.0.113.0/24,北京,39.90,116.40\n{line}\n", encoding="utf-8")
    with _refusing("line 2"):
        read_regions(str(table))


def test_overlaps_and_missing_files_refuse_to_start(tmp_path: Path) -> None:
    """Two answers for one network are none."""
    region = Region("a", 0.0, 0.0)
    with _refusing("overlap"):
        Regions([(ip_network("10.0.0.0/8"), region), (ip_network("10.1.0.0/16"), region)])
    with _refusing("regions_file"):
        read_regions(str(tmp_path / "missing.csv"))
