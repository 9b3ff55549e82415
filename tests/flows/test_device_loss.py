"""The device that signs goes away while departments work, and comes back: nothing is signed meanwhile, nothing else stops."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.errors import CryptoError, DeviceUnavailable
from idp.composition import load_settings, prepare
from idp.errors import SettingsRefused
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider, environment
from tests.support.raw import ask
from tests.support.sdf.device import PASSWORD, SdfTestDevice
from tests.support.tokens import claims_of, published_keys

SM2 = {"id_token_signed_response_alg": "SGD_SM3_SM2", "access_token_signed_response_alg": "SGD_SM3_SM2"}


@pytest.fixture
def device(tmp_path: Path) -> SdfTestDevice:
    """A device with key pairs at four indexes."""
    made = SdfTestDevice(tmp_path / "device", sessions=64)
    made.make_pairs(1, 2, 3, 4)
    return made


def _settings(device: SdfTestDevice, folder: Path) -> dict[str, str]:
    return environment(f"sqlite:///{folder}/yihao.db", folder / "root.key") | {
        "YIHAO_KEYS__PROVIDER": "sdf",
        "YIHAO_SDF__LIBRARY": str(device.library),
        "YIHAO_SDF__LAST_INDEX": "4",
        "YIHAO_SDF__PASSWORD": PASSWORD.decode(),
        "YIHAO_SDF__DECRYPTION": device.decryption,
    }


@pytest.fixture
def provider(device: SdfTestDevice, tmp_path: Path) -> Iterator[Provider]:
    """A provider whose SM2 keys are inside the device."""
    settings = _settings(device, tmp_path)
    prepare(load_settings(settings))
    made = Provider(settings)
    yield made
    made.close()


def _signed_in(provider: Provider) -> tuple[RelyingParty, Browser, dict[str, str]]:
    application = RelyingParty(provider, provider.make.client(**SM2))
    browser = Browser(provider)
    return application, browser, application.tokens(browser, provider.make.person())


def _signs_again(application: RelyingParty, browser: Browser) -> bool:
    """Whether the provider finds the device again by itself, within its pause between two tries."""
    for _ in range(40):
        browser.open(application.authorize_url())
        if application.redeem(application.answer(browser)["code"]).status_code == 200:
            return True
        time.sleep(0.25)
    return False


def _alarms(provider: Provider, wanted: int) -> list[str]:
    """The alarms in the audit log, which are written beside the requests that met them."""
    for _ in range(40):
        acts = [event.act for event in provider.events() if event.act.startswith("key.device")]
        if len(acts) >= wanted:
            break
        time.sleep(0.25)
    return acts


@pytest.mark.clause("GM/T 0018", "6")
def test_tokens_are_signed_inside_the_device(provider: Provider) -> None:
    """The SM2 key of the key set is one that the device keeps, and its tokens verify; ES256 stays in software."""
    _, _, tokens = _signed_in(provider)
    assert claims_of(provider, tokens["id_token"])["iss"] == provider.issuer
    keyring = provider.services.foundation.keyring
    assert provider.services.foundation.providers.maker("SGD_SM3_SM2").name == "sdf"
    kid = keyring.signer("SGD_SM3_SM2").handle.kid
    assert kid in {key["kid"] for key in published_keys(provider)}


def test_without_the_device_signing_refuses_and_the_rest_goes_on(
    provider: Provider, device: SdfTestDevice
) -> None:
    """Key set, verification and ES256 go on; SM2 tokens are refused as unavailable; one alarm for each loss and return."""
    application, browser, tokens = _signed_in(provider)
    person = provider.make.person()
    before = ask(provider, "GET", "/oauth/jwks").body
    device.unplug()
    for _ in range(3):
        browser.open(application.authorize_url())
        refused = application.redeem(application.answer(browser)["code"])
        assert refused.status_code == 503, refused.get_data(as_text=True)
    assert ask(provider, "GET", "/oauth/jwks").body == before
    assert claims_of(provider, tokens["id_token"])["aud"] == application.client.client_id
    assert ask(provider, "GET", "/health/ready").status == 200
    es256 = RelyingParty(provider, provider.make.client("dept-two"))
    assert es256.tokens(Browser(provider), person)["id_token"]
    device.plug()
    assert _signs_again(application, browser)
    assert _alarms(provider, 2) == ["key.device_gone", "key.device_back"]


def test_the_device_opens_the_root_key_itself(device: SdfTestDevice, tmp_path: Path) -> None:
    """With the root key in the device there is no file of it, and without that device nothing opens."""
    settings = _settings(device, tmp_path) | {"YIHAO_KEYS__ROOT": "device", "YIHAO_PROFILE": "production"}
    prepare(load_settings(settings))
    assert not (tmp_path / "root.key").exists()
    made = Provider(settings)
    assert _signed_in(made)[2]["id_token"]
    made.close()
    device.unplug()
    with pytest.raises(DeviceUnavailable):
        Provider(settings)
    device.plug()
    device.make_kek(1)
    with pytest.raises((CryptoError, SettingsRefused)):
        Provider(settings)
