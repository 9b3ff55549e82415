"""Keys inside an SDF device: what the contract suite does not ask of every provider."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.errors import DeviceUnavailable, KeyUnusable, SealError, VerificationError
from crypto.keys import jwk
from crypto.keys.handle import SM2, SM2_ENCRYPTION, GeneratedKey
from crypto.keys.sdf import SdfKeys
from crypto.keys.sdf_abi import SDR_HARDFAIL, Decryption
from crypto.sm import second_opinion, sm2
from tests.support.clock import StandingClock
from tests.support.sdf.device import KEK, PASSWORD, SdfTestDevice

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.clause("GM/T 0018", "6")


@pytest.fixture
def device(tmp_path: Path) -> SdfTestDevice:
    """A device with key pairs at indexes 2, 3 and 7."""
    made = SdfTestDevice(tmp_path / "device")
    made.make_pairs(2, 3, 7)
    return made


@pytest.fixture
def keys(device: SdfTestDevice) -> Iterator[SdfKeys]:
    """A provider over the device."""
    made = device.open()
    yield made
    made.close()


def public_of(made: GeneratedKey) -> bytes:
    """The public key x‖y of a fresh pair."""
    return jwk.elliptic_public(made.handle.public_jwk)


def test_the_device_signs_what_two_other_programs_verify(keys: SdfKeys) -> None:
    """A signature over e from the device holds for our engine and for a second library, over this data only."""
    made = keys.generate(SM2)
    rs = keys.signer(made.handle, made.wrapped).sign(b"data")
    sm2.Sm2PublicKey(public_of(made)).verify(b"data", rs)
    digest = sm2.message_digest(public_of(made), b"data", sm2.DEFAULT_IDENTITY)
    second_opinion.verify(public_of(made), digest, rs)
    with pytest.raises(VerificationError):
        sm2.Sm2PublicKey(public_of(made)).verify(b"other", rs)


def test_pairs_are_handed_out_once_in_the_order_of_their_indexes(
    device: SdfTestDevice, keys: SdfKeys
) -> None:
    """Empty indexes are passed by; with none left the officer is told what to do."""
    kids = [keys.generate(SM2).handle.kid for _ in range(3)]
    assert len(set(kids)) == 3
    with pytest.raises(KeyUnusable, match="make more"):
        keys.generate(SM2)
    device.make_pairs(9)
    assert keys.generate(SM2).handle.kid not in kids
    assert keys.generate(SM2_ENCRYPTION).handle.kid not in kids


def test_a_vendors_own_code_for_an_empty_index_is_passed_by(device: SdfTestDevice, keys: SdfKeys) -> None:
    """Pairs after it are handed out, and the code is shown once nothing is left."""
    device.say_of_missing_keys(0x01010015)
    for _ in range(3):
        keys.generate(SM2)
    with pytest.raises(KeyUnusable, match=r"make more.*SDF_ExportSignPublicKey_ECC: 0x01010015"):
        keys.generate(SM2)


def test_a_pair_that_somebody_holds_is_not_handed_out(device: SdfTestDevice, keys: SdfKeys) -> None:
    """What the table of keys knows, also as destroyed, is passed by."""
    held = {keys.generate(SM2).handle.kid}
    other = device.open(is_taken=held.__contains__)
    assert other.generate(SM2).handle.kid not in held
    other.close()


def test_a_range_is_kept_to(device: SdfTestDevice) -> None:
    """Pairs of other applications in the same device are never touched."""
    keys = device.open(indexes=range(3, 5))
    keys.generate(SM2)
    with pytest.raises(KeyUnusable):
        keys.generate(SM2)
    keys.close()


@pytest.mark.parametrize("form", ["short", "long"])
def test_both_declared_forms_of_decryption_work(tmp_path: Path, form: Decryption) -> None:
    """The vendor's header says which form it is; each opens what was encrypted to the exported key."""
    device = SdfTestDevice(tmp_path / form, decryption=form)
    device.make_pairs(2)
    keys = device.open()
    made = keys.generate(SM2_ENCRYPTION)
    decrypter = keys.decrypter(made.handle, made.wrapped)
    for size in (1, 16, 136, 137, 1000):
        plaintext = bytes(size)
        assert decrypter.decrypt(sm2.Sm2PublicKey(public_of(made)).encrypt(plaintext)) == plaintext
    with pytest.raises(SealError, match="too long"):
        decrypter.decrypt(sm2.Sm2PublicKey(public_of(made)).encrypt(bytes(1025)))
    keys.close()


