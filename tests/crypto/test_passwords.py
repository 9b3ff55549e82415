"""Password hashing."""

import pytest
from argon2.low_level import Type, hash_secret_raw

from crypto import base64url, passwords
from crypto.errors import KeyUnusable, VerificationError
from crypto.passwords import PasswordHasher, Verified, pepper_of
from crypto.ring import KeyRing
from crypto.sm import sm3

_PEPPER, _OTHER = bytes(range(32)), bytes(range(32, 64))
_CHEAP = {"memory_kib": 64, "time_cost": 1}
_PASSWORD = "正确 horse battery 9"


def _hasher(current: int = 1, **cost: int) -> PasswordHasher:
    return PasswordHasher({1: _PEPPER, 2: _OTHER}, current, **{**_CHEAP, **cost})


def test_the_right_password_holds_and_others_do_not() -> None:
    """Only the password that was hashed verifies."""
    hasher = _hasher()
    stored = hasher.hash(_PASSWORD)
    assert hasher.verify(stored, _PASSWORD) == Verified(needs_upgrade=False)
    for wrong in ("", _PASSWORD + " ", _PASSWORD.upper(), _PASSWORD[:-1]):
        with pytest.raises(VerificationError):
            hasher.verify(stored, wrong)


@pytest.mark.clause("RFC 9106", "4")
def test_stored_text_is_argon2id_and_hmac_sm3_of_the_pepper() -> None:
    """The stored text can be recomputed from its parts by the public primitives, with the default cost."""
    stored = PasswordHasher({7: _PEPPER}, 7).hash(_PASSWORD)
    empty, mark, kind, cost, pepper, salt, mac = stored.split("$")
    assert (empty, mark, kind, cost, pepper) == ("", "yihao1", "argon2id", "m=19456,t=2,p=1", "pepper=7")
    assert len(base64url.decode(salt)) == 16
    raw = hash_secret_raw(
        _PASSWORD.encode(),
        base64url.decode(salt),
        time_cost=2,
        memory_cost=19456,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )
    assert base64url.decode(mac) == sm3.hmac_sm3(_PEPPER, raw)


def test_the_same_password_is_stored_differently_each_time() -> None:
    """A fresh salt hides that two people chose the same password."""
    hasher = _hasher()
    assert hasher.hash(_PASSWORD) != hasher.hash(_PASSWORD)


@pytest.mark.clause("RFC 8265", "4.2.2")
def test_composed_and_decomposed_forms_are_one_password() -> None:
    """A letter typed as one sign or as two is the same password; compatibility forms stay apart."""
    hasher = _hasher()
    stored = hasher.hash("caf\u00e9")
    hasher.verify(stored, "cafe\u0301")
    with pytest.raises(VerificationError):
        hasher.verify(stored, "ｃaf\u00e9")


def test_a_database_without_the_pepper_verifies_nothing() -> None:
    """The same stored text under another pepper of the same id does not hold."""
    stored = _hasher().hash(_PASSWORD)
    with pytest.raises(VerificationError):
        PasswordHasher({1: _OTHER}, 1, **_CHEAP).verify(stored, _PASSWORD)


@pytest.mark.parametrize(
    "older", [_hasher(current=2), _hasher(memory_kib=32), _hasher(time_cost=2), _hasher(parallelism=2)]
)
def test_older_cost_or_pepper_asks_for_an_upgrade(older: PasswordHasher) -> None:
    """A hash made under another cost or pepper still holds, and says that it should be made anew."""
    assert _hasher().verify(older.hash(_PASSWORD), _PASSWORD) == Verified(needs_upgrade=True)


def test_a_pepper_that_is_not_held_is_the_operators_mistake() -> None:
    """It is not reported as a wrong password."""
    stored = _hasher(current=2).hash(_PASSWORD)
    with pytest.raises(KeyUnusable, match="pepper 2"):
        PasswordHasher({1: _PEPPER}, 1, **_CHEAP).verify(stored, _PASSWORD)


