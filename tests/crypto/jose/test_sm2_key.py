"""The JWK form of SM2 keys."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from crypto.errors import KeyUnusable
from crypto.jose import sm2_key

_JWK = json.loads((Path(__file__).parents[2] / "vectors" / "jose" / "sm2_jws.json").read_text())["jwk"]


@pytest.mark.clause("GM/T 0125.4", "5")
def test_a_key_is_written_with_one_name_and_read_with_three() -> None:
    """The curve is emitted as SM2 and accepted under its two other names."""
    raw = sm2_key.read_public(_JWK).raw
    assert sm2_key.public_jwk(raw) == {name: _JWK[name] for name in ("kty", "crv", "x", "y")}
    for alias in ("SM2-P-256", "sm2p256v1"):
        assert sm2_key.read_public({**_JWK, "crv": alias}).raw == raw


@pytest.mark.parametrize(
    "change",
    [
        {"crv": "P-256"},
        {"crv": "sm2"},
        {"crv": None},
        {"kty": "OKP"},
        {"x": _JWK["y"]},
        {"x": _JWK["x"][:-1]},
        {"x": "AA" + _JWK["x"]},
        {"x": _JWK["x"] + "="},
        {"x": 5},
        {"y": None},
        {"x": "A" * 43, "y": "A" * 43},
    ],
)
def test_keys_that_are_not_on_the_curve_are_unusable(change: dict[str, object]) -> None:
    """Other curves, coordinates of other lengths, points off the curve and infinity are refused."""
    with pytest.raises(KeyUnusable):
        sm2_key.read_public({**_JWK, **change})


def test_an_sm2_key_is_never_taken_for_p256() -> None:
    """joserfc sees its own curve name and thumbprint, and no P-256 key can be made of it."""
    key = sm2_key.Sm2Key(sm2_key.read_public({**_JWK, "crv": "SM2-P-256"}))
    assert isinstance(key, ECKey)
    assert key.curve_name == "SM2"
    assert key.thumbprint() == sm2_key.thumbprint(_JWK)
    with pytest.raises(ValueError, match="not on the curve"):
        ECKey.import_key({**_JWK, "crv": "P-256"})
