"""The contract of ``crypto.sm.engine.port.Engine``, run on every engine.

None is skipped: a machine without libbotan or libcrypto fails here (``.ci/test-programs`` installs both).
"""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crypto.errors import CryptoError, KeyUnusable, SealError, VerificationError
from crypto.sm import agreement, curve, encoding, sm3
from crypto.sm.engine.choose import choose
from crypto.sm.engine.port import Engine

_ROOT = Path(__file__).parents[2]
_VECTORS = Path(__file__).parents[1] / "vectors" / "sm2"
_KNOWN = json.loads((_VECTORS / "known.json").read_text())
_AGREED = json.loads((_VECTORS / "agreement.json").read_text())
_NAMES = ("botan", "openssl", "gmssl")

_D = bytes.fromhex(_KNOWN["d"])
_X, _Y = bytes.fromhex(_KNOWN["x"]), bytes.fromhex(_KNOWN["y"])
_PUBLIC = _X + _Y
_E = bytes.fromhex(_KNOWN["e"])
_R, _S = bytes.fromhex(_KNOWN["r"]), bytes.fromhex(_KNOWN["s"])
_CIPHERTEXT = bytes.fromhex(_KNOWN["c1"] + _KNOWN["c3"] + _KNOWN["c2"])
_C1, _C3, _C2 = _CIPHERTEXT[:65], _CIPHERTEXT[65:97], _CIPHERTEXT[97:]
_GENERATOR = curve.GX.to_bytes(32, "big") + curve.GY.to_bytes(32, "big")

# (1, y) lies on the curve; x = 1 + p names the same point in a second way.
_Y_OF_ONE = bytes.fromhex("9f7a091433a81e3f218f405f792355bf2aa98b5ffa95982f03870800065279a3")

_FORKS = """
import os, sys
from crypto.sm import curve
from crypto.sm.engine.choose import choose
engine = choose(sys.argv[1])
d = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
public = engine.public_key(d)
signer = engine.load_signer(d, curve.DEFAULT_IDENTITY)
e = curve.message_digest(public, b"same data", curve.DEFAULT_IDENTITY)
def work():
    made = []
    for _ in range(3):
        rs = signer.sign(b"same data")
        engine.verify(public, e, rs)
        made.append(rs[:32])
    made += [engine.sign(d, e)[:32], engine.encrypt(public, b"same data")[1:33], engine.generate()]
    return "".join(value.hex() + "\\n" for value in made)
work()  # everything kept is warm before the fork
reads = []
for _ in range(3):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, work().encode())
        os._exit(0)
    os.close(write)
    reads.append(read)
for read in reads:
    print(os.fdopen(read).read(), end="")
print(work(), end="")
"""


def _scalar(number: int) -> bytes:
    return (number % curve.N).to_bytes(32, "big")


def _flip(data: bytes, position: int) -> bytes:
    altered = bytearray(data)
    altered[position] ^= 1
    return bytes(altered)


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