def test_a_device_that_does_not_decrypt_says_so(tmp_path: Path) -> None:
    """Without the function there is no such algorithm, and asking for it is refused."""
    device = SdfTestDevice(tmp_path / "none", decryption="none")
    device.make_pairs(2)
    keys = device.open()
    assert keys.algorithms == {SM2}
    with pytest.raises(KeyUnusable):
        keys.generate(SM2_ENCRYPTION)
    keys.close()


def test_a_strangers_bad_ciphertexts_do_not_count_as_a_broken_device(
    device: SdfTestDevice, keys: SdfKeys
) -> None:
    """Whoever sends altered ciphertexts gets a refusal each time, and everybody else is served meanwhile."""
    made = keys.generate(SM2_ENCRYPTION)
    decrypter = keys.decrypter(made.handle, made.wrapped)
    good = sm2.Sm2PublicKey(public_of(made)).encrypt(b"content key")
    for place in (0, 1, 33, 65, 97, len(good) - 1):
        with pytest.raises(SealError):
            decrypter.decrypt(good[:place] + bytes((good[place] ^ 1,)) + good[place + 1 :])
    assert device.open_handles("sessions") == 1
    assert decrypter.decrypt(good) == b"content key"


def test_a_reference_opens_only_whole_and_for_its_own_key(keys: SdfKeys) -> None:
    """Every single altered byte, a cut, an addition and another key's reference are refused."""
    first, second = keys.generate(SM2), keys.generate(SM2)
    wrapped = first.wrapped
    for place in range(len(wrapped)):
        with pytest.raises(SealError):
            keys.signer(first.handle, wrapped[:place] + bytes((wrapped[place] ^ 1,)) + wrapped[place + 1 :])
    for other in (second.wrapped, b"", wrapped[:-1], wrapped + b"\0", wrapped[:20]):
        with pytest.raises(SealError):
            keys.signer(first.handle, other)


def test_wrapped_keys_of_one_device_cannot_be_recombined(keys: SdfKeys) -> None:
    """Session keys, ciphertext and tag of two wrappings do not mix."""
    one, two = keys.wrap(bytes(16), "data:seal:1"), keys.wrap(bytes(range(16)), "data:seal:1")
    assert len(one) == len(two)
    for cut in (23, 41, 57, len(one) - 16):
        with pytest.raises(SealError):
            keys.unwrap(one[:cut] + two[cut:], "data:seal:1")


def test_another_key_in_its_place_is_noticed(device: SdfTestDevice, keys: SdfKeys) -> None:
    """When somebody makes a new pair at the index, the reference does not turn into one to that pair."""
    made = keys.generate(SM2)
    device.make_pairs(2)
    with pytest.raises(KeyUnusable, match="index 2 "):
        keys.signer(made.handle, made.wrapped)
    device.destroy_pair("sign", 2)
    with pytest.raises(KeyUnusable, match="index 2 "):
        keys.signer(made.handle, made.wrapped)


def test_a_key_that_vanishes_under_a_signer_is_refused_by_name(device: SdfTestDevice, keys: SdfKeys) -> None:
    """The code of the standard stands in the words; the device itself goes on serving."""
    made = keys.generate(SM2)
    signer = keys.signer(made.handle, made.wrapped)
    device.destroy_pair("sign", 2)
    with pytest.raises(KeyUnusable, match="SDR_KEYNOTEXIST"):
        signer.sign(b"data")
    keys.check()


def test_destroying_names_the_index_until_an_officer_has_done_it(
    device: SdfTestDevice, keys: SdfKeys
) -> None:
    """The interface deletes nothing, so nobody is told that a key is gone which is not."""
    made = keys.generate(SM2)
    with pytest.raises(KeyUnusable, match="index 2 "):
        keys.destroy(made.handle, made.wrapped)
    device.destroy_pair("sign", 2)
    keys.destroy(made.handle, made.wrapped)
    device.make_pairs(2)
    keys.destroy(made.handle, made.wrapped)


def test_a_wrong_access_password_is_tried_once_only(device: SdfTestDevice) -> None:
    """Devices lock after a few wrong passwords: one process costs one try at each key, whatever is asked of it."""
    keys = device.open(password=b"wrong")
    made = keys.generate(SM2)
    with pytest.raises(KeyUnusable, match="SDR_PRKRERR"):
        keys.signer(made.handle, made.wrapped)
    for _ in range(3):
        with pytest.raises(KeyUnusable, match="refused before"):
            keys.signer(made.handle, made.wrapped)
    assert device.wrong_passwords() == 1
    keys.close()


