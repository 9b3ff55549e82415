"""Picture and sound over HTTP: for the browser that was asked, kept by no cache, whole or in parts."""

import re

import pytest

from idp.ephemeral.port import Store
from idp.limits.rules import RULES, Counts, Rule
from idp.web.door import Door
from tests.idp.humanity.house import House, get, new_browser
from tests.support.beeps import count_beeps

REFERENCE = re.compile(rb"\b[0-9A-F]{4}-[0-9A-F]{4}\b")
BOTH = ("picture", "sound")


@pytest.fixture
def house(store: Store) -> House:
    """Proofs of humanity over the store under test."""
    return House(store)


@pytest.fixture
def door(house: House) -> Door:
    """The addresses of the package."""
    return house.door()


def _url(medium: str, challenge_id: str, more: str = "") -> str:
    return f"/humanity/{medium}?challenge={challenge_id}{more}"


@pytest.mark.parametrize(("medium", "kind"), [("picture", "image/png"), ("sound", "audio/wav")])
def test_own_browser_has_it_and_no_cache_keeps_it(house: House, door: Door, medium: str, kind: str) -> None:
    """The right type, which nobody guesses at, no-store, and readable by this origin only."""
    seen = get(door, _url(medium, house.begin()), house.cookie)
    assert (seen.status, seen.headers["Content-Type"]) == (200, kind)
    assert seen.headers["Cache-Control"] == "no-store"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert len(seen.body) == int(seen.headers["Content-Length"]) > 1000


def test_served_sound_is_that_of_the_challenge(house: House, door: Door) -> None:
    """What is heard at the address answers the challenge."""
    challenge_id = house.begin()
    heard = count_beeps(get(door, _url("sound", challenge_id), house.cookie).body)
    assert heard == house.answers(challenge_id)[1]


def test_large_picture_is_asked_for(house: House, door: Door) -> None:
    """`large=1` gives twice the width and height (bytes 16 to 24 of a PNG), everything else the usual size."""
    challenge_id = house.begin()
    sizes = {
        more: get(door, _url("picture", challenge_id, more), house.cookie).body[16:24]
        for more in ("", "&large=1", "&large=2")
    }
    assert [int.from_bytes(size[:4], "big") for size in sizes.values()] == [220, 440, 220]


@pytest.mark.parametrize("medium", BOTH)
@pytest.mark.sec("SEC-28")
def test_whatever_is_not_ones_own_is_answered_alike(house: House, door: Door, medium: str) -> None:
    """Unknown, foreign, answered, used up, expired, and without a cookie: the same page of 404, byte for byte."""
    foreign, answered, used, expired = (house.begin() for _ in range(4))
    house.humanity.check(answered, house.browser, house.answers(answered)[0])
    for _ in range(3):
        house.humanity.check(used, house.browser, "")
    stranger, _ = new_browser()
    asked = [(foreign, stranger), (answered, house.cookie), (used, house.cookie), ("A" * 43, house.cookie)]
    seen = [get(door, _url(medium, challenge_id), cookie) for challenge_id, cookie in asked]
    house.clock.advance(301)
    seen.append(get(door, _url(medium, expired), house.cookie))
    seen.append(get(door, f"/humanity/{medium}", house.cookie))
    assert {one.status for one in seen} == {404}
    # The time of a failure stands on its page, so that the last two are compared apart.
    pages = [REFERENCE.sub(b"", one.body) for one in seen]
    assert len(set(pages[:4])) == len(set(pages[4:])) == 1
    assert b"<html" in pages[0]
    assert get(door, _url(medium, expired), None).status == 404


@pytest.mark.parametrize("medium", BOTH)
def test_looking_costs_no_try(house: House, door: Door, medium: str) -> None:
    """However often it is fetched, also by HEAD, the challenge stays as it was."""
    challenge_id = house.begin()
    before = house.box.get(challenge_id)
    bodies = {get(door, _url(medium, challenge_id), house.cookie).body for _ in range(4)}
    assert get(door, _url(medium, challenge_id), house.cookie, "HEAD").body == b""
    assert len(bodies) == 1
    assert house.box.get(challenge_id) == before


@pytest.mark.parametrize("medium", BOTH)
def test_only_reading_is_served(house: House, door: Door, medium: str) -> None:
    """A form sent there is refused."""
    assert get(door, _url(medium, house.begin()), house.cookie, "POST").status == 405


@pytest.mark.clause("RFC 9110", "14.2")
@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-1", 0, 1), ("bytes=100-", 100, -1), ("bytes=-44", -44, -1), ("bytes=40-999999999", 40, -1)],
)
def test_part_of_the_sound(house: House, door: Door, wanted: str, first: int, last: int) -> None:
    """Players that fetch in parts have the part that they named, and are told of how much."""
    url = _url("sound", house.begin())
    whole = get(door, url, house.cookie).body
    size = len(whole)
    begin, end = first % size, last % size
    seen = get(door, url, house.cookie, range=wanted)
    assert seen.status == 206
    assert seen.body == whole[begin : end + 1]
    assert seen.headers["Content-Range"] == f"bytes {begin}-{end}/{size}"


@pytest.mark.clause("RFC 9110", "14.2")
@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,5-6", "bytes=5-2", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=１-２", "x" * 4000]
)
def test_other_wishes_get_the_whole(house: House, door: Door, wanted: str) -> None:
    """Several parts, backward ones and what is no range are passed over."""
    url = _url("sound", house.begin())
    seen = get(door, url, house.cookie, range=wanted)
    assert (seen.status, seen.body) == (200, get(door, url, house.cookie).body)


@pytest.mark.clause("RFC 9110", "14.2")
@pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=-0"])
def test_part_behind_the_end(house: House, door: Door, wanted: str) -> None:
    """What lies behind the end is refused with the size."""
    url = _url("sound", house.begin())
    size = len(get(door, url, house.cookie).body)
    seen = get(door, url, house.cookie, range=wanted)
    assert (seen.status, seen.headers["Content-Range"], seen.body) == (416, f"bytes */{size}", b"")


def test_drawing_has_a_limit(house: House, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """One source makes the provider draw so often in a minute and no oftener."""
    monkeypatch.setitem(RULES, "humanity_media", Rule(Counts.EVERY, 2, 60))
    url = _url("picture", house.begin())
    assert [get(door, url, house.cookie).status for _ in range(3)] == [200, 200, 429]
