"""What every test may ask for."""

pytest_plugins = ["tests.support.fixtures", "tests.support.stores", "tests.support.provider_fixtures"]
