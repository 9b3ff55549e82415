"""What the contract suites may ask for."""

from collections.abc import Iterator

import pytest

from tests.contracts.key_bench import Bench
from tests.support.key_providers import PROVIDERS


@pytest.fixture(scope="session", params=sorted(PROVIDERS))
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Each key provider in turn, opened once: RSA keys take long."""
    with PROVIDERS[request.param](tmp_path_factory.mktemp(request.param)) as case:
        assert case.provider.name == request.param
        yield Bench(case)
