"""A world of persons and organisations on each pair of stores."""

import pytest

from tests.idp.delegations.world import World
from tests.support.provider import Provider


@pytest.fixture
def world(any_provider: Provider) -> World:
    """On both pairs of stores in turn."""
    return World(any_provider)


@pytest.fixture
def lone_world(provider: Provider) -> World:
    """On SQLite only."""
    return World(provider)
