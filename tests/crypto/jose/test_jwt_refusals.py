"""Tokens of strangers: every confusion of header, algorithm, key and claims is refused with its reason."""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose import jwt
from crypto.keys.handle import SM2, Signer
from crypto.keys.software import SoftwareKeys, new_root_key

_NOW = 1_800_000_000.5
_CLAIMS: dict[str, object] = {
    "iss": "https://client.example.test",
    "aud": "idp",
    "exp": 1_800_000_060,
    "sub": "x",
}
_ALL = frozenset({"ES256", "RS256", "PS256", "EdDSA", "SGD_SM3_SM2"})

_EC = ECKey.generate_key("P-256", {"kid": "ec"})
_RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
_ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})


def _public(key: ECKey | RSAKey | OKPKey, **members: object) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


def _sm2_signer() -> Signer:
    keys = SoftwareKeys(new_root_key())
    made = keys.generate(SM2)
    return keys.signer(made.handle, made.wrapped)


_SM2 = _sm2_signer()
_KEYS: dict[str, dict[str, Any]] = {
    "ES256": _public(_EC),
    "RS256": _public(_RSA),
    "PS256": _public(_RSA),
    "EdDSA": _public(_ED),
    "SGD_SM3_SM2": dict(_SM2.handle.public_jwk),
}


def _sign(alg: str, header: Mapping[str, object], payload: bytes) -> str:
    """A compact JWS over any header and payload, as an attacker with a good key would make it."""
    signed = f"{base64url.encode(json.dumps(header).encode())}.{base64url.encode(payload)}".encode()
    if alg == "SGD_SM3_SM2":
        signature = _SM2.sign(signed)
    else:
        key = {"ES256": _EC, "RS256": _RSA, "PS256": _RSA, "EdDSA": _ED}[alg]
        signature = jws.JWSRegistry.algorithms[alg].sign(signed, key)
    return f"{signed.decode()}.{base64url.encode(signature)}"


def _token(alg: str = "ES256", header: Mapping[str, object] | None = None, **claims: object) -> str:
    merged = {name: value for name, value in {**_CLAIMS, **claims}.items() if value is not ...}
    return _sign(alg, {"alg": alg, "typ": "JWT", **(header or {})}, json.dumps(merged).encode())


def _decode(
    token: str,
    keys: Sequence[Mapping[str, object]] = (_KEYS["ES256"],),
    algorithms: frozenset[str] = _ALL,
    typ: frozenset[str] | None = frozenset({"JWT"}),
    **options: Any,
) -> dict[str, object]:
    return jwt.decode(token, keys, algorithms=algorithms, typ=typ, **{"now": _NOW, **options})


def _reason(token: str, *arguments: Any, **options: Any) -> str:
    with pytest.raises(TokenRejected) as refused:
        _decode(token, *arguments, **options)
    return refused.value.reason


@pytest.mark.parametrize("alg", sorted(_ALL))
def test_each_algorithm_verifies_its_own_tokens(alg: str) -> None:
    """The five algorithms are accepted with their own keys, alone and among the others."""
    token = _token(alg)
    assert _decode(token, [_KEYS[alg]]) == _CLAIMS
    assert _decode(token, list(_KEYS.values())) == _CLAIMS


@pytest.mark.clause("RFC 8725", "3.1")
@pytest.mark.parametrize(("signed", "claimed"), sorted(itertools.permutations(_ALL, 2)))
def test_a_token_that_claims_another_algorithm_is_refused(signed: str, claimed: str) -> None:
    """No signature of one algorithm passes as one of another, whatever key is tried."""
    payload = json.dumps(_CLAIMS).encode()
    token = _sign(signed, {"alg": claimed, "typ": "JWT"}, payload)
    assert _reason(token, [_KEYS[signed]]) in {"key", "signature"}
    assert _reason(token, list(_KEYS.values())) == "signature"


@pytest.mark.clause("RFC 8725", "3.2")
@pytest.mark.parametrize("alg", sorted(_ALL))
def test_an_algorithm_outside_the_allow_list_is_refused(alg: str) -> None:
    """The caller's list decides, even when the key is there."""
    assert _reason(_token(alg), [_KEYS[alg]], _ALL - {alg}) == "algorithm"
    assert _reason(_token(alg), [_KEYS[alg]], frozenset()) == "algorithm"


