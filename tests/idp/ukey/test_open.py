"""Opening the check at boot: off, on, or refused by the name of the key at fault."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from idp.ephemeral.port import Store
from idp.errors import SettingsRefused
from idp.settings import load
from idp.ukey.check import Holder, UkeyCheck
from idp.ukey.open import open_check
from idp.ukey.settings import UkeySettings
from tests.idp.ukey.house import House
from tests.support.ukey_certificates import DAY, KeyCa, Said

TOML = """
issuer = "https://id.example.test"

[ukey]
anchors = "{anchors}"

[[ukey.identities]]
issuer = "CN=Key CA,O=Yihao Tests,C=CN"
rules = [
  {{ oid = "1.2.156.10260.4.1.1", kind = "resident_number" }},
  {{ oid = "1.2.156.10260.4.4" }},
]
"""
ENTRY: dict[str, Any] = {"issuer": "CN=Key CA,O=Yihao Tests,C=CN", "rules": [{"oid": "1.2.156.10260.4.4"}]}


@pytest.fixture
def house(store: Store) -> House:
    """A fresh one."""
    return House(store)


def bundle(folder: Path, texts: Sequence[str]) -> Path:
    """A file of anchors."""
    path = folder / "anchors.pem"
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def opened(
    house: House, anchors: Path | None, identities: list[dict[str, Any]] | None = None
) -> UkeyCheck | None:
    """What the settings give."""
    settings = UkeySettings(anchors=anchors, identities=[ENTRY] if identities is None else identities)
    return open_check(settings, house.net.fetch, house.clock)


def test_without_anchors_the_way_is_off(house: House) -> None:
    """Nothing is opened, and nothing is missing."""
    assert not UkeySettings().is_configured
    assert opened(house, None) is None


def test_a_settings_file_opens_the_check(house: House, tmp_path: Path) -> None:
    """Several authorities in one file, the table beside it; a key of one of them signs in."""
    anchors = bundle(tmp_path, [KeyCa(house.at, "Other CA").certificate.pem(), house.ca.certificate.pem()])
    config = tmp_path / "yihao.toml"
    config.write_text(TOML.format(anchors=anchors), encoding="utf-8")
    section = load({"ukey": UkeySettings}, {"YIHAO_CONFIG": str(config)}).ukey
    assert section.is_configured
    check = open_check(section, house.net.fetch, house.clock)
    assert check is not None
    assert isinstance(check.check_shown(house.certificate().der), Holder)


def test_an_anchor_that_is_over_does_not_keep_the_others_from_serving(house: House, tmp_path: Path) -> None:
    """One authority of many ends some night; the next start must not fail for it."""
    old = KeyCa(house.at - 30 * 365 * DAY, "Old CA")
    check = opened(house, bundle(tmp_path, [old.certificate.pem(), house.ca.certificate.pem()]))
    assert check is not None
    assert isinstance(check.check_shown(house.certificate(Said()).der), Holder)


def test_a_wrong_file_is_refused_by_its_key(house: House, tmp_path: Path) -> None:
    """No file, an empty one, no PEM, a person's certificate, and too many: each names the key, none its content."""
    ca, leaf = house.ca.certificate.pem(), house.certificate().pem()
    for texts, fault in (
        (None, "ukey.anchors: the file cannot be read"),
        ([], "ukey.anchors: malformed"),
        (["anchor"], "ukey.anchors: malformed"),
        ([ca, "-----BEGIN X-----"], "ukey.anchors: malformed"),
        ([ca, leaf], "ukey.anchors: certificate 2: authority"),
        ([ca] * 65, "ukey.anchors: oversize"),
    ):
        path = tmp_path / "none.pem" if texts is None else bundle(tmp_path, texts)
        with pytest.raises(SettingsRefused) as caught:
            opened(house, path)
        assert caught.value.values["faults"] == fault


def test_anchors_without_identities_are_refused(house: House, tmp_path: Path) -> None:
    """The way would be open and lead nowhere."""
    with pytest.raises(SettingsRefused) as caught:
        opened(house, bundle(tmp_path, [house.ca.certificate.pem()]), [])
    assert str(caught.value.values["faults"]).startswith("ukey.identities")


def test_a_wrong_table_is_refused_where_the_settings_are_read(tmp_path: Path) -> None:
    """The entry and the rule are named, with the key of the section."""
    text = TOML.format(anchors="a.pem").replace("1.2.156.10260.4.4", "1.2.3")
    assert tomllib.loads(text)
    config = tmp_path / "yihao.toml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsRefused) as caught:
        load({"ukey": UkeySettings}, {"YIHAO_CONFIG": str(config)})
    assert "ukey.identities" in caught.value.detail
    assert "entry 0 rule 1: kind" in caught.value.detail
