"""The contract of ``crypto.keys.handle.KeyProvider``, on every provider: what keys are made, and that they work."""

from dataclasses import replace

import pytest

from crypto.errors import KeyUnusable, SealError
from crypto.keys import jwk
from crypto.keys.handle import (
    ECDH_ES,
    EDDSA,
    ES256,
    PS256,
    RS256,
    SIGNING,
    SM2,
    SM2_ENCRYPTION,
    Algorithm,
)
from crypto.sm.sm2 import Sm2PublicKey
from tests.contracts.key_bench import PURPOSE, REFUSED, Bench, every_algorithm, flipped, works
from tests.support.independent import agreed, holds

EC, OKP, RSA = (
    frozenset({"kty", "crv", "x", "y"}),
    frozenset({"kty", "crv", "x"}),
    frozenset({"kty", "n", "e"}),
)
MEMBERS: dict[Algorithm, frozenset[str]] = {
    ES256: EC,
    EDDSA: OKP,
    RS256: RSA,
    PS256: RSA,
    SM2: EC,
    SM2_ENCRYPTION: EC,
    ECDH_ES: EC,
}
every_signature = pytest.mark.parametrize("algorithm", SIGNING)


@every_signature
def test_signatures_hold_by_another_library(bench: Bench, algorithm: Algorithm) -> None:
    """Of nothing, of little and of much; over other data they do not hold."""
    if bench.lacks(algorithm):
        return
    made = bench.key(algorithm)
    signer = bench.provider.signer(made.handle, made.wrapped)
    assert signer.handle == made.handle
    for data in (b"", b"data", bytes(70_000) if algorithm != SM2 else bytes(2_000)):
        signature = signer.sign(data)
        assert len(signature) == (384 if algorithm in {RS256, PS256} else 64)
        assert holds(made.handle, data, signature)
        assert not holds(made.handle, data + b".", signature)


@every_algorithm
def test_the_handle_names_the_key_and_publishes_nothing_private(bench: Bench, algorithm: Algorithm) -> None:
    """kid begins the thumbprint; the JWK has the public members of its type, kid, alg and use, and no other."""
    if bench.lacks(algorithm):
        return
    handle = bench.key(algorithm).handle
    assert handle.algorithm == algorithm
    assert set(handle.public_jwk) == MEMBERS[algorithm] | {"kid", "alg", "use"}
    assert handle.kid == handle.public_jwk["kid"] == jwk.thumbprint(handle.public_jwk)[:16]
    use = "sig" if algorithm in SIGNING else "enc"
    assert (handle.public_jwk["alg"], handle.public_jwk["use"]) == (algorithm, use)


def test_every_key_is_another(bench: Bench) -> None:
    """Fresh keys share neither kid nor public half nor stored part."""
    made = [bench.provider.generate(bench.any_signing()) for _ in range(5)]
    assert len({key.handle.kid for key in made}) == 5
    assert len({key.handle.public_jwk["x"] for key in made}) == 5
    assert len({key.wrapped for key in made}) == 5


@every_algorithm
def test_a_second_provider_over_the_same_root_uses_the_key(bench: Bench, algorithm: Algorithm) -> None:
    """Another process loads what this one stored."""
    if not bench.lacks(algorithm):
        assert works(bench, bench.key(algorithm), bench.case.same_again())


def test_sm2_ciphertexts_open_and_altered_ones_do_not(bench: Bench) -> None:
    """Every length comes back; a changed byte, a cut end and a foreign key's ciphertext raise SealError."""
    if bench.lacks(SM2_ENCRYPTION):
        return
    made, other = bench.key(SM2_ENCRYPTION), bench.key(SM2_ENCRYPTION, 1)
    decrypter = bench.provider.decrypter(made.handle, made.wrapped)
    assert decrypter.handle == made.handle
    public = Sm2PublicKey(jwk.elliptic_public(made.handle.public_jwk))
    for plaintext in (b"\x00", b"k" * 16, bytes(range(100))):
        assert decrypter.decrypt(public.encrypt(plaintext)) == plaintext
    ciphertext = public.encrypt(b"content key 1234")
    foreign = Sm2PublicKey(jwk.elliptic_public(other.handle.public_jwk)).encrypt(b"content key 1234")
    bad = [flipped(ciphertext, place) for place in (0, 1, 40, 70, len(ciphertext) - 1)]
    for wrong in (*bad, foreign, b"", b"\x04", ciphertext[:-1], ciphertext + b"\x00", bytes(113)):
        with pytest.raises(SealError):
            decrypter.decrypt(wrong)
    with pytest.raises(KeyUnusable):
        decrypter.agree(bytes(64))


