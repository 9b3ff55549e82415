"""The algorithms of signatures, and the lists for each purpose."""

import pytest
from joserfc.errors import UnsupportedAlgorithmError
from joserfc.jwk import ECKey

from crypto import base64url
from crypto.errors import KeyUnusable, VerificationError
from crypto.jose import algorithms
from crypto.jose.profile import PROFILES
from crypto.keys.handle import SIGNING


def test_the_lists_hold_what_is_signed_and_what_clients_may_sign_with() -> None:
    """Our own tokens have exactly the algorithms of key handles; clients add RSA and EdDSA, never HMAC or none."""
    assert set(SIGNING) == algorithms.OWN_TOKENS <= algorithms.CLIENT_ASSERTIONS
    assert {"ES256", "RS256", "PS256", "EdDSA", "SGD_SM3_SM2"} == algorithms.CLIENT_ASSERTIONS


def test_joserfcs_own_table_is_out_of_reach() -> None:
    """Each registry knows one algorithm: not none, not HMAC, not even one of the other four."""
    registry = algorithms._REGISTRIES["ES256"]
    assert registry.get_alg("ES256").name == "ES256"
    for name in ("none", "HS256", "ES384", "RS256", "SGD_SM3_SM2"):
        with pytest.raises(UnsupportedAlgorithmError):
            registry.get_alg(name)
    assert registry.recommended == []


def test_a_header_may_be_long_enough_for_certificates_and_no_longer() -> None:
    """Sixteen thousand bytes pass the registry, more do not."""
    key = ECKey.generate_key("P-256")
    for size, message in ((12_000, "hold"), (13_000, "not a JWS")):
        header = '{"alg":"ES256","pad":"' + "A" * (size - 24) + '"}'
        token = f"{base64url.encode(header.encode())}.e30.{'A' * 86}"
        with pytest.raises(VerificationError, match=message):
            algorithms.verify_compact(token, PROFILES["ES256"], key)


def test_a_private_key_is_never_used_by_joserfc_for_sm2() -> None:
    """Signing goes through key handles, so the algorithm object refuses it."""
    model = algorithms._REGISTRIES["SGD_SM3_SM2"].get_alg("SGD_SM3_SM2")
    with pytest.raises(KeyUnusable):
        model.sign(b"data", None)
