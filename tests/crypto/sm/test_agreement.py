"""Key agreement between an initiator and a responder, and those who should not agree."""

import json
from pathlib import Path

import pytest

from crypto.errors import KeyUnusable, VerificationError
from crypto.sm import sm2
from crypto.sm.agreement import Agreed, Initiator, Party, Responder

_VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "sm2" / "agreement.json").read_text())
_A, _B = sm2.Sm2PrivateKey.generate(), sm2.Sm2PrivateKey.generate()
_ID_A, _ID_B = b"provincial-platform", b"national-platform"


def _key(name: str) -> sm2.Sm2PrivateKey:
    return sm2.Sm2PrivateKey(bytes.fromhex(_VECTOR[name]))


def _walk(
    b_thinks_a_is: Party, a_thinks_b_is: Party, identity_a: bytes = _ID_A, identity_b: bytes = _ID_B
) -> tuple[Agreed, Agreed]:
    a = Initiator(_A, identity_a, a_thinks_b_is, 48)
    b = Responder(_B, identity_b, b_thinks_a_is, 48)
    return a.agree(b.ephemeral), b.agree(a.ephemeral)


@pytest.mark.clause("GM/T 0003.5", "B")
def test_the_published_agreement_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the ephemeral keys of the sample both sides end with its key and confirmations."""
    fresh = iter([_key("ephemeral_d_a"), _key("ephemeral_d_b")])
    static_a, static_b = _key("static_d_a"), _key("static_d_b")
    identity = _VECTOR["identity_a"].encode()
    monkeypatch.setattr(sm2.Sm2PrivateKey, "generate", lambda: next(fresh))
    a = Initiator(static_a, identity, Party(static_b.public_key), 16)
    b = Responder(static_b, identity, Party(static_a.public_key), 16)
    assert (a.ephemeral.hex(), b.ephemeral.hex()) == (_VECTOR["ephemeral_a"], _VECTOR["ephemeral_b"])
    by_b, by_a = b.agree(a.ephemeral), a.agree(b.ephemeral)
    assert by_a.key == by_b.key == bytes.fromhex(_VECTOR["key"])
    assert by_a.confirmation.hex() == _VECTOR["confirmation_a"]
    assert by_b.confirmation.hex() == _VECTOR["confirmation_b"]


@pytest.mark.clause("GM/T 0003.3", "6.1")
def test_both_sides_agree_and_confirm() -> None:
    """Key and confirmations fit; the two confirmations are not the same, so none can be sent back."""
    by_a, by_b = _walk(Party(_A.public_key, _ID_A), Party(_B.public_key, _ID_B))
    assert by_a.key == by_b.key
    assert len(by_a.key) == 48
    by_a.check(by_b.confirmation)
    by_b.check(by_a.confirmation)
    assert by_a.confirmation != by_b.confirmation
    for side in (by_a, by_b):
        for wrong in (side.confirmation, b"", bytes(32)):
            with pytest.raises(VerificationError):
                side.check(wrong)


def test_two_agreements_have_different_keys() -> None:
    """Fresh ephemeral keys give fresh shared ones."""
    first, _ = _walk(Party(_A.public_key, _ID_A), Party(_B.public_key, _ID_B))
    second, _ = _walk(Party(_A.public_key, _ID_A), Party(_B.public_key, _ID_B))
    assert first.key != second.key


@pytest.mark.clause("GM/T 0003.3", "6.1")
@pytest.mark.parametrize(
    "b_thinks_a_is",
    [
        Party(_A.public_key, b"somebody else"),
        Party(_A.public_key),
        Party(_B.public_key, _ID_A),
        Party(sm2.Sm2PrivateKey.generate().public_key, _ID_A),
    ],
    ids=["other identity", "default identity", "own key", "other key"],
)
def test_sides_that_mistake_each_other_do_not_agree(b_thinks_a_is: Party) -> None:
    """Another identity or key on one side gives other keys, and the confirmations tell."""
    by_a, by_b = _walk(b_thinks_a_is, Party(_B.public_key, _ID_B))
    assert by_a.key != by_b.key
    with pytest.raises(VerificationError):
        by_a.check(by_b.confirmation)
    with pytest.raises(VerificationError):
        by_b.check(by_a.confirmation)


def test_identities_do_not_swap_sides() -> None:
    """Z of the initiator stands first: two initiators do not meet."""
    a = Initiator(_A, _ID_A, Party(_B.public_key, _ID_B), 16)
    b = Initiator(_B, _ID_B, Party(_A.public_key, _ID_A), 16)
    assert a.agree(b.ephemeral).key != b.agree(a.ephemeral).key


@pytest.mark.parametrize(
    "point",
    [
        b"",
        bytes(64),
        b"\x04" + _B.public_key.raw,
        _B.public_key.raw[:63] + bytes((_B.public_key.raw[63] ^ 1,)),
    ],
    ids=["nothing", "infinity", "with mark", "off curve"],
)
def test_an_ephemeral_key_off_the_curve_is_refused(point: bytes) -> None:
    """No calculation is done with a point that would give the static key away bit by bit."""
    with pytest.raises(KeyUnusable):
        Initiator(_A, _ID_A, Party(_B.public_key, _ID_B), 16).agree(point)


def test_an_ephemeral_key_serves_once() -> None:
    """A second call is refused, also when the first one failed; so is one's own key sent back."""
    peer = Responder(_B, _ID_B, Party(_A.public_key, _ID_A), 16).ephemeral
    for first in (peer, bytes(64)):
        a = Initiator(_A, _ID_A, Party(_B.public_key, _ID_B), 16)
        if first == peer:
            a.agree(first)
        else:
            with pytest.raises(KeyUnusable):
                a.agree(first)
        with pytest.raises(KeyUnusable, match="one agreement"):
            a.agree(peer)
    mirrored = Initiator(_A, _ID_A, Party(_B.public_key, _ID_B), 16)
    with pytest.raises(KeyUnusable, match="back"):
        mirrored.agree(mirrored.ephemeral)


def test_lengths_and_identities_out_of_range_are_refused() -> None:
    """A key of no bytes is none, and an identity must fit its length field."""
    with pytest.raises(ValueError, match="one byte"):
        Initiator(_A, _ID_A, Party(_B.public_key, _ID_B), 0)
    with pytest.raises(ValueError, match="identity"):
        Initiator(_A, bytes(8192), Party(_B.public_key, _ID_B), 16)
    with pytest.raises(ValueError, match="identity"):
        Responder(_A, _ID_A, Party(_B.public_key, bytes(8192)), 16)


def test_what_is_printed_shows_no_key() -> None:
    """Neither the result nor its sides print the key or the confirmation still expected."""
    by_a, by_b = _walk(Party(_A.public_key, _ID_A), Party(_B.public_key, _ID_B))
    assert str(by_a.key) not in repr(by_a)
    assert str(by_b.confirmation) not in repr(by_a)