@pytest.mark.clause("RFC 7518", "4.6")
def test_agreement_gives_the_z_of_the_sender(bench: Bench) -> None:
    """Z is the sender's; points off the curve and of other sizes never reach the key."""
    if bench.lacks(ECDH_ES):
        return
    made = bench.key(ECDH_ES)
    decrypter = bench.provider.decrypter(made.handle, made.wrapped)
    assert decrypter.handle == made.handle
    for _ in range(10):
        public, z = agreed(made.handle)
        assert decrypter.agree(public) == z
    for wrong in (b"", bytes(64), b"\xff" * 64, public[:-1], public + b"\x00", flipped(public, 63)):
        with pytest.raises(KeyUnusable):
            decrypter.agree(wrong)
    with pytest.raises(KeyUnusable):
        decrypter.decrypt(b"\x04" + bytes(112))


@pytest.mark.parametrize("size", [16, 32, 48, 500])
def test_wrapped_bytes_open_for_their_purpose_only(bench: Bench, size: int) -> None:
    """Here and in a second provider; not for another purpose, not altered, not beside another root."""
    secret = bytes(range(256))[:size] if size < 256 else bytes(size)
    wrapped = bench.provider.wrap(secret, PURPOSE)
    assert secret not in wrapped
    assert wrapped != bench.provider.wrap(secret, PURPOSE)
    for provider in (bench.provider, bench.case.same_again()):
        assert provider.unwrap(wrapped, PURPOSE) == secret
    for purpose in ("lookup/8", "lookup/7 ", "", "pepper/7"):
        with pytest.raises(SealError):
            bench.provider.unwrap(wrapped, purpose)
    last = len(wrapped) - 1
    bad = [flipped(wrapped, place) for place in {*range(0, last, max(1, last // 12)), last}]
    for wrong in (*bad, b"", wrapped[:-1], wrapped + b"\x00", bytes(len(wrapped))):
        with pytest.raises(SealError):
            bench.provider.unwrap(wrong, PURPOSE)
    with pytest.raises(SealError):
        bench.case.other().unwrap(wrapped, PURPOSE)


@every_algorithm
def test_a_rewrapped_key_is_the_same_key(bench: Bench, algorithm: Algorithm) -> None:
    """The new stored part serves the handle; an altered old one is refused."""
    if bench.lacks(algorithm):
        return
    made = bench.key(algorithm)
    assert works(bench, replace(made, wrapped=bench.provider.rewrap(made)))
    with pytest.raises(REFUSED):
        bench.provider.rewrap(replace(made, wrapped=flipped(made.wrapped, len(made.wrapped) - 1)))
    with pytest.raises(REFUSED):
        bench.case.other().rewrap(made)


def test_destroying_a_key_leaves_the_others(bench: Bench) -> None:
    """It may be repeated; the stored part of another key does not direct it elsewhere."""
    kept = bench.key(bench.any_signing())
    gone = bench.provider.generate(bench.any_signing())
    if bench.case.destroy_by_tool is not None:
        with pytest.raises(KeyUnusable):
            bench.provider.destroy(gone.handle, gone.wrapped)
        bench.case.destroy_by_tool(gone)
    bench.provider.destroy(gone.handle, gone.wrapped)
    bench.provider.destroy(gone.handle, gone.wrapped)
    assert works(bench, kept)


def test_random_bytes_have_the_length_asked_for(bench: Bench) -> None:
    """From none to many, and never the same twice."""
    for size in (0, 1, 7, 16, 32, 1000):
        assert len(bench.provider.random(size)) == size
    assert len({bench.provider.random(16) for _ in range(50)}) == 50
