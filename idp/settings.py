"""The settings loader: TOML file, over it environment, over it secret files, into frozen sections.

It knows no section: `wiring` hands it those of the packages. Unknown keys refuse to start.
"""

import os
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from idp.errors import SettingsRefused

PREFIX = "YIHAO_"
_FIELD = re.compile(r'field "(\w+)"')
_PLACE = re.compile(r"at line \d+")
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
OUTSIDE = ("YIHAO_CONFIG", "YIHAO_SECRETS_DIR", "YIHAO_DEMO_", "YIHAO_TEST_", "YIHAO_BENCH_")

# As browsers write an origin (RFC 6454 §6.2): no user, path, query or fragment, and ASCII only.
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?", re.ASCII
)


class Profile(StrEnum):
    """What an instance is for; `production` refuses everything that eases testing."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Section(BaseModel):
    """One package's settings: frozen, each field with a type, a default where there is a safe one, and a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Given(EnvSettingsSource):
    """The environment that was handed in, which is the process's own except in tests and commands."""

    def __init__(self, settings_cls: type[BaseSettings], environment: Mapping[str, str]) -> None:
        self._given = {name.lower(): value for name, value in environment.items()}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given


class Root(BaseSettings):
    """The settings that belong to no package."""

    issuer: str = Field(
        description="Address of this provider as everybody outside sees it; never taken from a request."
    )
    profile: Profile = Field(
        Profile.PRODUCTION, description="`production`, or `sandbox` for synthetic persons only."
    )

    @field_validator("issuer")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = _ORIGIN.fullmatch(value)
        if parts is None or (parts["scheme"] == "http" and parts["host"] not in LOOPBACK):
            raise ValueError("an https origin without a path, or http on loopback")
        return value

    @model_validator(mode="after")
    def _production_is_https(self) -> Self:
        if self.profile is Profile.PRODUCTION and not self.issuer.startswith("https://"):
            raise ValueError("issuer: production needs https")
        return self


def load(sections: Mapping[str, type[Section]], environment: Mapping[str, str] | None = None) -> Any:
    """Read all sources once and return the settings: attributes `issuer`, `profile` and one per section.

    Raises SettingsRefused with every fault named by its key, never by its value.
    """
    environment = os.environ if environment is None else environment
    environment = {**environment, **_secret_files(environment.get("YIHAO_SECRETS_DIR"))}
    _refuse_unknown(sections, environment)
    try:
        return settings_model(sections, environment)()
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)
        )
        raise SettingsRefused("settings.refused", faults, faults=faults) from None
    except SettingsError as error:
        # The error names the field and not what it held.
        named = _FIELD.search(str(error))
        fault = f"{PREFIX}{named[1].upper() if named else ''}: the variable of a whole section holds JSON"
        raise SettingsRefused("settings.refused", fault, faults=fault) from None
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        where = _PLACE.search(str(error))
        fault = f"YIHAO_CONFIG: not TOML {where[0] if where else ''}".strip()
        raise SettingsRefused("settings.refused", fault, faults=fault) from None


def settings_model(
    sections: Mapping[str, type[Section]], environment: Mapping[str, str]
) -> Callable[[], Root]:
    """The settings class made of the root and the given sections, reading from `environment`'s file names."""
    config = environment.get("YIHAO_CONFIG")
    if config and not Path(config).is_file():
        raise SettingsRefused(
            "settings.refused", "YIHAO_CONFIG names no file", faults="YIHAO_CONFIG: no such file"
        )

    class Sources(Root):
        model_config = SettingsConfigDict(
            env_prefix=PREFIX,
            env_nested_delimiter="__",
            frozen=True,
            extra="forbid",
            toml_file=config,
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (_Given(settings_cls, environment), TomlConfigSettingsSource(settings_cls))

    fields: dict[str, Any] = {
        name: (section, Field(default_factory=section)) for name, section in sections.items()
    }
    return create_model("Settings", __base__=Sources, **fields)


def document(sections: Mapping[str, type[Section]]) -> str:
    """The settings manual, as `specs/generated/settings.md` holds it."""
    lines = ["# Settings", "", "Generated from the code; a test compares.", ""]
    lines += ["| Key | Environment | Default | Meaning |", "|---|---|---|---|"]
    for name, field in Root.model_fields.items():
        lines.append(_row(name, f"{PREFIX}{name.upper()}", field))
    for section, model in sections.items():
        for name, field in model.model_fields.items():
            lines.append(_row(f"{section}.{name}", f"{PREFIX}{section.upper()}__{name.upper()}", field))
    return "\n".join(lines) + "\n"


def _row(key: str, variable: str, field: Any) -> str:
    default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)}`"
    return f"| `{key}` | `{variable}` | {default} | {field.description} |"


def _secret_files(folder: str | None) -> dict[str, str]:
    """What the secret files say: each is named like its variable, in any case, and stands over it."""
    if not folder:
        return {}
    try:
        files = [path for path in Path(folder).iterdir() if path.name.upper().startswith(PREFIX)]
        return {path.name.upper(): path.read_text("utf-8").strip() for path in files}
    except (OSError, UnicodeDecodeError):
        raise SettingsRefused(
            "settings.refused", "secret files unreadable", faults="YIHAO_SECRETS_DIR: unreadable"
        ) from None


def _refuse_unknown(sections: Mapping[str, type[Section]], environment: Mapping[str, str]) -> None:
    known = {*Root.model_fields, *sections}
    for name in environment:
        if not name.startswith(PREFIX) or name.startswith(OUTSIDE):
            continue
        if name.removeprefix(PREFIX).split("__")[0].lower() not in known:
            raise SettingsRefused(
                "settings.refused", f"unknown variable {name}", faults=f"{name}: unknown key"
            )
