"""The officers' address shows state and figures; the public one has neither."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from idp.errors import Unavailable
from idp.main import admin_app, all_routes
from idp.observe.health import Health
from tests.support.journey import Browser, RelyingParty
from tests.support.provider import Provider
from tests.support.raw import RawAnswer, ask


def _ask_inner(provider: Provider, path: str, method: str = "GET") -> RawAnswer:
    inner: Any = SimpleNamespace(app=admin_app(provider.services), issuer=provider.issuer)
    return ask(inner, method, path)


def test_the_status_page_names_state_and_keys_and_nobody(provider: Provider) -> None:
    """Ready, with both signing keys by kid, and no trace of persons."""
    person = provider.make.person()
    RelyingParty(provider, provider.make.client()).tokens(Browser(provider), person)
    page = _ask_inner(provider, "/")
    assert page.status == 200 and "tag-ok" in page.text and "tag-warn" not in page.text
    for kid in provider.services.foundation.keyring.ring().by_kid:
        assert kid in page.text
    for value in (person.id_number, person.name, person.mobile):
        assert value not in page.text


def test_a_lost_database_shows(provider: Provider) -> None:
    """The page still comes, and says that not all is well."""

    def lost() -> None:
        raise Unavailable("svc.down")

    foundation = replace(provider.services.foundation, health=Health({"database": lost}))
    app = admin_app(replace(provider.services, foundation=foundation))
    inner: Any = SimpleNamespace(app=app, issuer=provider.issuer)
    page = ask(inner, "GET", "/")
    assert page.status == 200 and "tag-warn" in page.text


def test_metrics_count_by_endpoint_and_status(provider: Provider) -> None:
    """A request at the public address is counted in Prometheus' text form, without anybody's address."""
    ask(provider, "GET", "/oauth/userinfo", address="198.51.100.9")
    metrics = _ask_inner(provider, "/metrics")
    assert metrics.status == 200 and (metrics.one("Content-Type") or "").startswith("text/plain")
    assert "userinfo.answer" in metrics.text and "401" in metrics.text
    assert "198.51.100.9" not in metrics.text and metrics.one("Cache-Control") == "no-store"


@pytest.mark.parametrize("path", ["/metrics", "/admin", "/status", "/console", "/metrics/", "/api"])
def test_the_public_address_has_none_of_it(provider: Provider, path: str) -> None:
    """Not found, as any address that does not exist."""
    assert ask(provider, "GET", path).status == 404
    assert path not in {route.path for route in all_routes()}


@pytest.mark.parametrize("path", ["/login", "/oauth/token", "/oauth/authorize", "/account"])
def test_the_officers_address_signs_nobody_in(provider: Provider, path: str) -> None:
    """The routes of citizens and applications are not there."""
    assert _ask_inner(provider, path).status == 404


@pytest.mark.parametrize("path", ["/", "/metrics"])
def test_nothing_can_be_changed_there(provider: Provider, path: str) -> None:
    """Reading only."""
    assert _ask_inner(provider, path, "POST").status == 405


def test_probes_answer_at_both_addresses(provider: Provider) -> None:
    """Load balancers ask either."""
    for path in ("/health/live", "/health/ready"):
        assert ask(provider, "GET", path).status == _ask_inner(provider, path).status == 200
