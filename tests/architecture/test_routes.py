"""Every address says who may call it and how often."""

import importlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from tests.architecture.source_tree import refuse, wait_for


class Route(Protocol):
    """What the tests ask of an entry of a route table."""

    @property
    def path(self) -> str: ...
    @property
    def methods(self) -> Collection[str]: ...
    @property
    def auth(self) -> str: ...
    @property
    def limit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Example:
    """A route made up for the test of the rule."""

    path: str
    methods: tuple[str, ...] = ("GET",)
    auth: str = "session"
    limit: str = "page"


def test_every_route_declares_how_it_is_guarded_and_limited() -> None:
    """Each route names its authentication and a limit of the table of limits; no address stands twice."""
    wait_for("idp/main.py", "it gathers the routes")
    routes = importlib.import_module("idp.main").all_routes()
    assert routes, "idp.main.all_routes() is empty"
    limits = importlib.import_module("idp.limits.rules").RULES
    officers = importlib.import_module("admin.console.routes").ROUTES
    found = unguarded(routes, limits) + unguarded(officers, limits)
    refuse(found, "Routes declare auth and limit (idp/limits/rules.py)")


def test_all_routes_hold_the_machine_endpoints() -> None:
    """No machine endpoint is served beside the list that the rule above is held against."""
    wait_for("idp/main.py", "it gathers the routes")
    everywhere = {route.path for route in importlib.import_module("idp.main").all_routes()}
    machine = {route.path for route in importlib.import_module("idp.oauth.routes").ROUTES}
    assert machine, "idp.oauth.routes.ROUTES is empty"
    refuse(sorted(machine - everywhere), "Addresses of idp.oauth.routes.ROUTES that all_routes() lacks")


def test_an_unguarded_unlimited_or_repeated_route_is_refused() -> None:
    """Silence about auth, an unknown limit, no method and a second claim on an address are each refused."""
    routes = [
        Example("/good"),
        Example("/silent", auth=""),
        Example("/free", limit="no such rule"),
        Example("/deaf", methods=()),
        Example("/good", methods=("POST", "GET")),
    ]
    assert unguarded(routes, {"page"}) == [
        "/silent: declares no auth",
        "/free: limit 'no such rule' is not in RULES",
        "/deaf: answers no method",
        "/good: GET is declared twice",
    ]


def unguarded(routes: Iterable[Route], limits: Collection[str]) -> list[str]:
    """What is missing from the declarations, one line each; `limits` holds the names of the known limits."""
    found = []
    taken: set[tuple[str, str]] = set()
    for route in routes:
        if not route.auth:
            found.append(f"{route.path}: declares no auth")
        if route.limit not in limits:
            found.append(f"{route.path}: limit {route.limit!r} is not in RULES")
        if not route.methods:
            found.append(f"{route.path}: answers no method")
        for method in sorted(route.methods):
            if (route.path, method) in taken:
                found.append(f"{route.path}: {method} is declared twice")
            taken.add((route.path, method))
    return found
