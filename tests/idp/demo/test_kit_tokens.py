"""The kit's checks of ID tokens and logout tokens: what departments copy must refuse what attackers send."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from crypto.base64url import decode, encode
from crypto.jose import jwt
from crypto.jose.jwks import public_set
from crypto.jose.profile import half_hash
from crypto.keys.handle import Signer
from crypto.keys.software import SoftwareKeys, new_root_key
from idp.oauth.tokens.logout_token import EVENT

ISSUER = "https://id.example.test"
CLIENT = "dept-a"
ACCESS = "synthetic-access-token"
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
ALGORITHMS = ("ES256", "SGD_SM3_SM2")
VECTOR = json.loads(
    (Path(__file__).parents[2] / "vectors" / "jose" / "sm2_jws.json").read_text(encoding="utf-8")
)
Import = Callable[[str], ModuleType]


class House:
    """A provider's keys and a department's reader of tokens for one algorithm."""

    def __init__(self, tokens: ModuleType, algorithm: str) -> None:
        keys = SoftwareKeys(new_root_key())
        made = [keys.generate("ES256"), keys.generate("SGD_SM3_SM2")]
        self.signers = {one.handle.algorithm: keys.signer(one.handle, one.wrapped) for one in made}
        self.keys = {key["kid"]: key for key in public_set(one.handle for one in made)["keys"]}
        self.algorithm = algorithm
        self.reader = tokens.Tokens(ISSUER, CLIENT, algorithm, self.keys.get)
        self.refused: type[Exception] = tokens.TokenRefused

    def signed(self, claims: dict[str, Any], typ: str = "JWT", signer: Signer | None = None) -> str:
        """A token as the provider makes it."""
        return jwt.encode(claims, signer or self.signers[self.algorithm], typ)

    def id_claims(self, **changes: Any) -> dict[str, Any]:
        """Claims of a good ID token; a change to None leaves one out."""
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "sub": "P-1",
            "aud": CLIENT,
            "exp": now + 600,
            "iat": now,
            "nonce": "n-1",
            "at_hash": half_hash(self.algorithm, ACCESS),
            "sid": "S-1",
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def logout_claims(self, **changes: Any) -> dict[str, Any]:
        """Claims of a good logout token."""
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "sub": "P-1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": "j-1",
            "sid": "S-1",
            "events": {EVENT: {}},
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not None}


@pytest.fixture(params=ALGORITHMS)
def house(request: pytest.FixtureRequest, kit_module: Import) -> House:
    """A department for each algorithm."""
    return House(kit_module("tokens"), request.param)


def test_good_tokens_are_read(house: House) -> None:
    """What the provider signs is accepted: ID token with nonce, after a refresh without, and logout token."""
    claims = house.id_claims()
    assert house.reader.id_token(house.signed(claims), ACCESS, "n-1") == claims
    assert house.reader.id_token(house.signed(house.id_claims(nonce=None)), ACCESS, None)["sub"] == "P-1"
    told = house.logout_claims()
    assert house.reader.logout_token(house.signed(told, "logout+jwt")) == told


@pytest.mark.clause("OpenID Connect Core 1.0", "3.1.3.7")
@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "dept-b"},
        {"aud": ["dept-b"]},
        {"aud": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"nonce": "n-2"},
        {"nonce": None},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"at_hash": None},
        {"sid": None},
        {"sub": None},
        {"azp": "dept-b"},
    ],
    ids=str,
)
def test_id_token_with_a_wrong_claim_is_refused(house: House, change: dict[str, Any]) -> None:
    """Each claim that is wrong or missing refuses the sign-in."""
    with pytest.raises(house.refused):
        house.reader.id_token(house.signed(house.id_claims(**change)), ACCESS, "n-1")


@pytest.mark.clause("OpenID Connect Back-Channel Logout 1.0", "2.6")
@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"aud": "dept-b"},
        {"iat": None},
        {"exp": 1_600_000_000},
        {"jti": None},
        {"sid": None},
        {"sid": ""},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"nonce": "n-1"},
    ],
    ids=str,
)
def test_logout_token_with_a_wrong_claim_is_refused(house: House, change: dict[str, Any]) -> None:
    """Nobody is signed out by a token that is not exactly a logout token for this department."""
    with pytest.raises(house.refused):
        house.reader.logout_token(house.signed(house.logout_claims(**change), "logout+jwt"))


def test_one_kind_of_token_never_passes_for_another(house: House) -> None:
    """An ID token ends no session, and a logout token or an access token signs nobody in."""
    both = {**house.id_claims(), **house.logout_claims()}
    with pytest.raises(house.refused):
        house.reader.logout_token(house.signed(both))
    for typ in ("logout+jwt", "at+jwt"):
        with pytest.raises(house.refused):
            house.reader.id_token(house.signed(house.id_claims(), typ), ACCESS, "n-1")


def test_algorithm_is_the_registered_one(house: House) -> None:
    """A token under the provider's other key, or one that says `none`, is refused."""
    other = next(signer for name, signer in house.signers.items() if name != house.algorithm)
    with pytest.raises(house.refused):
        house.reader.id_token(house.signed(house.id_claims(), signer=other), ACCESS, "n-1")
    head, body, _ = house.signed(house.id_claims()).split(".")
    header = json.loads(decode(head))
    for alg in ("none", "HS256", "ES256K"):
        forged = encode(json.dumps({**header, "alg": alg}).encode())
        with pytest.raises(house.refused):
            house.reader.id_token(f"{forged}.{body}.", ACCESS, "n-1")


