"""Public key sets, ours written and others' read."""

from collections.abc import Mapping

import pytest

from crypto.errors import TokenRejected
from crypto.jose import jwks
from crypto.jose.profile import table_for
from crypto.keys import jwk
from crypto.keys.handle import ES256, SM2, KeyHandle
from crypto.keys.software import SoftwareKeys, new_root_key

_EC = {"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ"}
_OKP = {"kty": "OKP", "crv": "Ed25519", "x": "eA"}
_RSA = {"kty": "RSA", "n": "bg", "e": "AQAB"}


def test_the_published_set_holds_public_members_only() -> None:
    """Each key stands there with kid, alg and use, and is read back as it was written."""
    keys = SoftwareKeys(new_root_key())
    handles = [keys.generate(ES256).handle, keys.generate(SM2).handle]
    document = jwks.public_set(handles)
    assert document == {"keys": [dict(handle.public_jwk) for handle in handles]}
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"} for key in document["keys"])
    assert jwks.parse_set(document) == document["keys"]


def test_a_private_member_in_a_handle_is_never_published() -> None:
    """Even a handle that carries d by mistake publishes the public members alone."""
    handle = SoftwareKeys(new_root_key()).generate(ES256).handle
    leaky = type(handle)(handle.kid, handle.algorithm, {**handle.public_jwk, "d": "secret"})
    assert "secret" not in str(jwks.public_set([leaky]))


def test_every_type_of_key_is_written_with_its_use() -> None:
    """RSA and Edwards keys have their own members; keys for encryption say so, and all are read back."""
    point = bytes(64)
    handles = [
        KeyHandle("1", "RS256", jwk.rsa_jwk((1 << 2047) + 1, 65537)),
        KeyHandle("2", "EdDSA", jwk.edwards_jwk("Ed25519", bytes(32))),
        KeyHandle("3", "SGD_SM2_3", jwk.elliptic_jwk("SM2", point)),
        KeyHandle("4", "ECDH-ES", jwk.elliptic_jwk("P-256", point)),
    ]
    written = jwks.public_set(handles)["keys"]
    assert [sorted(key) for key in written] == [
        ["alg", "e", "kid", "kty", "n", "use"],
        ["alg", "crv", "kid", "kty", "use", "x"],
        ["alg", "crv", "kid", "kty", "use", "x", "y"],
        ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]
    assert [(key["alg"], key["use"]) for key in written] == [
        ("RS256", "sig"),
        ("EdDSA", "sig"),
        ("SGD_SM2_3", "enc"),
        ("ECDH-ES", "enc"),
    ]
    assert jwks.parse_set({"keys": written}) == written


def test_a_peer_finds_the_names_that_it_agreed_on() -> None:
    """Curve and algorithm of SM2 keys are written as the peer calls them, everything else as for everybody."""
    keys = SoftwareKeys(new_root_key())
    handles = [keys.generate(ES256).handle, keys.generate(SM2).handle]
    peer = table_for({"crv": "SM2-P-256", "alg": "SM2-SM3"})
    es256, sm2 = jwks.public_set(handles, peer)["keys"]
    assert es256 == handles[0].public_jwk
    assert sm2 == {**handles[1].public_jwk, "crv": "SM2-P-256", "alg": "SM2-SM3"}


def test_unknown_members_and_unknown_types_are_left_out() -> None:
    """Certificates, addresses and keys of the future are not kept."""
    extra = {"x5c": ["MII"], "x5u": "https://elsewhere.example.test", "ext": True}
    document = {
        "keys": [{**_EC, **extra, "kid": "1", "key_ops": ["verify"]}, {"kty": "AKP", "pub": "x"}, _OKP, _RSA]
    }
    assert jwks.parse_set(document) == [{**_EC, "kid": "1", "key_ops": ["verify"]}, _OKP, _RSA]


@pytest.mark.clause("RFC 7517", "9.3")
@pytest.mark.parametrize(
    "key",
    [
        {**_EC, "d": "x"},
        {**_OKP, "d": "x"},
        {**_RSA, "p": "x"},
        {**_RSA, "oth": []},
        {**_EC, "k": "x"},
        {"kty": "oct", "k": "x"},
        {"kty": "oct"},
        {"kty": "AKP", "d": "x"},
    ],
)
def test_private_and_symmetric_keys_are_refused(key: Mapping[str, object]) -> None:
    """A set that leaks one private key is refused whole, so that its owner notices."""
    with pytest.raises(TokenRejected) as refused:
        jwks.parse_set({"keys": [_EC, key]})
    assert refused.value.reason == "key"


@pytest.mark.parametrize(
    "key",
    [
        None,
        "EC",
        {},
        {"kty": 1},
        {**_EC, "x": 1},
        {**_EC, "y": ""},
        {"kty": "EC", "crv": "P-256", "x": "eA"},
        {**_EC, "kid": 7},
        {**_EC, "kid": None},
        {**_RSA, "n": "n" * 2049},
        {**_EC, "key_ops": "verify"},
        {**_EC, "key_ops": [1]},
    ],
)
def test_members_of_wrong_type_or_size_are_refused(key: object) -> None:
    """Missing, empty, over-long and non-text members are refused."""
    with pytest.raises(TokenRejected) as refused:
        jwks.parse_set({"keys": [key]})
    assert refused.value.reason == "key"


@pytest.mark.parametrize("document", [None, [], "x", {}, {"keys": None}, {"keys": {}}])
def test_documents_that_are_no_key_set_are_malformed(document: object) -> None:
    """Only an object with a list of keys is a set."""
    with pytest.raises(TokenRejected) as refused:
        jwks.parse_set(document)
    assert refused.value.reason == "malformed"


def test_the_number_of_keys_is_bounded() -> None:
    """Twenty keys are read, twenty-one are not, and the caller may ask for fewer."""
    assert len(jwks.parse_set({"keys": [_EC] * 20})) == 20
    for count, limit in ((21, 20), (3, 2)):
        with pytest.raises(TokenRejected) as refused:
            jwks.parse_set({"keys": [_EC] * count}, max_keys=limit)
        assert refused.value.reason == "key"
