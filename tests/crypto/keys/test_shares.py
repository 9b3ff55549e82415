"""The root key in the hands of several officers."""

from dataclasses import replace
from itertools import combinations

import pytest
from Cryptodome.Protocol.SecretSharing import Shamir
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import KeyUnusable, ShareRefused
from crypto.keys import shares
from crypto.keys.shares import Share
from crypto.sm.sm2 import Sm2PrivateKey

SECRET = bytes.fromhex("8f3c1d57a9e24b60d1720c95fe6b3a48")
CHECK = shares.check_value(SECRET, 3)
PLACE = ("ceremony 1", "3", "custodian a")


def three_of_five() -> list[Share]:
    """Five shares of the secret, of which three give it back."""
    return shares.split(SECRET, 3, 5, 3)


def refusal(*presented: Share, expected: bytes = CHECK) -> str:
    """The machine word with which these shares are refused."""
    with pytest.raises(ShareRefused) as caught:
        shares.combine(presented, expected)
    return caught.value.reason


def test_any_three_of_five_give_the_key_back_and_two_do_not() -> None:
    """Every choice of three or more, in any order; two are too few."""
    made = three_of_five()
    assert [share.index for share in made] == [1, 2, 3, 4, 5]
    for count in (3, 4, 5):
        for chosen in combinations(made, count):
            assert shares.combine(chosen, CHECK) == shares.combine(chosen[::-1], CHECK) == SECRET
    for chosen in combinations(made, 2):
        assert refusal(*chosen) == "too_few"
    assert refusal() == "too_few"


@given(st.binary(min_size=16, max_size=16), st.integers(2, 8), st.integers(0, 8), st.integers(0, 0xFFFF))
@settings(max_examples=40, deadline=None)
def test_every_key_survives_being_split_and_written(
    secret: bytes, threshold: int, spare: int, generation: int
) -> None:
    """Through the 34 bytes and back; the sharing itself is that of pycryptodomex."""
    made = shares.split(secret, threshold, threshold + spare, generation)
    read = [Share.from_bytes(bytes(share)) for share in made]
    assert read == made
    chosen = read[-threshold:]
    assert shares.combine(chosen, shares.check_value(secret, generation)) == secret
    assert Shamir.combine([(share.index, share.value) for share in chosen], ssss=False) == secret


def test_shares_of_two_splits_do_not_mix() -> None:
    """A share from another ceremony is named as such, though the key was the same."""
    first, second = three_of_five(), three_of_five()
    assert first[0].set_id != second[0].set_id
    assert refusal(first[0], first[1], second[2]) == "other_set"
    forged = replace(second[2], set_id=first[0].set_id)
    assert refusal(first[0], first[1], forged) == "check_value"


def test_a_share_counts_once() -> None:
    """Two copies of a share are not two officers."""
    made = three_of_five()
    assert refusal(made[0], made[1], made[1]) == "duplicate"
    assert refusal(made[0], made[1], made[2], made[2]) == "duplicate"


@pytest.mark.parametrize("change", [{"threshold": 2}, {"holders": 6}, {"generation": 4}])
def test_shares_that_disagree_about_the_split_are_refused(change: dict[str, int]) -> None:
    """One share that claims a lower threshold does not lower it; all together fail by the check value."""
    made = three_of_five()
    altered = [replace(share, **change) for share in made]  # type: ignore[arg-type]  # numbers all three
    assert refusal(made[0], made[1], altered[2]) == "parameters"
    if change == {"threshold": 2}:
        assert refusal(*altered[:2]) == "check_value"


def test_the_key_must_have_the_expected_check_value() -> None:
    """Of another key, of another generation, and with a share whose value was changed."""
    made = three_of_five()
    assert refusal(*made[:3], expected=shares.check_value(bytes(16), 3)) == "check_value"
    assert refusal(*made[:3], expected=shares.check_value(SECRET, 4)) == "check_value"
    assert refusal(*made[:3], expected=b"") == "check_value"
    wrong = replace(made[1], value=bytes((made[1].value[0] ^ 1,)) + made[1].value[1:])
    assert refusal(made[0], wrong, made[2]) == "check_value"
    assert refusal(*made[2:], wrong) == "check_value", "a wrong share beside enough right ones is noticed"