@pytest.mark.clause("RFC 8725", "3.1")
@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "HS256", "HS512", "", "es256", "ES384", None, 1, ["ES256"]]
)
def test_none_and_symmetric_algorithms_are_refused_even_when_a_caller_allows_them(alg: object) -> None:
    """No spelling of none, no HMAC, and nothing that is not a known name is ever verified."""
    payload = base64url.encode(json.dumps(_CLAIMS).encode())
    header = base64url.encode(json.dumps({"alg": alg, "typ": "JWT"}).encode())
    allowed = _ALL | {"none", "None", "NONE", "nOnE", "HS256", "HS512", "es256", "ES384", ""}
    for signature in ("", "AA"):
        assert _reason(f"{header}.{payload}.{signature}", [_KEYS["ES256"]], allowed) == "algorithm"


def test_a_public_key_is_never_an_hmac_secret() -> None:
    """A token MACed with the public key's bytes is refused, and a symmetric key in the set is not used."""
    secret = OctKey.import_key(json.dumps(_KEYS["RS256"]))
    token = jws.serialize_compact(
        {"alg": "HS256", "typ": "JWT"}, json.dumps(_CLAIMS), secret, algorithms=["HS256"]
    )
    assert _reason(token, [_KEYS["RS256"]], _ALL | {"HS256"}) == "algorithm"
    assert _reason(_token(), [{"kty": "oct", "k": "AAAA"}]) == "key"