@pytest.fixture(params=_NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return choose(request.param)


def test_an_engine_names_its_library_and_its_safety(engine: Engine) -> None:
    """The name carries library and version, and only the pure-Python engine is unsafe."""
    library, version = engine.name.split()[:2]
    assert library in {"Botan", "OpenSSL", "gmssl"}
    assert version[0].isdigit()
    assert engine.is_unsafe == (library == "gmssl")


@pytest.mark.clause("GM/T 0003.5", "A")
def test_the_published_key_and_signature_hold(engine: Engine) -> None:
    """d gives P and the sample signature verifies."""
    assert engine.public_key(_D) == _PUBLIC
    engine.verify(_PUBLIC, _E, _R + _S)


@pytest.mark.clause("GM/T 0003.5", "C")
def test_the_published_ciphertext_opens(engine: Engine) -> None:
    """The sample decrypts."""
    assert engine.decrypt(_D, _CIPHERTEXT) == _KNOWN["plaintext"].encode()


@pytest.mark.clause("GM/T 0003.5", "B")
def test_the_published_agreement_comes_out(engine: Engine) -> None:
    """Both sides of the sample reach its point, key and confirmations."""
    value = {name: bytes.fromhex(text) for name, text in _AGREED.items() if "identity" not in name}
    for name in ("static", "ephemeral"):
        for side in "ab":
            assert engine.public_key(value[f"{name}_d_{side}"]) == value[f"{name}_{side}"]
    for own, other in ("ab", "ba"):
        point = engine.shared_point(
            value[f"static_d_{own}"],
            value[f"ephemeral_d_{own}"],
            value[f"static_{other}"],
            value[f"ephemeral_{other}"],
        )
        assert point == value["point"]
    ends = agreement.derive(
        value["point"], (value["z_a"], value["z_b"]), (value["ephemeral_a"], value["ephemeral_b"]), 16
    )
    assert ends.key == value["key"]
    assert (ends.by_initiator, ends.by_responder) == (value["confirmation_a"], value["confirmation_b"])


def test_generated_keys_are_usable_and_differ(engine: Engine) -> None:
    """Fresh keys are in range, have a point on the curve, and never come twice."""
    keys = {engine.generate() for _ in range(10)}
    assert len(keys) == 10
    for d in keys:
        curve.check_private(d)
        engine.check_public(engine.public_key(d))


@pytest.mark.parametrize("number", [1, 11, 307, curve.N - 2])
def test_keys_at_the_edges_work(engine: Engine, number: int) -> None:
    """The smallest and largest keys sign and decrypt, and two whose x begins with the digits 04."""
    d = _scalar(number)
    public = engine.public_key(d)
    engine.verify(public, _E, engine.sign(d, _E))
    assert engine.decrypt(d, engine.encrypt(public, b"data")) == b"data"


@pytest.mark.clause("GM/T 0003.2", "6.1")
@pytest.mark.parametrize("e", [bytes(32), b"\xff" * 32, curve.N.to_bytes(32, "big")])
def test_digests_at_the_edges_are_signed(engine: Engine, e: bytes) -> None:
    """A digest of zero, of n, and above n are numbers like any other."""
    engine.verify(_PUBLIC, e, engine.sign(_D, e))


@pytest.mark.clause("GM/T 0003.2", "6.1")
def test_a_prepared_signer_signs_under_its_identity(engine: Engine) -> None:
    """Signatures hold under the identity given and under no other; two over the same data differ."""
    for identity in (curve.DEFAULT_IDENTITY, b"", b"ALICE123@YAHOO.COM"):
        signer = engine.load_signer(_D, identity)
        first, second = signer.sign(b"data"), signer.sign(b"data")
        assert first[:32] != second[:32]
        engine.verify(_PUBLIC, curve.message_digest(_PUBLIC, b"data", identity), first)
        engine.verify(_PUBLIC, curve.message_digest(_PUBLIC, b"data", identity), second)
        with pytest.raises(VerificationError):
            engine.verify(_PUBLIC, curve.message_digest(_PUBLIC, b"data", identity + b"."), first)


@pytest.mark.clause("GM/T 0003.2", "7.1")
@pytest.mark.parametrize(
    "rs",
    [
        bytes(32) + _S,
        _R + bytes(32),
        curve.N.to_bytes(32, "big") + _S,
        _R + curve.N.to_bytes(32, "big"),
        b"\xff" * 64,
        _R + _scalar(-int.from_bytes(_R, "big")),
        _S + _R,
        _R + _S + b"\x00",
        (_R + _S)[:63],
        b"\x04" + _R + _S,
        b"",
        _flip(_R + _S, 0),
        _flip(_R + _S, 63),
    ],
    ids=[
        "r=0",
        "s=0",
        "r=n",
        "s=n",
        "above n",
        "r+s=n",
        "swapped",
        "trailing",
        "short",
        "04",
        "nothing",
        "r altered",
        "s altered",
    ],
)
def test_signatures_that_must_not_hold(engine: Engine, rs: bytes) -> None:
    """Out of range, over-long, swapped and altered signatures are refused, and the next good one holds."""
    with pytest.raises(VerificationError):
        engine.verify(_PUBLIC, _E, rs)
    engine.verify(_PUBLIC, _E, _R + _S)


@pytest.mark.clause("GM/T 0009", "7.3")
@pytest.mark.parametrize(
    "content",
    [
        _tlv(2, _R) + _tlv(2, b"\x00" + _S),
        _tlv(2, b"\x00\x00" + _R) + _tlv(2, b"\x00" + _S),
        _tlv(2, b"\x00" + _R) + _tlv(2, b"\x00" + _S) + b"\x05\x00",
        _tlv(2, b"\x00" + _R) + _tlv(2, b"\x00"),
    ],
    ids=["negative", "over-long", "trailing", "s=0"],
)
def test_der_signatures_of_another_form_reach_no_engine(engine: Engine, content: bytes) -> None:
    """The signature holds in its one DER form; the same numbers in any other are refused."""
    engine.verify(_PUBLIC, _E, encoding.der_to_rs(encoding.rs_to_der(_R + _S)))
    with pytest.raises(VerificationError):
        engine.verify(_PUBLIC, _E, encoding.der_to_rs(_tlv(0x30, content)))


def test_other_digests_and_keys_do_not_verify(engine: Engine) -> None:
    """A signature holds for one digest of 32 bytes and one key."""
    for digest in (_flip(_E, 31), b"\x00" + _E, _E[:31], b""):
        with pytest.raises(VerificationError):
            engine.verify(_PUBLIC, digest, _R + _S)
    with pytest.raises(VerificationError):
        engine.verify(engine.public_key(engine.generate()), _E, _R + _S)
    for digest in (_E[:31], _E + b"\x00", b""):
        with pytest.raises(ValueError, match="32 bytes"):
            engine.sign(_D, digest)


def test_a_verification_that_reaches_infinity_is_refused(engine: Engine) -> None:
    """With P = G and r = -2s the sum sG + tP is infinity: no crash and no acceptance."""
    with pytest.raises(VerificationError):
        engine.verify(_GENERATOR, _E, _scalar(-2 * 12345) + _scalar(12345))


@pytest.mark.clause("GM/T 0003.1", "6.2.1")
@pytest.mark.parametrize(
    "public",
    [
        bytes(64),
        _flip(_PUBLIC, 63),
        _Y + _X,
        (1 + curve.P).to_bytes(32, "big") + _Y_OF_ONE,
        b"\xff" * 64,
        b"\x04" + _PUBLIC,
        _PUBLIC[:63],
        b"",
    ],
    ids=["infinity", "off curve", "swapped", "x above p", "all ones", "prefixed", "short", "empty"],
)
def test_points_off_the_curve_are_refused_everywhere(engine: Engine, public: bytes) -> None:
    """No operation takes such a key, static or ephemeral."""
    attempts = (
        lambda: engine.check_public(public),
        lambda: engine.verify(public, _E, _R + _S),
        lambda: engine.encrypt(public, b"data"),
        lambda: engine.shared_point(_D, _scalar(5), public, _PUBLIC),
        lambda: engine.shared_point(_D, _scalar(5), _PUBLIC, public),
    )
    for attempt in attempts:
        with pytest.raises(KeyUnusable):
            attempt()


@pytest.mark.clause("GM/T 0003.1", "6.1")
@pytest.mark.parametrize(
    "d",
    [
        bytes(32),
        (curve.N - 1).to_bytes(32, "big"),
        curve.N.to_bytes(32, "big"),
        b"\xff" * 4 + b"\xfe\xdc" * 14,
        _D[:31],
    ],
    ids=["0", "n-1", "n", "above", "short"],
)
def test_private_keys_out_of_range_are_refused_everywhere(engine: Engine, d: bytes) -> None:
    """No operation takes such a key, and no message tells it."""
    attempts = (
        lambda: engine.public_key(d),
        lambda: engine.load_signer(d, b""),
        lambda: engine.sign(d, _E),
        lambda: engine.decrypt(d, _CIPHERTEXT),
        lambda: engine.shared_point(d, _D, _PUBLIC, _PUBLIC),
        lambda: engine.shared_point(_D, d, _PUBLIC, _PUBLIC),
    )
    for attempt in attempts:
        with pytest.raises(KeyUnusable) as refusal:
            attempt()
        assert d.hex() not in str(refusal.value)
        assert refusal.value.__cause__ is None


@pytest.mark.clause("GM/T 0003.4", "7.1")
@pytest.mark.parametrize(
    "ciphertext",
    [
        _C1 + _flip(_C3, 0) + _C2,
        _C1 + bytes(32) + _C2,
        _C1 + _C3 + _flip(_C2, 0),
        _C1[:33] + (curve.P - int.from_bytes(_C1[33:], "big")).to_bytes(32, "big") + _C3 + _C2,
        _flip(_C1, 64) + _C3 + _C2,
        b"\x04" + bytes(64) + _C3 + _C2,
        b"\x00" + _C3 + _C2,
        b"\x06" + _CIPHERTEXT[1:],
        _CIPHERTEXT[1:],
        _C1 + _C2 + _C3,
        _C1 + _C3,
        _CIPHERTEXT[:-1],
        _CIPHERTEXT + b"\x00",
        b"",
    ],
    ids=[
        "C3 altered",
        "C3 zeroed",
        "C2 altered",
        "C1 negated",
        "C1 off curve",
        "C1 zero",
        "C1 infinity",
        "hybrid C1",
        "no mark",
        "C1C2C3",
        "empty C2",
        "cut",
        "trailing",
        "nothing",
    ],
)
def test_ciphertexts_that_must_not_open(engine: Engine, ciphertext: bytes) -> None:
    """Altered, reordered, cut and lengthened ciphertexts are refused."""
    with pytest.raises(SealError):
        engine.decrypt(_D, ciphertext)


@pytest.mark.clause("GM/T 0003.4", "7.1")
def test_a_ciphertext_under_a_mask_of_zeros_does_not_open(engine: Engine) -> None:
    """Made by hand with a k whose mask is zero, well-formed otherwise: the standard says to refuse it."""
    c1 = engine.public_key(_scalar(470))
    shared = engine.public_key(_scalar(470 * int.from_bytes(_D, "big")))
    assert sm3.kdf(shared, 1) == b"\x00"
    with pytest.raises(SealError):
        engine.decrypt(_D, b"\x04" + c1 + sm3.digest(shared[:32] + b"Z" + shared[32:]) + b"Z")


def test_nothing_is_encrypted_of_nothing(engine: Engine) -> None:
    """There is no ciphertext of an empty plaintext."""
    with pytest.raises(SealError):
        engine.encrypt(_PUBLIC, b"")


@pytest.mark.parametrize("size", [1, 31, 32, 33, 100, 70_000])
def test_encryption_comes_back(engine: Engine, size: int) -> None:
    """Plaintexts of every length come back, and never stand in their ciphertext."""
    plaintext = (bytes(range(256)) * (1 + size // 256))[:size]
    ciphertext = engine.encrypt(_PUBLIC, plaintext)
    assert len(ciphertext) == 97 + size
    assert not ciphertext.endswith(plaintext)
    assert engine.decrypt(_D, ciphertext) == plaintext


@pytest.mark.clause("GM/T 0003.3", "6.1")
def test_an_agreement_at_infinity_is_refused(engine: Engine) -> None:
    """Keys chosen so that P + x̄R, or d + x̄r, vanish end in a refusal and not in a known key."""
    r = 98765
    ephemeral = engine.public_key(_scalar(r))
    opposite = _scalar(-int.from_bytes(curve.reduced_x(ephemeral), "big") * r)
    with pytest.raises(KeyUnusable):
        engine.shared_point(_D, _scalar(5), engine.public_key(opposite), ephemeral)
    with pytest.raises(KeyUnusable):
        engine.shared_point(opposite, _scalar(r), _PUBLIC, ephemeral)


@pytest.mark.clause("GM/T 0003.3", "6.1")
def test_an_agreement_that_doubles_comes_out(engine: Engine) -> None:
    """A static key equal to x̄R meets the one case that an addition formula does not cover: 2·(d + x̄r)·P."""
    r = 98765
    ephemeral = engine.public_key(_scalar(r))
    same = _scalar(int.from_bytes(curve.reduced_x(ephemeral), "big") * r)
    own = int.from_bytes(curve.reduced_x(engine.public_key(_scalar(7))), "big")
    expected = _scalar((int.from_bytes(_D, "big") + own * 7) * 2 * int.from_bytes(same, "big"))
    point = engine.shared_point(_D, _scalar(7), engine.public_key(same), ephemeral)
    assert point == engine.public_key(expected)


def test_threads_share_an_engine_and_a_signer(engine: Engine) -> None:
    """Signatures made and verified by eight threads at once all hold, each with its own nonce."""
    signer = engine.load_signer(_D, curve.DEFAULT_IDENTITY)
    turns = 2 if engine.is_unsafe else 20
    together = threading.Barrier(8)

    def work(number: int) -> list[bytes]:
        together.wait()
        made = []
        for turn in range(turns):
            data = f"{number}/{turn}".encode()
            rs = signer.sign(data)
            engine.verify(_PUBLIC, curve.message_digest(_PUBLIC, data, curve.DEFAULT_IDENTITY), rs)
            made.append(rs[:32])
        return made

    with ThreadPoolExecutor(8) as pool:
        nonces = [r for made in pool.map(work, range(8)) for r in made]
    assert len(set(nonces)) == 8 * turns


def test_more_public_keys_than_are_kept_still_verify(engine: Engine) -> None:
    """Seventy keys verify each with its own object, again after they were forgotten, and none for another."""
    turns = 3 if engine.is_unsafe else 70
    pairs = []
    for _ in range(turns):
        d = engine.generate()
        pairs.append((engine.public_key(d), engine.sign(d, _E)))
    for public, rs in (*pairs, *pairs[:2]):
        engine.verify(public, _E, rs)
    with pytest.raises(VerificationError):
        engine.verify(pairs[0][0], _E, pairs[1][1])


@pytest.mark.parametrize("name", _NAMES)
def test_forked_workers_never_draw_the_same_numbers(name: str) -> None:
    """Three children and their parent work from warm objects: every r, C1 and fresh key differs."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", _FORKS, name],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    drawn = run.stdout.split()
    assert len(drawn) == 4 * 6
    assert len(set(drawn)) == len(drawn)


def test_refusals_are_errors_of_this_package(engine: Engine) -> None:
    """Bytes of every length from 0 to 130 as signature, key or ciphertext end in CryptoError or not at all."""
    for size in range(0, 131, 13):
        junk = b"\x04" * size
        for attempt in (
            lambda junk=junk: engine.verify(_PUBLIC, _E, junk),
            lambda junk=junk: engine.verify(junk, _E, _R + _S),
            lambda junk=junk: engine.decrypt(_D, junk),
            lambda junk=junk: engine.public_key(junk),
        ):
            try:
                attempt()
            except CryptoError:
                continue
            assert size == 32
