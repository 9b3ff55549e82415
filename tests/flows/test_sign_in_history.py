"""C20: what a person sees of sign-ins, and what nobody else does."""

import csv
import io

from tests.support.factories import MadePerson
from tests.support.journey import Browser
from tests.support.provider import Provider

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"
DAY = 86_400


def _signed_in(provider: Provider, address: str = "192.0.2.10") -> tuple[MadePerson, Browser]:
    person = provider.make.person()
    browser = Browser(provider, address)
    browser.open("/login").submit(identifier=person.id_number, password=person.password)
    return person, browser


def test_done_and_refused_sign_ins_are_listed_with_device_and_part_of_the_place(
    any_provider: Provider,
) -> None:
    """The owner sees both kinds, the filter parts them, and no full address or number is shown."""
    person, browser = _signed_in(any_provider)
    other = Browser(any_provider, "198.51.100.7")
    other.open("/login")
    other.post(
        "/login",
        {**other.hidden(), "identifier": person.id_number, "password": "wrong one"},
        **{"User-Agent": CHROME},
    )
    page = browser.open("/account/history").page
    assert page.count('<th scope="row">') == 2
    assert "Chrome · Windows" in page and "198.51.100.0/24" in page
    assert "198.51.100.7" not in page and person.id_number not in page
    assert browser.open("/account/history?show=refused").page.count('<th scope="row">') == 1
    assert browser.open("/account/history?show=done").page.count('<th scope="row">') == 1


def test_what_happened_to_others_is_not_there(provider: Provider) -> None:
    """Another person's sign-ins stand in that person's history only."""
    _, browser = _signed_in(provider)
    for _ in range(3):
        _signed_in(provider, "203.0.113.9")
    assert "203.0.113" not in browser.open("/account/history").page


def test_records_end_after_180_days(provider: Provider) -> None:
    """A sign-in older than 180 days is not shown any more."""
    person, _ = _signed_in(provider)
    provider.clock.advance(181 * DAY)
    later = Browser(provider, "198.51.100.7")
    later.open("/login").sign_in(person)
    page = later.open("/account/history").page
    assert "198.51.100" in page and "192.0.2" not in page


def test_long_histories_are_read_by_pages(provider: Provider) -> None:
    """Fifty on a page; the link leads to the rest, each sign-in once."""
    person, browser = _signed_in(provider)
    for _ in range(59):
        provider.clock.advance(60)
        browser.open("/login").submit("/login/continue", choice="other").sign_in(person)
    first = browser.open("/account/history").page
    assert first.count('<th scope="row">') == 50
    older = first.partition('href="/account/history?before=')[2].partition('"')[0]
    assert browser.open(f"/account/history?before={older}").page.count('<th scope="row">') == 10
    assert "before=" not in browser.page


def test_the_file_holds_the_same_and_no_formula(provider: Provider) -> None:
    """The export is a table with as many rows, and no cell begins as a formula would."""
    _, browser = _signed_in(provider)
    rows = list(csv.reader(io.StringIO(browser.open("/account/history/export").page.lstrip("\ufeff"))))
    assert browser.headers["Content-Type"].startswith("text/csv") and len(rows) == 2
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@"}]


def test_odd_filters_are_no_filters(provider: Provider) -> None:
    """What is no filter or page number shows everything and breaks nothing."""
    _, browser = _signed_in(provider)
    for query in ("show=all%27", "before=abc", "before=99999999999999999999", "before=-1", "show=&before=0"):
        assert browser.open(f"/account/history?{query}").status == 200