@pytest.mark.clause("RFC 8725", "3.10")
@pytest.mark.parametrize(
    "member",
    [
        {"jwk": _public(_EC)},
        {"jku": "https://elsewhere.example.test/jwks"},
        {"x5u": "https://elsewhere.example.test/cert"},
        {"x5c": ["MII"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"jwk": None},
        {"kid": 7},
        {"kid": None},
        {"kid": ["ec"]},
    ],
)
def test_headers_that_choose_keys_or_change_meaning_are_refused(member: Mapping[str, object]) -> None:
    """Embedded keys, key addresses, critical extensions, unencoded and compressed payloads are refused."""
    assert _reason(_token(header=member)) == "header"


def test_unknown_header_members_are_ignored() -> None:
    """A thumbprint of a certificate does no harm."""
    assert _decode(_token(header={"x5t#S256": "AAAA", "cty": "JSON"})) == _CLAIMS


@pytest.mark.clause("RFC 8725", "3.11")
@pytest.mark.parametrize(
    ("given", "expected", "accepted"),
    [
        ("JWT", {"JWT"}, True),
        ("jwt", {"JWT"}, True),
        ("application/at+jwt", {"at+jwt"}, True),
        ("AT+JWT", {"at+jwt", "JWT"}, True),
        ("anything", None, True),
        (..., None, True),
        ("JWT", {"at+jwt"}, False),
        ("logout+jwt", {"at+jwt", "JWT"}, False),
        (..., {"JWT"}, False),
        (7, None, False),
        (None, {"JWT"}, False),
        ("JWT", set(), False),
    ],
)
def test_the_type_of_token_is_held(given: object, expected: set[str] | None, accepted: bool) -> None:
    """One kind of token never serves as another; case and the media type's prefix do not matter."""
    header = {"alg": "ES256"} if given is ... else {"alg": "ES256", "typ": given}
    token = _sign("ES256", header, json.dumps(_CLAIMS).encode())
    allowed = None if expected is None else frozenset(expected)
    if accepted:
        assert _decode(token, typ=allowed) == _CLAIMS
    else:
        assert _reason(token, typ=allowed) == "typ"


@pytest.mark.parametrize(
    "key",
    [
        _public(ECKey.generate_key("P-384"), kid="ec"),
        {**_KEYS["SGD_SM3_SM2"], "kid": "ec", "alg": "ES256"},
        {**_KEYS["ES256"], "crv": "SM2"},
        {**_KEYS["ES256"], "kid": "other"},
        {name: value for name, value in _KEYS["ES256"].items() if name != "kid"},
        {**_KEYS["ES256"], "alg": "ES384"},
        {**_KEYS["ES256"], "use": "enc"},
        {**_KEYS["ES256"], "key_ops": ["sign"]},
        {**_KEYS["ES256"], "key_ops": "verify"},
        {**_KEYS["ES256"], "d": "AAAA"},
        {**_KEYS["ES256"], "y": _KEYS["ES256"]["x"]},
        {**_KEYS["ES256"], "x": 5},
        {**_KEYS["RS256"], "kid": "ec"},
        {},
    ],
)
def test_keys_that_do_not_fit_are_not_used(key: Mapping[str, object]) -> None:
    """Another curve, kid, use or algorithm, a private or a broken key: no signature is even tried."""
    assert _reason(_token(header={"kid": "ec"}), [key]) == "key"


def test_a_named_key_alone_is_tried() -> None:
    """With a kid, the right key under another name does not help; without one, every fitting key is tried."""
    other = _public(ECKey.generate_key("P-256"), kid="other")
    assert _decode(_token(header={"kid": "ec"}), [other, _KEYS["ES256"]]) == _CLAIMS
    assert _decode(_token(), [other, _KEYS["ES256"]]) == _CLAIMS
    assert _reason(_token(header={"kid": "other"}), [other, _KEYS["ES256"]]) == "signature"
    assert _reason(_token(), [other]) == "signature"
    assert _reason(_token(), []) == "key"


@pytest.mark.parametrize("bits", [1024, 1536])
def test_short_rsa_keys_are_not_used(bits: int) -> None:
    """A modulus below 2,048 bits proves nothing."""
    modulus = (1 << bits) - 1
    size = bits // 8
    key = {"kty": "RSA", "n": base64url.encode(modulus.to_bytes(size, "big")), "e": "AQAB"}
    assert _reason(_token("RS256"), [key]) == "key"


@pytest.mark.parametrize("exponent", [1, 2, 65536, 2**32 + 1])
def test_odd_rsa_exponents_are_not_used(exponent: int) -> None:
    """Exponents 1, even ones and huge ones are refused, as is a modulus beyond 8,192 bits."""
    text = base64url.encode(exponent.to_bytes((exponent.bit_length() + 7) // 8, "big"))
    assert _reason(_token("RS256"), [{**_KEYS["RS256"], "e": text}]) == "key"
    huge = base64url.encode(((1 << 8200) - 1).to_bytes(1025, "big"))
    assert _reason(_token("RS256"), [{**_KEYS["RS256"], "n": huge}]) == "key"


def test_every_altered_segment_is_refused() -> None:
    """A changed claim, header or signature does not verify, nor does the signature of another token."""
    head, payload, signature = _token().split(".")
    other_head, other_payload, other_signature = _token(sub="y").split(".")
    assert head == other_head
    assert _reason(f"{head}.{other_payload}.{signature}") == "signature"
    assert _reason(f"{head}.{payload}.{other_signature}") == "signature"
    assert _reason(f"{head}.{payload}.") == "signature"
    assert _reason(f"{head}.{payload}.{signature[:-2]}") == "signature"
    assert _reason(f"{head}.{payload}.{base64url.encode(bytes(64))}") == "signature"


@pytest.mark.parametrize("alg", ["ES256", "SGD_SM3_SM2"])
def test_der_signatures_are_refused(alg: str) -> None:
    """Only r‖s is a signature of JWS; a DER one over the same bytes is not."""
    signed, signature = _token(alg).rsplit(".", 1)
    raw = base64url.decode(signature)
    parts = b"".join(b"\x02\x21\x00" + raw[half : half + 32] for half in (0, 32))
    der = base64url.encode(b"\x30" + bytes((len(parts),)) + parts)
    assert _reason(f"{signed}.{der}", [_KEYS[alg]]) == "signature"


def test_the_claims_of_a_good_signature_are_still_checked() -> None:
    """Every expectation of the caller reaches the claims."""
    assert _reason(_token(exp=1_799_999_995)) == "expired"
    assert _reason(_token(exp=1_799_999_999), leeway=0) == "expired"
    assert _reason(_token(nbf=1_800_000_010)) == "not_yet_valid"
    assert _reason(_token(), issuer="https://other.example.test") == "issuer"
    assert _reason(_token(), audience="other") == "audience"
    assert _reason(_token(), required=("jti",)) == "missing"
    assert (
        _decode(_token(), issuer="https://client.example.test", audience="idp", required=("sub",)) == _CLAIMS
    )
