"""What every key provider refuses: altered, swapped and foreign keys, and keys used for something else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crypto.errors import KeyUnusable, SealError
from crypto.keys.handle import DECRYPTION, ECDH_ES, ES256, SIGNING, SM2, SM2_ENCRYPTION, Algorithm
from tests.contracts.key_bench import (
    PURPOSE,
    REFUSED,
    SECRET,
    Bench,
    every_algorithm,
    flipped,
    load,
    works,
)


@every_algorithm
def test_a_provider_over_another_root_refuses_the_key(bench: Bench, algorithm: Algorithm) -> None:
    """Stored keys are worth nothing beside another root key or device."""
    if bench.lacks(algorithm):
        return
    with pytest.raises(REFUSED):
        load(bench.case.other(), bench.key(algorithm))


@every_algorithm
def test_altered_and_foreign_stored_parts_are_refused(bench: Bench, algorithm: Algorithm) -> None:
    """One bit, a missing or a further byte, nothing at all, rubbish, and the stored part of another key."""
    if bench.lacks(algorithm):
        return
    made, size = bench.key(algorithm), len(bench.key(algorithm).wrapped)
    wrong = [flipped(made.wrapped, place) for place in {*range(0, size, max(1, size // 12)), size - 1}]
    wrong += [made.wrapped[:-1], made.wrapped + b"\x00", b"", bytes(size), b"\x01", made.wrapped[:3]]
    wrong += [bench.provider.generate(bench.any_signing()).wrapped, bench.provider.wrap(SECRET, PURPOSE)]
    for wrapped in wrong:
        with pytest.raises(REFUSED):
            load(bench.provider, replace(made, wrapped=wrapped))
    assert works(bench, made)


@pytest.mark.parametrize("algorithm", (ES256, SM2, SM2_ENCRYPTION, ECDH_ES))
def test_swapped_handles_are_refused(bench: Bench, algorithm: Algorithm) -> None:
    """Two keys of one algorithm cannot stand for each other, by stored part, by public half or by kid."""
    if bench.lacks(algorithm):
        return
    one, two = bench.key(algorithm), bench.key(algorithm, 1)
    swaps = [
        replace(one, wrapped=two.wrapped),
        replace(one, handle=replace(one.handle, public_jwk=two.handle.public_jwk)),
        replace(one, handle=replace(one.handle, kid=two.handle.kid)),
        replace(one, handle=replace(one.handle, public_jwk={})),
    ]
    for swapped in swaps:
        with pytest.raises(REFUSED):
            load(bench.provider, swapped)


def test_keys_serve_only_what_they_were_made_for(bench: Bench) -> None:
    """A handle of another algorithm is refused, and so are signing with a decryption key and its contrary."""
    signing = bench.key(bench.any_signing())
    for algorithm in (*SIGNING, "none"):
        if algorithm != signing.handle.algorithm:
            handle = replace(signing.handle, algorithm=algorithm)  # type: ignore[arg-type]  # what a row may hold
            with pytest.raises(REFUSED):
                bench.provider.signer(handle, signing.wrapped)
    with pytest.raises(KeyUnusable):
        bench.provider.decrypter(signing.handle, signing.wrapped)
    for opening in sorted(bench.provider.algorithms & set(DECRYPTION)):
        made = bench.key(opening)
        with pytest.raises(KeyUnusable):
            bench.provider.signer(made.handle, made.wrapped)


def test_a_stored_key_does_not_unwrap_as_bytes(bench: Bench) -> None:
    """Who may unwrap a pepper does not come by a signing key."""
    with pytest.raises(SealError):
        bench.provider.unwrap(bench.key(bench.any_signing()).wrapped, PURPOSE)


def test_nothing_printed_or_raised_shows_a_key(bench: Bench) -> None:
    """repr and str of provider, key, signer and refusals hold neither stored parts nor wrapped bytes."""
    made = bench.key(bench.any_signing())
    wrapped = bench.provider.wrap(SECRET, PURPOSE)
    seen: list[object] = [bench.provider, made, bench.provider.signer(made.handle, made.wrapped)]
    attempts: list[Callable[[], object]] = [
        lambda: bench.provider.unwrap(wrapped, "pepper/7"),
        lambda: bench.provider.unwrap(flipped(wrapped, len(wrapped) - 1), PURPOSE),
        lambda: bench.provider.signer(made.handle, wrapped),
        lambda: bench.provider.signer(replace(made.handle, public_jwk={}), made.wrapped),
    ]
    for attempt in attempts:
        with pytest.raises(REFUSED) as caught:
            attempt()
        seen += [caught.value, caught.value.args, caught.value.__cause__]
    printed = "".join(f"{thing!r}{thing}" for thing in seen)
    for secret in (SECRET, wrapped, made.wrapped):
        for form in (repr(secret)[2:-1], secret.hex(), secret.hex().upper()):
            assert form not in printed
