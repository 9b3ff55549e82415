"""What people type into the one box of the sign-in page."""

import pytest

from tests.support.factories import PASSWORD
from tests.support.journey import Browser
from tests.support.provider import Provider
from tests.support.synthetic import synthetic_id_number, with_id_check

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
WITH_X = next(n for n in map(synthetic_id_number, range(1, 200)) if n.endswith("X"))


def _sign_in(provider: Provider, typed: str, password: str = PASSWORD) -> Browser:
    return Browser(provider).open("/login").submit(identifier=typed, password=password)


@pytest.mark.parametrize(
    "typed",
    [
        WITH_X,
        WITH_X.lower(),
        WITH_X.translate(FULL_WIDTH),
        f"  {WITH_X[:6]} {WITH_X[6:14]} {WITH_X[14:]} ",
        f"{WITH_X[:6]}-{WITH_X[6:14]}-{WITH_X[14:]}",
        f"\u3000{WITH_X}\u00a0",
        WITH_X[:6] + WITH_X[8:17],
    ],
    ids=["as printed", "small x", "full width", "spaces", "hyphens", "wide spaces", "15 digits"],
)
@pytest.mark.clause("GB 11643-1999", "4")
def test_the_id_number_in_every_writing(provider: Provider, typed: str) -> None:
    """All writings of one number are one account."""
    provider.make.person(id_number=WITH_X)
    assert _sign_in(provider, typed).path == "/account"


@pytest.mark.parametrize("form", ["{}", "+86{}", "+86 {}", "0086{}", " {} "])
def test_the_mobile_number_in_every_writing(provider: Provider, form: str) -> None:
    """With and without the country's prefix."""
    person = provider.make.person()
    assert _sign_in(provider, form.format(person.mobile)).path == "/account"


@pytest.mark.parametrize(
    ("kind", "number"),
    [("154", with_id_check("81000019010203001")), ("553", with_id_check("91115619010203001"))],
    ids=["Hong Kong, Macao, Taiwan residence", "foreign permanent residence"],
)
def test_cards_of_eighteen_characters_for_others(provider: Provider, kind: str, number: str) -> None:
    """Residents from Hong Kong, Macao and Taiwan and foreign permanent residents sign in alike."""
    provider.make.person(id_kind=kind, id_number=number)
    browser = _sign_in(provider, number)
    assert browser.path == "/account", browser.page[-2500:]


@pytest.mark.sec("SEC-28")
def test_an_unknown_number_looks_like_a_wrong_password(provider: Provider) -> None:
    """The pages for somebody unknown and for a wrong password differ in nothing but the typed number."""
    person = provider.make.person()
    unknown = synthetic_id_number(994)
    pages = []
    for typed in (unknown, person.id_number):
        browser = _sign_in(provider, typed, "wrong")
        fields = browser.hidden()
        page = browser.page
        for value in (typed, fields["csrf_token"], fields["transaction"]):
            page = page.replace(value, "")
        pages.append((browser.status, page))
    assert pages[0] == pages[1]
    assert [event.actor for event in provider.events("sign_in.refused")] == ["unknown", f"person:{person.id}"]


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "hello", "12345", "140199190001010999", "１２３", '"><script>alert(1)</script>', "9" * 5000],
)
def test_garbage_is_explained_and_stays_in_the_box(provider: Provider, typed: str) -> None:
    """What is no number of any kind costs no try and is still there to be corrected; the password is not."""
    browser = _sign_in(provider, typed, "my secret words")
    assert browser.status == 200 and 'id="password"' in browser.page
    assert 'aria-invalid="true"' in browser.page
    assert "my secret words" not in browser.page and "<script>alert" not in browser.page
    if typed.isalnum():
        assert f'value="{typed}"' in browser.page
    assert not provider.events("sign_in.refused")


def test_an_empty_password_is_asked_for(provider: Provider) -> None:
    """Without a password nothing is checked or counted, and the number stays."""
    person = provider.make.person()
    browser = _sign_in(provider, person.id_number, "")
    assert person.id_number in browser.page and 'aria-invalid="true"' in browser.page
    assert not provider.events("sign_in.refused")


def test_a_mobile_number_is_one_persons(provider: Provider) -> None:
    """Somebody without a mobile number signs in by ID number; the number of another leads to that other only."""
    first = provider.make.person()
    second = provider.make.person(mobile=None, name="测试乙", password="another 密码 altogether")
    assert _sign_in(provider, first.mobile, "another 密码 altogether").cookie("yh_session") is None
    assert _sign_in(provider, second.id_number, second.password).path == "/account"
