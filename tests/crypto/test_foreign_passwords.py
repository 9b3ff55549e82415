"""Password hashes of other systems: known ones verify, everything out of bounds is no hash, and no weak one is kept bare."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import foreign_passwords
from crypto.errors import VerificationError
from crypto.passwords import PasswordHasher, Verified, is_carried, pepper_of

VECTORS = Path(__file__).parents[1] / "vectors"
KNOWN = json.loads((VECTORS / "passwords/foreign.json").read_text("utf-8"))
CASES = [(each["hash"], each["password"]) for group in KNOWN.values() for each in group]
KEYED = json.loads((VECTORS / "sm3/keyed.json").read_text("utf-8"))["pbkdf2"]
HASHER = PasswordHasher({1: b"p" * 16, 2: b"q" * 16}, 1, memory_kib=64, time_cost=1)
BCRYPT = KNOWN["bcrypt"][0]["hash"]


def sm3_hash(form: str) -> str:
    """The known PBKDF2-SM3 key in one of the two forms."""
    digest = base64.b64encode(bytes.fromhex(KEYED["key"])).decode()
    if form == "django":
        return f"pbkdf2_sm3${KEYED['iterations']}${KEYED['salt']}${digest}"
    salt = base64.b64encode(KEYED["salt"].encode()).decode().rstrip("=").replace("+", ".")
    return f"$pbkdf2-sm3${KEYED['iterations']}${salt}${digest.rstrip('=').replace('+', '.')}"


@pytest.mark.parametrize(("text", "password"), CASES)
def test_known_hashes_verify_and_ask_for_an_upgrade(text: str, password: str) -> None:
    """The password of a published hash holds once it is carried over, another one does not."""
    stored = HASHER.carry(foreign_passwords.parse(text))
    assert HASHER.verify(stored, password) == Verified(needs_upgrade=True)
    with pytest.raises(VerificationError):
        HASHER.verify(stored, "x" + password)


@pytest.mark.parametrize("form", ["passlib", "django"])
def test_pbkdf2_with_sm3_verifies(form: str) -> None:
    """The known key of PBKDF2-HMAC-SM3 holds in both forms (RFC 8018 §5.2, GM/T 0004)."""
    stored = HASHER.carry(foreign_passwords.parse(sm3_hash(form)))
    assert HASHER.verify(stored, KEYED["password"]).needs_upgrade


@pytest.mark.parametrize(("text", "password"), CASES)
def test_what_is_stored_holds_no_hash_of_the_other_system(text: str, password: str) -> None:
    """Neither the hash as text nor its bytes are in what is kept; a weak one stands under Argon2id."""
    foreign = foreign_passwords.parse(text)
    stored = HASHER.carry(foreign)
    assert is_carried(stored)
    assert pepper_of(stored) == 1
    for kept in (foreign.digest.hex(), base64.urlsafe_b64encode(foreign.digest).decode().rstrip("="), text):
        assert kept not in stored
    assert ("$argon2id$" in stored) == foreign.recipe.is_weak


def test_weak_is_what_can_be_guessed_fast() -> None:
    """Plain digests and PBKDF2 of few rounds are weak; bcrypt and PBKDF2 of many are not."""
    weak = {text for text, _ in CASES if foreign_passwords.parse(text).recipe.is_weak}
    plain = {each["hash"] for each in KNOWN["plain"]}
    assert weak == plain | {each["hash"] for each in KNOWN["pbkdf2"][:2]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "password",
        BCRYPT[:-1],
        BCRYPT + "A",
        BCRYPT.replace("$2a$", "$2x$"),
        BCRYPT.replace("$05$", "$03$"),
        BCRYPT.replace("$05$", "$13$"),
        BCRYPT.replace("$05$", "$31$"),
        BCRYPT + "\n",
        "$pbkdf2-sha256$1000001$c2FsdHNhbHQ$" + "A" * 43,
        "$pbkdf2-sha256$0$c2FsdHNhbHQ$" + "A" * 43,
        "$pbkdf2-sha256$1000$c2FsdHNhbHQ$" + "A" * 42,
        "$pbkdf2-sha1$1000$c2FsdHNhbHQ$" + "A" * 43,
        "$pbkdf2-sha256$1000$" + "A" * 88 + "$" + "A" * 43,
        "pbkdf2_sha256$1000$a$b$" + "A" * 43 + "=",
        "$md5$ps$$" + "0" * 32,
        "$md5$ps$6$" + "0" * 32,
        "$md5$ps$61$" + "0" * 64,
        "$sm3$ps$61$" + "0" * 32,
        "$md5$xx$61$" + "0" * 32,
        "$md5$ps$" + "61" * 65 + "$" + "0" * 32,
        "0" * 32,
        "$yihao1$carried$md5-ps$1$YQ$pepper=1$" + "A" * 43,
    ],
)
def test_other_texts_are_no_hash(text: str) -> None:
    """Wrong lengths, costs out of bounds, broken variants, bare digests and our own form are refused."""
    with pytest.raises(ValueError, match=r".+"):
        foreign_passwords.parse(text)


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Whatever stands in the column is a ValueError at worst."""
    try:
        foreign_passwords.parse(text)
    except ValueError:
        return


def test_a_weak_hash_stored_bare_does_not_verify() -> None:
    """A row made by hand without Argon2 over a weak hash opens nothing."""
    foreign = foreign_passwords.parse(KNOWN["plain"][0]["hash"])
    stored = HASHER.carry(foreign)
    bare = f"$yihao1$carried${foreign.recipe.text}$pepper=1${stored.rsplit('$', 1)[1]}"
    with pytest.raises(VerificationError):
        HASHER.verify(bare, "digest")


def test_a_password_with_a_null_is_no_bcrypt_password() -> None:
    """bcrypt ends at U+0000, so that whatever follows would be ignored: such a password never holds."""
    empty = HASHER.carry(foreign_passwords.parse(KNOWN["bcrypt"][3]["hash"]))
    with pytest.raises(VerificationError):
        HASHER.verify(empty, "\0anything")
