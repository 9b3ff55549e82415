"""A provider with the legal-person register beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.keys.models import KeyPurpose
from tests.support.provider import Provider, SqliteTemplate
from tests.support.registers import Registers, at, registers


@pytest.fixture
def twin() -> Iterator[Registers]:
    """The registers."""
    with registers() as made:
        yield made


@pytest.fixture
def served(twin: Registers, tmp_path: Path, sqlite_template: SqliteTemplate) -> Iterator[Provider]:
    """A provider that asks them; both know each other's key, and it is the same time for both."""
    made = Provider(
        {**sqlite_template.copy(tmp_path), **twin.environment(), "YIHAO_OUTBOUND__SECONDS": "0.5"}
    )
    signer = made.services.foundation.keyring.signer_of(KeyPurpose.REGISTRY, "SGD_SM3_SM2")
    twin.callers.append(dict(signer.handle.public_jwk))
    at(made.clock.timestamp())
    yield made
    made.close()
