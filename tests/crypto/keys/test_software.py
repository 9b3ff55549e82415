"""Keys in memory under a root key."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import thumbprint as reference_thumbprint

from crypto.errors import KeyUnusable, SealError
from crypto.keys import jwk, software
from crypto.keys.handle import ECDH_ES, EDDSA, ES256, RS256, SM2, SM2_ENCRYPTION, Algorithm
from crypto.keys.software import SoftwareKeys
from crypto.sm.sm2 import Sm2PublicKey

_VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "jose" / "thumbprint.json").read_text())
_ALGORITHMS: list[Algorithm] = [ES256, SM2]


@pytest.fixture
def keys() -> SoftwareKeys:
    return SoftwareKeys(software.new_root_key())


@pytest.mark.parametrize("algorithm", _ALGORITHMS)
def test_a_generated_key_signs_for_its_public_part(keys: SoftwareKeys, algorithm: Algorithm) -> None:
    """The signer of a stored key signs 64 bytes that the published key accepts."""
    made = keys.generate(algorithm)
    signature = keys.signer(made.handle, made.wrapped).sign(b"data")
    assert len(signature) == 64
    if algorithm == SM2:
        Sm2PublicKey(jwk.elliptic_public(made.handle.public_jwk)).verify(b"data", signature)
    else:
        raw = jwk.elliptic_public(made.handle.public_jwk)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + raw)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        public.verify(encode_dss_signature(r, s), b"data", ec.ECDSA(hashes.SHA256()))


@pytest.mark.clause("RFC 7638", "3.1")
def test_thumbprint_gives_the_published_answer() -> None:
    """The sample of the RFC comes out, other members playing no part."""
    assert jwk.thumbprint(_VECTOR["jwk"]) == _VECTOR["thumbprint"]


@pytest.mark.clause("RFC 7638", "3.2")
@pytest.mark.parametrize(("algorithm", "crv"), [(ES256, "P-256"), (SM2, "SM2")])
def test_the_handle_names_its_key_by_thumbprint(keys: SoftwareKeys, algorithm: Algorithm, crv: str) -> None:
    """kid begins the thumbprint that another implementation computes; nothing private is published."""
    handle = keys.generate(algorithm).handle
    form = handle.public_jwk
    assert set(form) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (form["crv"], form["alg"], form["use"]) == (crv, algorithm, "sig")
    required = {name: form[name] for name in ("kty", "crv", "x", "y")}
    assert handle.kid == form["kid"] == reference_thumbprint(required)[:16]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"kty": "oct", "k": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA"},
        {"kty": "RSA", "n": 1, "e": "AQAB"},
    ],
)
def test_incomplete_keys_have_no_thumbprint(form: dict[str, object]) -> None:
    """A missing member never becomes the thumbprint of something else."""
    with pytest.raises(KeyUnusable):
        jwk.thumbprint(form)


@pytest.mark.parametrize("algorithm", _ALGORITHMS)
def test_a_wrapped_key_opens_only_for_its_own_handle(keys: SoftwareKeys, algorithm: Algorithm) -> None:
    """Another kid, another algorithm and another root key are refused, and so are altered bytes."""
    made = keys.generate(algorithm)
    other: Algorithm = SM2 if algorithm == ES256 else ES256
    for handle in (replace(made.handle, kid="other"), replace(made.handle, algorithm=other)):
        with pytest.raises(SealError):
            keys.signer(handle, made.wrapped)
    with pytest.raises(SealError):
        SoftwareKeys(software.new_root_key()).signer(made.handle, made.wrapped)
    with pytest.raises(SealError):
        keys.signer(made.handle, made.wrapped[:-1] + bytes((made.wrapped[-1] ^ 1,)))


@pytest.mark.parametrize("algorithm", _ALGORITHMS)
def test_a_handle_with_another_public_key_is_refused(keys: SoftwareKeys, algorithm: Algorithm) -> None:
    """A swapped public part is found when the key is loaded, before it signs anything."""
    made, other = keys.generate(algorithm), keys.generate(algorithm)
    swapped = replace(made.handle, public_jwk=other.handle.public_jwk)
    with pytest.raises(KeyUnusable):
        keys.signer(swapped, made.wrapped)


@pytest.mark.parametrize("algorithm", _ALGORITHMS)
def test_a_wrapped_scalar_out_of_range_is_unusable(keys: SoftwareKeys, algorithm: Algorithm) -> None:
    """Zero does not become a signer even when it was wrapped for the handle."""
    handle = keys.generate(algorithm).handle
    with pytest.raises(KeyUnusable):
        keys.signer(handle, keys.wrap(bytes(32), f"sign/{algorithm}/{handle.kid}"))


def test_wrapping_is_bound_to_its_purpose(keys: SoftwareKeys) -> None:
    """A pepper cannot be unwrapped as a lookup key, nor a signing key as either."""
    wrapped = keys.wrap(b"pepper bytes", "pepper/1")
    assert keys.unwrap(wrapped, "pepper/1") == b"pepper bytes"
    assert b"pepper bytes" not in wrapped
    for purpose in ("pepper/2", "lookup", "", "pepper/1 "):
        with pytest.raises(SealError):
            keys.unwrap(wrapped, purpose)
    made = keys.generate(SM2)
    with pytest.raises(SealError):
        keys.unwrap(made.wrapped, "pepper/1")


@pytest.mark.parametrize(
    "root_key",
    [
        bytes(16),
        b"\xff" * 16,
        b"a" * 16,
        bytes.fromhex("0123456789abcdeffedcba9876543210"),
        bytes(range(16)),
        bytes(range(1, 17)),
        b"1234567812345678",
    ],
)
def test_publicly_known_root_keys_are_refused(root_key: bytes) -> None:
    """Zeros, one repeated byte, counting and published vectors protect nothing, and never did."""
    assert software.is_known(root_key)
    with pytest.raises(KeyUnusable, match="known"):
        SoftwareKeys(root_key)
    with pytest.raises(KeyUnusable, match="known"):
        SoftwareKeys(software.new_root_key(), 2, {1: root_key})


def test_fresh_root_keys_are_not_known_and_wrong_sizes_are_refused() -> None:
    """Sixteen random bytes are a root key; other lengths are not."""
    made = {software.new_root_key() for _ in range(50)}
    assert len(made) == 50
    assert not any(software.is_known(root_key) for root_key in made)
    for size in (0, 15, 17, 32):
        with pytest.raises(KeyUnusable):
            SoftwareKeys(bytes(range(100, 100 + size)))


def test_printed_keys_show_no_private_part(keys: SoftwareKeys) -> None:
    """repr of a generated key leaves out the wrapped bytes, repr of provider and signer everything."""
    made = keys.generate(ES256)
    printed = f"{made!r}{keys!r}{keys.signer(made.handle, made.wrapped)!r}"
    assert repr(made.wrapped) not in printed
    assert "wrapped=" not in printed


def test_threads_share_a_signer(keys: SoftwareKeys) -> None:
    """One SM2 signer used by many threads gives signatures that all hold and never share a nonce."""
    made = keys.generate(SM2)
    signer = keys.signer(made.handle, made.wrapped)
    public = Sm2PublicKey(jwk.elliptic_public(made.handle.public_jwk))
    with ThreadPoolExecutor(4) as pool:
        signatures = list(pool.map(lambda number: signer.sign(str(number).encode()), range(60)))
    for number, signature in enumerate(signatures):
        public.verify(str(number).encode(), signature)
    assert len({signature[:32] for signature in signatures}) == 60


def test_an_earlier_generation_of_the_root_key_still_opens() -> None:
    """After a rotation old keys load and are rewrapped; without the old root key they do not open."""
    first, second = software.new_root_key(), software.new_root_key()
    old, new = SoftwareKeys(first), SoftwareKeys(second, 2, {1: first})
    made, wrapped = old.generate(SM2), old.wrap(b"pepper bytes", "pepper/1")
    assert new.unwrap(wrapped, "pepper/1") == b"pepper bytes"
    rewrapped = new.rewrap(made)
    assert (made.wrapped[1:3], rewrapped[1:3]) == (b"\x00\x01", b"\x00\x02")
    only = SoftwareKeys(second, 2)
    assert only.signer(made.handle, rewrapped).handle == made.handle
    for provider, stored in ((only, made.wrapped), (old, rewrapped)):
        with pytest.raises(SealError, match="not held"):
            provider.signer(made.handle, stored)


def test_two_root_keys_of_one_generation_are_refused() -> None:
    """Which of them opens would be a guess."""
    with pytest.raises(KeyUnusable, match="generation"):
        SoftwareKeys(software.new_root_key(), 1, {1: software.new_root_key()})
    with pytest.raises(KeyUnusable, match="65535"):
        SoftwareKeys(software.new_root_key(), 65536)


@pytest.mark.parametrize("algorithm", [RS256, EDDSA])
def test_wrapped_rubbish_is_unusable(keys: SoftwareKeys, algorithm: Algorithm) -> None:
    """What was wrapped for the handle and is no key of its kind does not load."""
    handle = keys.generate(algorithm).handle
    with pytest.raises(KeyUnusable):
        keys.signer(handle, keys.wrap(b"not a key of any kind", f"sign/{algorithm}/{handle.kid}"))


@pytest.mark.parametrize("algorithm", [SM2_ENCRYPTION, ECDH_ES])
def test_decryption_keys_are_wrapped_for_decryption(keys: SoftwareKeys, algorithm: Algorithm) -> None:
    """A decryption key that was wrapped for signing does not load, nor does a scalar out of range."""
    made = keys.generate(algorithm)
    d = keys.unwrap(made.wrapped, f"decrypt/{algorithm}/{made.handle.kid}")
    with pytest.raises(SealError):
        keys.decrypter(made.handle, keys.wrap(d, f"sign/{algorithm}/{made.handle.kid}"))
    with pytest.raises(KeyUnusable):
        keys.decrypter(made.handle, keys.wrap(bytes(32), f"decrypt/{algorithm}/{made.handle.kid}"))