def test_stranger_cannot_sign(house: House) -> None:
    """A key that is not in the set, under its own id or under the id of a known key, is refused."""
    keys = SoftwareKeys(new_root_key())
    stranger = keys.generate(house.signers[house.algorithm].handle.algorithm)
    token = house.signed(house.id_claims(), signer=keys.signer(stranger.handle, stranger.wrapped))
    with pytest.raises(house.refused):
        house.reader.id_token(token, ACCESS, "n-1")
    known = next(key for key in house.keys.values() if key["alg"] == house.algorithm)
    house.keys[stranger.handle.kid] = known
    with pytest.raises(house.refused):
        house.reader.id_token(token, ACCESS, "n-1")


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t[:-4],
        lambda t: t + "AAAA",
        lambda t: t + "=",
        lambda t: t.rpartition(".")[0] + ".",
        lambda t: t.replace(".", "..", 1),
        lambda t: t.partition(".")[2],
        lambda t: "é" + t,
        lambda _: "",
        lambda _: "..",
    ],
    ids=["short", "long", "padded", "unsigned", "dots", "headless", "foreign", "empty", "bare"],
)
def test_damaged_token_is_refused(house: House, damage: Callable[[str], str]) -> None:
    """Damage of any kind is a refusal and never another exception."""
    with pytest.raises(house.refused):
        house.reader.id_token(damage(house.signed(house.id_claims())), ACCESS, "n-1")


def test_sm2_verifier_agrees_with_the_published_vector(kit_module: Import) -> None:
    """The vector of the specification holds, and `at_hash` by SM3 is the expected one."""
    sm2 = kit_module("sm2_id_token")
    sm2.verify(VECTOR["jwk"], VECTOR["input"].encode(), decode(VECTOR["rs64"]))
    assert sm2.half_hash(VECTOR["half_hash"]["value"]) == VECTOR["half_hash"]["half"]


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, None),
        (None, 0),
        (N, None),
        (None, N),
        ("plus n", None),
        (None, "negated"),
        (2**256 - 1, None),
        (1, N - 1),
    ],
)
def test_sm2_signature_out_of_range_is_refused(kit_module: Import, r: Any, s: Any) -> None:
    """gmssl checks neither ranges nor r+s: the kit does it first."""
    sm2 = kit_module("sm2_id_token")
    good = decode(VECTOR["rs64"])
    right, left = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")
    first = right if r is None else (right + N) % 2**256 if r == "plus n" else r
    second = left if s is None else N - right if s == "negated" else s
    with pytest.raises(sm2.SignatureRefused):
        sm2.verify(
            VECTOR["jwk"], VECTOR["input"].encode(), first.to_bytes(32, "big") + second.to_bytes(32, "big")
        )


def test_sm2_signature_in_another_form_is_refused(kit_module: Import) -> None:
    """DER, trailing bytes, a cut signature and another message do not verify."""
    sm2 = kit_module("sm2_id_token")
    good, message = decode(VECTOR["rs64"]), VECTOR["input"].encode()
    for signature in (decode(VECTOR["der"]), good + b"\0", good[:-1], b"", good[::-1]):
        with pytest.raises(sm2.SignatureRefused):
            sm2.verify(VECTOR["jwk"], message, signature)
    with pytest.raises(sm2.SignatureRefused):
        sm2.verify(VECTOR["jwk"], message + b"x", good)


@pytest.mark.parametrize(
    "change",
    [
        {"x": VECTOR["jwk"]["y"]},
        {"x": encode(bytes(32)), "y": encode(bytes(32))},
        {"x": encode(b"\xff" * 32)},
        {"x": VECTOR["jwk"]["x"] + "AA"},
        {"y": None},
        {"crv": "P-256"},
        {"kty": "OKP"},
    ],
    ids=str,
)
def test_sm2_key_that_is_not_on_the_curve_is_refused(kit_module: Import, change: dict[str, Any]) -> None:
    """A key off the curve, of another curve or of another size is never used."""
    sm2 = kit_module("sm2_id_token")
    with pytest.raises(sm2.SignatureRefused):
        sm2.verify({**VECTOR["jwk"], **change}, VECTOR["input"].encode(), decode(VECTOR["rs64"]))


def test_sm2_keys_that_begin_with_zero_or_four_are_not_damaged(kit_module: Import) -> None:
    """gmssl strips leading digits 0 and 4 from a key; tokens under such keys verify all the same."""
    sm2 = kit_module("sm2_id_token")
    keys = SoftwareKeys(new_root_key())
    seen = 0
    while seen < 2:
        made = keys.generate("SGD_SM3_SM2")
        if decode(str(made.handle.public_jwk["x"])).hex()[0] not in "04":
            continue
        seen += 1
        signature = keys.signer(made.handle, made.wrapped).sign(b"message")
        sm2.verify(made.handle.public_jwk, b"message", signature)


def test_sm3_without_openssl_is_the_same(kit_module: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OpenSSL lacks SM3, gmssl gives the same digest."""
    sm2 = kit_module("sm2_id_token")
    expected = sm2.sm3_digest(b"abc" * 100)
    monkeypatch.setattr(sm2.hashlib, "algorithms_available", set())
    assert sm2.sm3_digest(b"abc" * 100) == expected
