"""What a client may register for the protection of its answers."""

import pytest

from crypto.jose.profile import PROFILES
from idp.oauth.clients.protection import check_response_protection, enc_for
from tests.idp.oauth.house import House

PLAIN: dict[str, object] = {"id_token_signed_response_alg": "ES256"}
KEYS = {"keys": [{"kty": "EC"}]}


@pytest.mark.clause("OpenID Connect Dynamic Registration 1.0", "2")
@pytest.mark.parametrize(
    "members",
    [
        {},
        {"jose_profile": None},
        {"jose_profile": {}},
        {"jose_profile": {"sig_encoding": "der", "jwe_ek_encoding": "asn1"}},
        {"jose_profile": {"sm2_identity": "dept-a"}},
        {"userinfo_signed_response_alg": "SGD_SM3_SM2"},
        {"introspection_signed_response_alg": "ES256"},
        {"id_token_encrypted_response_alg": "SGD_SM2_3", "jwks": KEYS},
        {
            "id_token_encrypted_response_alg": "ECDH-ES",
            "id_token_encrypted_response_enc": "A256GCM",
            "jwks_uri": "https://x.test",
        },
        {"introspection_encrypted_response_alg": "SGD_SM2_3", "jwks": KEYS},
        {
            "userinfo_signed_response_alg": "ES256",
            "userinfo_encrypted_response_alg": "SGD_SM2_3",
            "userinfo_encrypted_response_enc": "SGD_SM4_GCM",
            "jwks": KEYS,
        },
    ],
)
def test_what_can_be_done_has_no_fault(members: dict[str, object]) -> None:
    """Nothing, signing alone, and signing with each encryption."""
    assert check_response_protection({**PLAIN, **members}) == ()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg must be"),
        ({"id_token_signed_response_alg": "RS256"}, "id_token_signed_response_alg must be"),
        ({"userinfo_signed_response_alg": "HS256"}, "userinfo_signed_response_alg must be"),
        ({"introspection_signed_response_alg": ""}, "introspection_signed_response_alg must be"),
        ({"id_token_encrypted_response_enc": "A256GCM"}, "id_token_encrypted_response_enc needs"),
        ({"userinfo_encrypted_response_enc": "A256GCM"}, "userinfo_encrypted_response_enc needs"),
        ({"id_token_encrypted_response_alg": "RSA1_5", "jwks": KEYS}, "must be one of SGD_SM2_3, ECDH-ES"),
        ({"id_token_encrypted_response_alg": "dir", "jwks": KEYS}, "must be one of SGD_SM2_3, ECDH-ES"),
        (
            {
                "id_token_encrypted_response_alg": "ECDH-ES",
                "id_token_encrypted_response_enc": "SGD_SM4_GCM",
                "jwks": KEYS,
            },
            "must be A256GCM with ECDH-ES",
        ),
        (
            {"userinfo_encrypted_response_alg": "SGD_SM2_3", "jwks": KEYS},
            "userinfo_encrypted_response_alg needs userinfo_signed_response_alg",
        ),
        ({"id_token_encrypted_response_alg": "SGD_SM2_3"}, "need a key with use enc"),
        ({"jose_profile": {"alg": "HS256"}}, "jose_profile: "),
        ({"jose_profile": {"unknown": 1}}, "jose_profile: "),
        ({"jose_profile": ["der"]}, "jose_profile: "),
        (
            {
                "id_token_signed_response_alg": "SGD_SM3_SM2",
                "jose_profile": {"sm2_identity": "dept-a"},
            },
            "default sm2_identity only",
        ),
    ],
)
def test_what_cannot_be_done_is_named(members: dict[str, object], words: str) -> None:
    """Unknown algorithms, a cipher without key management, encryption without a signature or a key, a wrong profile."""
    faults = check_response_protection({**PLAIN, **members})
    assert any(words in fault for fault in faults), faults


def test_the_cipher_follows_its_key_management() -> None:
    """A registration that names no enc gets the one that belongs to its alg, and none without an alg."""
    assert enc_for("SGD_SM2_3", None) == "SGD_SM4_GCM"
    assert enc_for("ECDH-ES", None) == "A256GCM"
    assert enc_for("ECDH-ES", "A256GCM") == "A256GCM"
    assert enc_for(None, None) is None


def test_a_stored_registration_that_cannot_be_carried_out_hurts_nobody_else(house: House) -> None:
    """The client is there with its faults and the common profiles; the others are as they were."""
    house.add_client("one")
    house.add_client("odd", jose_profile={"sig_encoding": "ber"}, userinfo_encrypted_response_alg="SGD_SM2_3")
    assert house.client("one").protection_faults == ()
    assert house.client("one").profiles is PROFILES
    assert len(house.client("odd").protection_faults) == 3
    assert house.client("odd").profiles is PROFILES
