"""SEC-18: what a caller writes about where he is changes nothing in what is asked of him."""

from pathlib import Path

import pytest

from tests.support.journey import Browser
from tests.support.places import LINES
from tests.support.provider import Provider, SqliteTemplate

HOME, AWAY = "192.0.2.10", "198.51.100.10"
CLAIMS = (
    HOME,
    f"{HOME}, {AWAY}",
    f"{AWAY}, {HOME}",
    "fe80::1%eth0",
    "not an address",
    "",
    "192.0.2.10:443",
    "::ffff:192.0.2.10",
    "0300.0.2.10",
)
HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")


@pytest.mark.sec("SEC-18")
@pytest.mark.parametrize("header", HEADERS)
def test_no_header_makes_an_unusual_sign_in_usual(
    header: str, sqlite_template: SqliteTemplate, tmp_path: Path
) -> None:
    """From far away within minutes: whatever a header claims, one more step is asked for and no session opened."""
    table = tmp_path / "regions.csv"
    table.write_text(LINES, encoding="utf-8")
    settings = {"YIHAO_RISK__REGIONS_FILE": str(table)}
    provider = Provider({**sqlite_template.copy(tmp_path), **settings})
    person = provider.make.person()
    Browser(provider, HOME).open("/account").sign_in(person)
    provider.clock.advance(600)
    for claim in CLAIMS:
        value = f"for={claim}" if header == "Forwarded" else claim
        browser = Browser(provider, AWAY).open("/account", **{header: value})
        fields = {**browser.hidden(), "identifier": person.id_number, "password": person.password}
        browser.post("/login", fields, **{header: value})
        assert browser.path == "/login/more", (header, claim)
        assert browser.cookie("yh_session") is None, (header, claim)
    provider.close()
