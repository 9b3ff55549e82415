"""The registered claims of a token against what its reader expects."""

from typing import Any

import pytest

from crypto.errors import TokenRejected
from crypto.jose import claims as rules

_ISSUER = "https://client.example.test"


def _check(claims: dict[str, object], **expected: Any) -> None:
    options = {"issuer": None, "audience": None, "now": 1000.0, "leeway": 5, "required": ()}
    rules.check(claims, **{**options, **expected})


def _reason(claims: dict[str, object], **expected: Any) -> str:
    with pytest.raises(TokenRejected) as refused:
        _check(claims, **expected)
    return refused.value.reason


@pytest.mark.clause("RFC 7519", "4.1.4")
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["1000", 1000.0, True, None, [1000], {}])
def test_times_that_are_not_integers_are_malformed(name: str, value: object) -> None:
    """Text, fractions, true and null are no times."""
    assert _reason({name: value}) == "malformed"


@pytest.mark.clause("RFC 7519", "4.1.4")
@pytest.mark.parametrize(
    ("claims", "now", "reason"),
    [
        ({"exp": 1000}, 999.9, None),
        ({"exp": 1000}, 1004.9, None),
        ({"exp": 1000}, 1005.0, "expired"),
        ({"exp": -1}, 0.0, None),
        ({"exp": 10**30}, 0.0, None),
        ({"exp": 2000, "nbf": 1000}, 995.0, None),
        ({"exp": 2000, "nbf": 1000}, 994.9, "not_yet_valid"),
        ({"exp": 2000, "iat": 1000}, 940.0, None),
        ({"exp": 2000, "iat": 1000}, 939.9, "not_yet_valid"),
        ({"iat": 5}, 1e12, None),
        ({}, 1e12, None),
    ],
)
def test_tokens_live_from_nbf_to_exp_with_some_leeway(
    claims: dict[str, object], now: float, reason: str | None
) -> None:
    """Five seconds of leeway at both ends, a minute for iat, and no end where none is named."""
    if reason is None:
        _check(claims, now=now)
    else:
        assert _reason(claims, now=now) == reason


def test_leeway_is_the_callers() -> None:
    """No leeway means to the second; a long one reaches exp, nbf and iat alike."""
    _check({"exp": 1000}, now=999.999, leeway=0)
    assert _reason({"exp": 1000}, now=1000.0, leeway=0) == "expired"
    _check({"exp": 1000}, now=1099.0, leeway=100)
    _check({"nbf": 1000, "iat": 1000}, now=900.0, leeway=100)


@pytest.mark.clause("RFC 8725", "3.8")
@pytest.mark.parametrize("issuer", ["https://other.example.test", f"{_ISSUER}/", "", None, 7, [_ISSUER]])
def test_another_issuer_is_refused(issuer: object) -> None:
    """iss must be the expected text, letter by letter."""
    assert _reason({"iss": issuer}, issuer=_ISSUER) == "issuer"


@pytest.mark.clause("RFC 8725", "3.9")
@pytest.mark.parametrize(
    "audience", ["other", "idp ", ["other"], [], ["idp", 7], {"idp": 1}, None, 7, "xidpx", [["idp"]]]
)
def test_another_audience_is_refused(audience: object) -> None:
    """aud must be or contain the expected text; lists with anything but text name nobody."""
    assert _reason({"aud": audience}, audience="idp") == "audience"


def test_missing_issuer_and_audience_are_refused_where_expected() -> None:
    """A token without them is nobody's, unless the caller expects neither."""
    assert _reason({}, issuer=_ISSUER) == "issuer"
    assert _reason({}, audience="idp") == "audience"
    _check({"iss": "anybody", "aud": 7})


@pytest.mark.parametrize("audience", ["idp", ["idp"], ["other", "idp"]])
def test_the_expected_issuer_and_audience_are_accepted(audience: object) -> None:
    """The audience alone or among others."""
    _check({"iss": _ISSUER, "aud": audience}, issuer=_ISSUER, audience="idp")


@pytest.mark.parametrize("claims", [{"sub": "x"}, {"sub": "x", "jti": None}])
def test_required_claims_must_be_there(claims: dict[str, object]) -> None:
    """A missing claim and a null one are both missing; an empty one is there."""
    assert _reason(claims, required=("sub", "jti")) == "missing"
    _check({**claims, "jti": ""}, required=("sub", "jti"))
