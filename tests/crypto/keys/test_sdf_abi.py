"""The structures, names and loading of the SDF interface."""

import ctypes
from pathlib import Path

import pytest

from crypto.errors import EngineUnavailable
from crypto.keys import sdf_abi as abi
from tests.support.sdf.device import SdfTestDevice


@pytest.mark.clause("GM/T 0018", "5")
def test_structures_have_the_sizes_and_places_of_the_standard() -> None:
    """Every structure is laid out as in the standard, whether the vendor packs it or not."""
    assert ctypes.sizeof(abi.DeviceInfo) == 100
    assert ctypes.sizeof(abi.EccPublicKey) == 4 + 64 + 64
    assert ctypes.sizeof(abi.EccSignature) == 64 + 64
    assert ctypes.sizeof(abi.EccCipherHead) == 64 + 64 + 32 + 4
    assert abi.EccPublicKey.y.offset == 68
    assert abi.EccCipherHead.M.offset == 128
    assert abi.EccCipherHead.L.offset == 160


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (0x01000001, "SDR_UNKNOWERR"),
        (0x01000008, "SDR_KEYNOTEXIST"),
        (0x01000010, "SDR_STEPERR"),
        (0x01000018, "SDR_PRKRERR"),
        (0x0100001E, "SDR_OUTARGERR"),
        (0x0100001F, "0x0100001F"),
        (0x01010001, "0x01010001"),
        (0, "0x00000000"),
    ],
)
@pytest.mark.clause("GM/T 0018", "annex A")
def test_codes_are_named_as_the_standard_names_them(code: int, name: str) -> None:
    """An officer reads the name of the standard, or the number of the vendor."""
    assert abi.name_of(code) == name


def test_a_library_that_is_missing_or_no_library_is_said_at_once(tmp_path: Path) -> None:
    """A wrong path fails when the provider is made, not at the first signature, and is not repeated in the words."""
    text = tmp_path / "secret-name.so"
    text.write_text("no library")
    for path in (text, tmp_path / "secret-missing.so"):
        with pytest.raises(EngineUnavailable) as refusal:
            abi.Library(path, "none")
        assert "secret" not in str(refusal.value)


def test_a_library_without_a_needed_function_is_refused_by_its_name(tmp_path: Path) -> None:
    """Who says that the device decrypts, and it does not, is told which function is missing."""
    device = SdfTestDevice(tmp_path, decryption="none")
    abi.Library(device.library, "none")
    with pytest.raises(EngineUnavailable, match="SDF_InternalDecrypt_ECC"):
        abi.Library(device.library, "short")
