"""Passports, travel permits, the old card of foreign residents, and regions."""

import pytest

from idp.identifiers.document import (
    DOCUMENT_NAMES,
    Document,
    DocumentKind,
    ForeignCard15,
    parse_document,
)
from idp.identifiers.errors import IdentifierRejected
from idp.identifiers.id_number import IdKind
from idp.identifiers.region import PROVINCES, Region, parse_region

PASSPORT = DocumentKind.PASSPORT
TAIWAN = DocumentKind.TAIWAN_TRAVEL_PERMIT
HK_MACAO = DocumentKind.HK_MACAO_TRAVEL_PERMIT
FOREIGN = DocumentKind.FOREIGN_PERMANENT


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (PASSPORT, "e00000000", "E00000000"),
        (PASSPORT, "ＥＡ 0000000", "EA0000000"),
        (PASSPORT, "000000000", "000000000"),
        (HK_MACAO, "h00000000", "H00000000"),
        (HK_MACAO, "M0000000001", "M00000000"),
        (TAIWAN, "00000000", "00000000"),
        (TAIWAN, "0000000002", "00000000"),
        (FOREIGN, "usa 140000000000", "USA140000000000"),
    ],
)
def test_document_number_is_stored_in_one_form(kind: DocumentKind, typed: str, value: str) -> None:
    """Capitals without spaces; the counter of renewals is not part of the number."""
    document = parse_document(kind, typed)
    assert (document.kind, document.value) == (kind, value)
    assert parse_document(kind, document.value) == document


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (PASSPORT, ""),
        (PASSPORT, "E000"),
        (PASSPORT, "ABCDEFGH"),
        (PASSPORT, "E000000000000000"),
        (PASSPORT, "E0000000\u0000"),
        (PASSPORT, "É0000000"),
        (PASSPORT, "E000000①"),
        (PASSPORT, "0" * 10_000),
        (HK_MACAO, "A00000000"),
        (HK_MACAO, "H0000000"),
        (HK_MACAO, "H000000001"),
        (HK_MACAO, "H0000000٠"),
        (TAIWAN, "000000000"),
        (TAIWAN, "T00000000"),
        (TAIWAN, "0000000०"),
        (FOREIGN, "US1140000000000"),
        (FOREIGN, "USA14000000000"),
        (FOREIGN, "91484019000101001X"),
    ],
)
def test_document_number_of_another_form_is_refused(kind: DocumentKind, typed: str) -> None:
    """Each kind has its own form."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_document(kind, typed)
    assert refusal.value.code == "document.format"


def test_old_foreign_card_is_its_own_type_with_its_country() -> None:
    """It stands beside the holder's new number, so it must not be taken for another document."""
    card = parse_document(FOREIGN, "USA140000000000")
    assert card == ForeignCard15("USA140000000000")
    assert isinstance(card, ForeignCard15)
    assert card.country == "USA"


def test_constructor_takes_the_stored_form_only() -> None:
    """A value that exists is valid, whatever way it was made."""
    with pytest.raises(IdentifierRejected):
        Document(HK_MACAO, "H0000000001")
    with pytest.raises(IdentifierRejected):
        ForeignCard15("usa140000000000")


def test_every_kind_of_document_has_a_name() -> None:
    """The list of kinds on the page comes from this table."""
    assert DOCUMENT_NAMES.keys() == {*IdKind, *DocumentKind}


@pytest.mark.parametrize("typed", ["140100", "142701", "659099", "100000", "８３００００"])
def test_region_of_a_known_province_is_accepted_whatever_the_county(typed: str) -> None:
    """Counties that were abolished or never existed are not looked up."""
    region = parse_region(typed)
    assert region.province + region.city + region.county == region.value == str(region)


def test_region_tells_its_parts() -> None:
    """Province, city, county, and the province's name."""
    region = parse_region("142701")
    assert (region.province, region.city, region.county, region.province_name) == ("14", "27", "01", "山西省")
    assert Region("100000").province_name is None


@pytest.mark.parametrize(
    "typed", ["", "14010", "1401000", "160000", "000000", "14010A", "1401٠٠", "1401\u00002"]
)
def test_other_region_is_refused(typed: str) -> None:
    """Six digits of a known province, nothing else."""
    with pytest.raises(IdentifierRejected) as refusal:
        parse_region(typed)
    assert refusal.value.code == "region.format"


def test_provinces_are_those_of_the_standard() -> None:
    """31 mainland divisions, Taiwan, Hong Kong, Macao, the permit code of Taiwan and abroad."""
    assert len(PROVINCES) == 36
    assert PROVINCES["14"] == "山西省"
