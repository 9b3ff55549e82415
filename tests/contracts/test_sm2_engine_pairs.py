"""What one SM2 engine makes, every other takes: all ordered pairs, and the second opinion on each.

None is skipped: a machine without libbotan or libcrypto fails here (``.ci/test-programs`` installs both).
"""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.errors import VerificationError
from crypto.sm import curve, encoding, second_opinion
from crypto.sm.engine.choose import choose
from crypto.sm.engine.port import Engine

_NAMES = ("botan", "openssl", "gmssl")
_PAIRS = tuple(itertools.product(_NAMES, _NAMES))

_SCALARS = st.integers(1, curve.N - 2).map(lambda number: number.to_bytes(32, "big"))
_IDENTITIES = st.one_of(st.just(curve.DEFAULT_IDENTITY), st.binary(max_size=40))
_FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _altered(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


@pytest.fixture(params=_NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return choose(request.param)


@pytest.fixture(params=_PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest) -> tuple[Engine, Engine]:
    one, other = request.param
    return choose(one), choose(other)


@given(_SCALARS, st.binary(max_size=64), _IDENTITIES)
@_FEW
def test_one_signs_and_the_other_verifies(
    pair: tuple[Engine, Engine], d: bytes, data: bytes, identity: bytes
) -> None:
    """Signatures of each engine hold by each other, and an altered one by none."""
    one, other = pair
    public = other.public_key(d)
    rs = one.load_signer(d, identity).sign(data)
    e = curve.message_digest(public, data, identity)
    other.verify(public, e, rs)
    other.verify(public, e, one.sign(d, e))
    with pytest.raises(VerificationError):
        other.verify(public, e, _altered(rs))


@given(_SCALARS, st.binary(min_size=1, max_size=64))
@_FEW
def test_one_encrypts_and_the_other_decrypts(pair: tuple[Engine, Engine], d: bytes, plaintext: bytes) -> None:
    """Ciphertexts of each engine open by each other, through the ASN.1 form as well."""
    one, other = pair
    ciphertext = one.encrypt(one.public_key(d), plaintext)
    assert other.decrypt(d, ciphertext) == plaintext
    assert other.decrypt(d, encoding.der_to_ciphertext(encoding.ciphertext_to_der(ciphertext))) == plaintext


@given(_SCALARS, _SCALARS, _SCALARS, _SCALARS)
@_FEW
def test_one_agrees_with_the_other(
    pair: tuple[Engine, Engine], d_a: bytes, r_a: bytes, d_b: bytes, r_b: bytes
) -> None:
    """The initiator by one engine and the responder by the other share a point, and a third party does not."""
    one, other = pair
    point = one.shared_point(d_a, r_a, other.public_key(d_b), other.public_key(r_b))
    assert other.shared_point(d_b, r_b, one.public_key(d_a), one.public_key(r_a)) == point
    curve.check_public(point)
    stranger = other.generate()
    assert other.shared_point(stranger, r_b, one.public_key(d_a), one.public_key(r_a)) != point


@given(_SCALARS, st.binary(max_size=100), _IDENTITIES)
@_FEW
def test_the_second_opinion_agrees(engine: Engine, d: bytes, data: bytes, identity: bytes) -> None:
    """What an engine signs holds by gmssl with its own digest, and not under another identity."""
    public = engine.public_key(d)
    rs = engine.load_signer(d, identity).sign(data)
    second_opinion.verify_message(public, data, rs, identity)
    with pytest.raises(VerificationError):
        second_opinion.verify_message(public, data, rs, identity + b"x")