def test_the_access_right_is_asked_for_again_after_it_was_taken_away(
    device: SdfTestDevice, keys: SdfKeys
) -> None:
    """A new session after a fault opens the private key again by itself."""
    clock = StandingClock()
    own = device.open(now=clock.timestamp)
    made = own.generate(SM2)
    signer = own.signer(made.handle, made.wrapped)
    device.unplug(SDR_HARDFAIL)
    with pytest.raises(DeviceUnavailable, match="SDR_HARDFAIL"):
        signer.sign(b"data")
    device.plug()
    with pytest.raises(DeviceUnavailable, match="moment ago"):
        signer.sign(b"data")
    clock.advance(1)
    sm2.Sm2PublicKey(public_of(made)).verify(b"data", signer.sign(b"data"))
    own.close()


def test_wrapping_follows_the_key_encryption_key(device: SdfTestDevice, keys: SdfKeys) -> None:
    """A new KEK wraps, the old one still unwraps while it is named, and a reference can be brought over."""
    made, wrapped = keys.generate(SM2), keys.wrap(bytes(16), "data:seal:1")
    device.make_kek(2)
    both = device.open(kek=2, earlier_keks=(KEK,))
    assert both.unwrap(wrapped, "data:seal:1") == bytes(16)
    brought = both.rewrap(made)
    new_only = device.open(kek=2)
    new_only.signer(made.handle, brought)
    for old in (made.wrapped, wrapped):
        with pytest.raises(SealError, match="not held"):
            new_only.unwrap(old, "data:seal:1")
    both.close()
    new_only.close()


def test_a_missing_key_encryption_key_is_said_by_name(device: SdfTestDevice) -> None:
    """Set up with the wrong index, nothing is wrapped under a key that is not there."""
    keys = device.open(kek=5)
    with pytest.raises(KeyUnusable, match="SDF_GenerateKeyWithKEK: SDR_KEYNOTEXIST"):
        keys.wrap(bytes(16), "data:seal:1")
    keys.check()
    keys.close()


def test_no_handle_is_left_behind_by_whatever_goes_wrong(device: SdfTestDevice, keys: SdfKeys) -> None:
    """Session keys are destroyed after each use, also after refusals."""
    wrapped = keys.wrap(bytes(16), "data:seal:1")
    for _ in range(20):
        keys.unwrap(wrapped, "data:seal:1")
        with pytest.raises(SealError):
            keys.unwrap(wrapped, "data:lookup:1")
    assert device.open_handles("keys") == 0
    assert device.open_handles("sessions") == 1
    keys.close()
    assert device.open_handles("sessions") == device.open_handles("devices") == 0


def test_many_threads_share_few_sessions(device: SdfTestDevice) -> None:
    """Twelve threads sign through three sessions; every signature holds and no session is used by two at once."""
    device.limit_sessions(3)
    keys = device.open(max_sessions=8, wait_seconds=30.0)
    made = keys.generate(SM2)
    signer = keys.signer(made.handle, made.wrapped)
    problems: list[Exception] = []

    def sign_some(number: int) -> None:
        data = f"thread {number}".encode()
        try:
            for _ in range(10):
                sm2.Sm2PublicKey(public_of(made)).verify(data, signer.sign(data))
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=sign_some, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert 1 <= device.open_handles("sessions") <= 3
    keys.close()


_FORKED = """
import os, sys
from pathlib import Path
from crypto.keys.sdf import SdfKeys
from crypto.sm import sm2
from crypto.keys import jwk
keys = SdfKeys(
    Path(sys.argv[1]), indexes=range(1, 9), kek=1, password=sys.argv[2].encode(), is_taken=lambda kid: False
)
made = keys.generate("SGD_SM3_SM2")
signer = keys.signer(made.handle, made.wrapped)
public = sm2.Sm2PublicKey(jwk.elliptic_public(made.handle.public_jwk))
child = os.fork()
public.verify(b"data", signer.sign(b"data"))
if child == 0:
    os._exit(0)
print(os.waitpid(child, 0)[1])
signer.sign(b"data")
"""


def test_a_forked_worker_opens_the_device_for_itself(device: SdfTestDevice) -> None:
    """A signer loaded before the fork signs in both processes; the device refuses handles of another process."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", _FORKED, str(device.library), PASSWORD.decode()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "0\n", "")
