"""`yihao key-service`: what it refuses before it serves, in words an operator can act on."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crypto.keys.software import new_root_key
from crypto.sm import sm2
from idp.cli import main
from idp.errors import SettingsRefused
from idp.keys.commands_service import create_key_service
from idp.keys.device_settings import SdfSettings
from idp.keys.devices import open_sdf
from idp.keys.identity import create_identity
from tests.support.sdf.device import SdfTestDevice

NODE = sm2.engine().public_key(sm2.engine().generate()).hex()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The settings of a service that could start, but for its certificates."""
    create_identity(tmp_path / "service.key")
    (tmp_path / "root.key").write_text(new_root_key().hex())
    return {
        "YIHAO_ISSUER": "http://localhost",
        "YIHAO_PROFILE": "sandbox",
        "YIHAO_KEYS__ROOT_KEY_FILE": str(tmp_path / "root.key"),
        "YIHAO_KEY_SERVICE__IDENTITY_FILE": str(tmp_path / "service.key"),
        "YIHAO_KEY_SERVICE__CALLERS": f'{{"node1": "{NODE}"}}',
        "YIHAO_KEY_SERVICE__CERTIFICATE": str(tmp_path / "missing.pem"),
    }


def serve(environment: dict[str, str]) -> Result:
    """The command, which must end before it serves."""
    return CliRunner().invoke(main, ["--lang", "en", "key-service", "serve"], env=environment)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, "key_service.certificate: no such file"),
        ({"YIHAO_KEY_SERVICE__CALLERS": "{}"}, "key_service.callers: no node may use the keys"),
        ({"YIHAO_KEY_SERVICE__CALLERS": '{"node1": "00"}'}, "key_service.callers.node1: an SM2 public key"),
        ({"YIHAO_KEY_SERVICE__IDENTITY_FILE": "missing.key"}, "key_service.identity_file: no file"),
        ({"YIHAO_KEYS__PROVIDER": "remote"}, "keys.provider: a key service keeps keys in"),
        ({"YIHAO_KEYS__PROVIDER": "sdf"}, "sdf.library: required"),
        (
            {"YIHAO_PROFILE": "production", "YIHAO_ISSUER": "https://sso.example"},
            "keys.provider: in production a key service stands before a device",
        ),
    ],
)
def test_what_is_missing_is_named_before_anything_is_served(
    environment: dict[str, str], changes: dict[str, str], fault: str
) -> None:
    """Exit code 2, and the key of the setting with what is wrong with it."""
    result = serve({**environment, **changes})
    assert result.exit_code == 2
    assert fault in result.stderr
    assert result.stdout == ""


def test_a_service_before_an_sdf_device_is_built_from_settings(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor's library by its setting; the device itself need not be there yet."""
    device = SdfTestDevice(tmp_path / "device")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("YIHAO_KEYS__PROVIDER", "sdf")
    monkeypatch.setenv("YIHAO_SDF__LIBRARY", str(device.library))
    create_key_service()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"library": None}, "sdf.library: required"),
        ({"library": Path("missing.so")}, "sdf.library: the SDF library does not load"),
        ({"first_index": 9, "last_index": 8}, "sdf.last_index: before sdf.first_index"),
        ({"decryption": "long"}, "sdf.library: the SDF library has no SDF_InternalDecrypt_ECC"),
    ],
)
def test_a_device_that_is_set_up_wrong_is_said_at_boot(
    tmp_path: Path, changes: dict[str, object], fault: str
) -> None:
    """Not at the first signature."""
    device = SdfTestDevice(tmp_path / "device", decryption="none")
    settings = SdfSettings(**{"library": device.library, **changes})  # type: ignore[arg-type] # fields by name
    with pytest.raises(SettingsRefused) as refused:
        open_sdf(settings, lambda _kid: False)
    assert refused.value.detail.startswith(fault)