@pytest.mark.parametrize(
    "cost",
    [
        "m=99999999,t=1,p=1",
        "m=262145,t=1,p=1",
        "m=64,t=99,p=1",
        "m=64,t=17,p=1",
        "m=999,t=1,p=99",
        "m=7,t=1,p=1",
        "m=8,t=1,p=2",
        "m=0,t=1,p=1",
        "m=64,t=0,p=1",
        "m=064,t=1,p=1",
        "m=-64,t=1,p=1",
        "m=64,t=1",
        "m=64,t=1,p=1,x=1",
        "m=٦٤,t=1,p=1",
    ],
)
def test_forged_costs_are_refused_before_any_work(monkeypatch: pytest.MonkeyPatch, cost: str) -> None:
    """A row that asks for gigabytes, many passes, many lanes or nonsense never reaches Argon2."""

    def work(*_: object, **__: object) -> bytes:
        raise AssertionError("Argon2 was asked")

    monkeypatch.setattr(passwords, "hash_secret_raw", work)
    salt, mac = base64url.encode(bytes(16)), base64url.encode(bytes(32))
    with pytest.raises(VerificationError):
        _hasher().verify(f"$yihao1$argon2id${cost}$pepper=1${salt}${mac}", _PASSWORD)


def _mutations() -> list[str]:
    stored = _hasher().hash(_PASSWORD)
    return [
        "",
        stored[1:],
        stored + "\n",
        stored + "$",
        stored[:-1],
        stored.replace("yihao1", "yihao2"),
        stored.replace("argon2id", "argon2i"),
        stored.replace("pepper=1", "pepper=01"),
        stored.replace("pepper=1", "pepper=2"),
        stored.replace("t=1", "t=2"),
    ]


@pytest.mark.parametrize("stored", _mutations())
def test_altered_stored_text_does_not_hold(stored: str) -> None:
    """Another version, kind, pepper, cost or length of text is refused like a wrong password."""
    with pytest.raises(VerificationError):
        _hasher().verify(stored, _PASSWORD)


@pytest.mark.parametrize("password", ["x" * 1025, "a\ud800b"])
def test_text_that_is_no_password_is_refused(password: str) -> None:
    """Over-long text and lone surrogates are refused on both ways; 1,024 characters are not."""
    hasher = _hasher()
    with pytest.raises(ValueError):
        hasher.hash(password)
    with pytest.raises(VerificationError):
        hasher.verify(hasher.hash("x" * 1024), password)


@pytest.mark.parametrize(
    ("peppers", "current"), [({1: _PEPPER}, 2), ({1: bytes(15)}, 1), ({1: _PEPPER, 2: b""}, 1)]
)
def test_unusable_peppers_are_refused_at_once(peppers: dict[int, bytes], current: int) -> None:
    """A missing current pepper and short ones stop the start."""
    with pytest.raises(KeyUnusable):
        PasswordHasher(peppers, current, **_CHEAP)


def test_a_cost_out_of_bounds_is_refused_at_once() -> None:
    """Settings cannot ask for more than stored text may."""
    with pytest.raises(ValueError, match="bounds"):
        PasswordHasher({1: _PEPPER}, 1, memory_kib=512 * 1024)


def test_a_hasher_follows_its_peppers() -> None:
    """New hashes are under the pepper of now, older ones hold and ask for an upgrade, and each names its pepper."""
    rings = [KeyRing({1: _PEPPER}, 1), KeyRing({1: _PEPPER, 2: _OTHER}, 2), KeyRing({2: _OTHER}, 2)]
    counted: list[int] = []
    hasher = PasswordHasher.following(lambda: rings[0], memory_kib=8, time_cost=1, count=counted.append)
    first = hasher.hash(_PASSWORD)
    del rings[0]
    second = hasher.hash(_PASSWORD)
    assert (pepper_of(first), pepper_of(second), hasher.current) == (1, 2, 2)
    assert hasher.verify(first, _PASSWORD).needs_upgrade
    assert not hasher.verify(second, _PASSWORD).needs_upgrade
    assert counted == [1, 2]
    del rings[0]
    with pytest.raises(KeyUnusable, match="pepper 1"):
        hasher.verify(first, _PASSWORD)


def test_other_texts_have_no_pepper() -> None:
    """Text of another form is told apart and not guessed at."""
    with pytest.raises(ValueError, match="stored"):
        pepper_of("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA")