def test_every_slip_in_a_written_share_is_recognised() -> None:
    """A wrong bit, a missing and a further byte, another version; the same of another share passes for itself."""
    written = bytes(three_of_five()[0])
    assert len(written) == shares.SHARE_SIZE == 34
    for place in range(len(written)):
        for bit in range(8):
            slip = written[:place] + bytes((written[place] ^ 1 << bit,)) + written[place + 1 :]
            with pytest.raises(ShareRefused) as caught:
                Share.from_bytes(slip)
            assert caught.value.reason == ("malformed" if place == 0 else "damaged")
    for wrong in (b"", written[:-1], written + b"\x00"):
        with pytest.raises(ShareRefused, match="malformed"):
            Share.from_bytes(wrong)


@pytest.mark.parametrize(
    ("threshold", "holders", "index"), [(1, 5, 1), (0, 0, 0), (4, 3, 1), (3, 5, 0), (3, 5, 6)]
)
def test_a_written_share_with_senseless_numbers_is_refused(threshold: int, holders: int, index: int) -> None:
    """However right its check digest is."""
    share = Share(bytes(8), 1, threshold, holders, index, bytes(16))
    with pytest.raises(ShareRefused, match="parameters"):
        Share.from_bytes(bytes(share))


@pytest.mark.parametrize(
    ("threshold", "holders", "generation"),
    [(1, 1, 1), (1, 5, 1), (0, 5, 1), (6, 5, 1), (2, 256, 1), (2, 3, -1), (2, 3, 0x10000)],
)
def test_senseless_splits_are_refused(threshold: int, holders: int, generation: int) -> None:
    """One officer alone is no sharing, and more than all is no threshold."""
    with pytest.raises(ShareRefused, match="parameters"):
        shares.split(SECRET, threshold, holders, generation)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_only_sixteen_bytes_are_shared(size: int) -> None:
    """Other keys have other ways."""
    with pytest.raises(ShareRefused, match="parameters"):
        shares.split(bytes(size), 2, 3, 1)


def test_the_check_value_tells_nothing_but_sameness() -> None:
    """Eight bytes that depend on key and generation, and are neither the key's bytes nor a plain digest of it."""
    assert len(CHECK) == shares.CHECK_VALUE_SIZE == 8
    values = {shares.check_value(SECRET, number) for number in range(20)}
    values |= {shares.check_value(bytes((number,)) * 16, 3) for number in range(20)}
    assert len(values) == 40
    assert CHECK not in SECRET


def test_a_share_opens_for_its_officer_and_place_only() -> None:
    """Not for another officer's key, custodian, generation or ceremony, and not altered."""
    officer, other = Sm2PrivateKey.generate(), Sm2PrivateKey.generate()
    share = three_of_five()[1]
    sealed = shares.seal_for(officer.public_key, share, *PLACE)
    assert share.value not in sealed
    assert shares.open_with(officer, sealed, *PLACE) == share
    elsewhere: list[tuple[str, ...]] = [
        ("ceremony 2", *PLACE[1:]),
        (PLACE[0], "4", PLACE[2]),
        (*PLACE[:2], "custodian b"),
    ]
    elsewhere += [PLACE[:2], (*PLACE, ""), ("ceremony 13", "", "custodian a"), ()]
    for context in elsewhere:
        with pytest.raises(ShareRefused, match="context"):
            shares.open_with(officer, sealed, *context)
    for place in (0, 1, 70, len(sealed) - 1):
        altered = sealed[:place] + bytes((sealed[place] ^ 1,)) + sealed[place + 1 :]
        with pytest.raises(ShareRefused, match="unopened"):
            shares.open_with(officer, altered, *PLACE)
    for key, wrong in ((other, sealed), (officer, b""), (officer, sealed[:-1])):
        with pytest.raises(ShareRefused, match="unopened"):
            shares.open_with(key, wrong, *PLACE)


def test_what_an_officer_encrypts_by_hand_is_not_a_share() -> None:
    """Anyone can encrypt to a public key: the context digest and the share's own form are still required."""
    officer = Sm2PrivateKey.generate()
    with pytest.raises(ShareRefused, match="context"):
        shares.open_with(officer, officer.public_key.encrypt(b"x" * 66), *PLACE)
    with pytest.raises(ShareRefused, match="context"):
        shares.open_with(officer, officer.public_key.encrypt(b"x"), *PLACE)


def test_printed_shares_and_refusals_show_no_value() -> None:
    """A share in a log is not a share lost; a refusal is a KeyUnusable with one word."""
    share = three_of_five()[0]
    assert "value" not in repr(share)
    assert share.value.hex() not in f"{share!r}{share}"
    assert issubclass(ShareRefused, KeyUnusable)
    assert str(ShareRefused("damaged")) == "damaged"
