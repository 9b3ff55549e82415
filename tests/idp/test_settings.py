"""Where settings come from, and what refuses to start."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from idp.composition import load_settings
from idp.errors import SettingsRefused
from idp.settings import Profile, Section, load

ISSUER = {"YIHAO_ISSUER": "https://id.province.test"}
SECRET_VALUE = "hunter2-never-shown"


class Store(Section):
    """A section as packages have them."""

    url: str = Field("sqlite://", description="Where.")
    size: int = Field(4, ge=1, description="How many.")


def _load(environment: dict[str, str]) -> Any:
    return load({"store": Store}, environment)


def _refusal(environment: dict[str, str]) -> SettingsRefused:
    with pytest.raises(SettingsRefused) as refused:
        _load(environment)
    return refused.value


def test_secret_files_stand_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    """The same key in all three places: the secret file wins, then the environment, then TOML, then the default."""
    (tmp_path / "yihao.toml").write_text('issuer = "https://toml.test"\n[store]\nurl = "toml"\nsize = 7\n')
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    environment = {"YIHAO_CONFIG": str(tmp_path / "yihao.toml")}
    settings = _load(environment)
    assert (settings.issuer, settings.store.url, settings.store.size) == ("https://toml.test", "toml", 7)
    environment |= {"YIHAO_STORE__URL": "environment"}
    settings = _load(environment)
    assert (settings.store.url, settings.store.size) == ("environment", 7)
    (secrets / "yihao_store__url").write_text("secret\n")
    settings = _load({**environment, "YIHAO_SECRETS_DIR": str(secrets)})
    assert (settings.store.url, settings.store.size) == ("secret", 7)


def test_defaults_are_the_safe_ones() -> None:
    """With the issuer alone the profile is production."""
    settings = _load(ISSUER)
    assert settings.profile is Profile.PRODUCTION and settings.store.size == 4


def test_settings_do_not_change() -> None:
    """Neither a section nor the whole can be written to."""
    settings = _load(ISSUER)
    with pytest.raises(ValueError, match="frozen"):
        settings.store.size = 5
    with pytest.raises(ValueError, match="frozen"):
        settings.issuer = "https://other.test"


@pytest.mark.parametrize(
    ("extra", "key"),
    [
        ({"YIHAO_NOTHING": SECRET_VALUE}, "nothing"),
        ({"YIHAO_STORE__NOTHING": SECRET_VALUE}, "nothing"),
        ({"YIHAO_STORE__SIZE": SECRET_VALUE}, "size"),
        ({"YIHAO_STORE__SIZE": "0"}, "size"),
        ({"YIHAO_PROFILE": SECRET_VALUE}, "profile"),
        ({"YIHAO_STORE": SECRET_VALUE}, "store"),
    ],
)
def test_what_does_not_fit_is_named_by_key_not_by_value(extra: dict[str, str], key: str) -> None:
    """The refusal names the key for the operator and keeps the value, which may be a secret, to itself."""
    refused = _refusal({**ISSUER, **extra})
    shown = f"{refused} {refused.values} {refused.detail}"
    assert key in shown.lower() and SECRET_VALUE not in shown


@pytest.mark.parametrize(
    "toml", ["nothing = 1\n", "[store]\nnothing = 1\n", "[nothing]\nx = 1\n", "this is = = no toml"]
)
def test_a_file_that_does_not_fit_refuses(tmp_path: Path, toml: str) -> None:
    """Unknown keys and sections, and a file that is not TOML."""
    path = tmp_path / "yihao.toml"
    path.write_text(toml)
    refused = _refusal({**ISSUER, "YIHAO_CONFIG": str(path)})
    assert refused.values["faults"]


@pytest.mark.parametrize("variable", ["YIHAO_CONFIG", "YIHAO_SECRETS_DIR"])
def test_a_place_that_is_not_there_refuses(tmp_path: Path, variable: str) -> None:
    """A named file or folder that does not exist is a mistake, not an empty source."""
    assert variable in str(_refusal({**ISSUER, variable: str(tmp_path / "absent")}).values)


@pytest.mark.parametrize("issuer", ["https://id.test", "https://id.test:8443", "https://xn--4gq.test"])
def test_issuers_that_serve_in_production(issuer: str) -> None:
    """An https origin."""
    assert _load({"YIHAO_ISSUER": issuer}).issuer == issuer


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8400", "http://localhost:1"])
def test_plain_http_serves_on_loopback_in_the_sandbox(issuer: str) -> None:
    """The demonstration instance."""
    assert _load({"YIHAO_ISSUER": issuer, "YIHAO_PROFILE": "sandbox"}).issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "id.test",
        "https://",
        "http://id.test",
        "https://id.test/",
        "https://id.test/path",
        "https://id.test?x=1",
        "https://id.test#x",
        "https://user@id.test",
        "http://localhost:80@evil.test",
        "http://127.0.0.1.evil.test",
        "https://id.test\\evil",
        "https://id .test",
        "https://id.test:port",
        "ftp://id.test",
        "https://一号.test",
        "https://id.test\n",
        "javascript://id.test",
    ],
)
def test_other_issuers_refuse(issuer: str) -> None:
    """Anything but an origin: every address that leaves the provider is made from it."""
    assert "issuer" in str(_refusal({"YIHAO_ISSUER": issuer, "YIHAO_PROFILE": "sandbox"}).values)


def test_without_issuer_nothing_starts() -> None:
    """It is never taken from a request."""
    assert "issuer" in str(_refusal({}).values)


def test_the_real_sections_load_and_refuse_alike() -> None:
    """The sections of the house, from the environment alone."""
    settings = load_settings({**ISSUER, "YIHAO_SESSIONS__IDLE_SECONDS": "60"})
    assert settings.sessions.idle_seconds == 60
    with pytest.raises(SettingsRefused):
        load_settings({**ISSUER, "YIHAO_SESSIONS__IDLE_SECONDS": "59"})
