"""Who may import whom: the directions of house.md §1, one door per library, no circles."""

from collections.abc import Iterable, Mapping

import pytest

from tests.architecture.import_rules import DOORS, LEVEL, edge_violations, edges
from tests.architecture.source_tree import (
    PRODUCT,
    ROOT,
    TOP_FOLDERS,
    UNTRACKED,
    module_from_text,
    modules,
    product_modules,
    refuse,
)

RULE = "Import directions and doors of house.md §1; the table is tests/architecture/import_rules.py"


def test_imports_follow_the_table_of_directions_and_doors() -> None:
    """Every import of the product and of the tests stands in the table of allowed edges."""
    known = {module.name for module in modules()}
    refuse([line for module in modules() for line in edge_violations(module, known)], RULE)


def test_no_module_reaches_itself_through_its_imports() -> None:
    """There is no circle among modules, not even by imports in functions; imports for types do not count."""
    found = product_modules()
    known = {module.name for module in found}
    graph = {
        module.name: {
            edge.target
            for edge in edges(module, known)
            if edge.target in known and not edge.is_for_types_only and edge.target != module.name
        }
        for module in found
    }
    refuse([" → ".join(circle) for circle in circles(graph)], "No circles among modules (house.md)")


def test_every_package_of_idp_has_a_line() -> None:
    """A new package or module directly under idp/ is given its line in the table on its first day."""
    own = {
        path.stem
        for path in (ROOT / "idp").iterdir()
        if (path.is_dir() and any(path.rglob("*.py"))) or (path.suffix == ".py" and path.stem != "__init__")
    }
    strangers = sorted(name for name in own if name not in LEVEL and not name.startswith("commands"))
    refuse([f"idp/{name}: no line in LEVELS" for name in strangers], RULE)


def test_only_the_fixed_top_folders_exist() -> None:
    """The user of the project fixed the top folders; scripts of the checkout stand in .ci/."""
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir()
        and not path.name.startswith((".", "__pycache__"))
        and not path.name.endswith(".egg-info")
    }
    strangers = sorted(folders - set(TOP_FOLDERS) - UNTRACKED)
    refuse(
        [f"{name}/: not one of {', '.join(TOP_FOLDERS)}" for name in strangers],
        "Fixed top folders (house.md)",
    )


@pytest.mark.parametrize(
    ("path", "source", "words"),
    [
        ("crypto/seal.py", "from idp.errors import IdpError", "crypto is a leaf"),
        ("crypto/seal.py", "import flask", "flask has one door"),
        ("crypto/tokens.py", "import random", "random has one door"),
        ("crypto/passwords.py", "from ctypes import CDLL", "ctypes has one door"),
        ("idp/clock.py", "from idp.settings import load", "clock (line 1)"),
        ("idp/web/edge.py", "from ..storage import base", "web (line 4)"),
        ("idp/accounts/store.py", "def find():\n    from idp.login import service", "login is line 13"),
        ("idp/audit/service.py", "if TYPE_CHECKING:\n    from idp.main import app", "main is line 24"),
        ("idp/wiring.py", "import idp.cli", "cli is line 27"),
        ("idp/wiring.py", "from adapters.cas.plugin import plugin", "idp does not know adapters"),
        ("idp/keys/keyring.py", "from idp.keys.commands import key", "commands is line 26"),
        ("idp/keys/keyring.py", "import_module('admin.plugin')", "idp does not know admin"),
        ("idp/novelty/service.py", "from idp.errors import IdpError", "no line in LEVELS"),
        ("idp/accounts/service.py", "from sqlalchemy import select", "sqlalchemy has one door"),
        ("idp/oauth/server.py", "import requests", "requests is used nowhere"),
        ("idp/oauth/server.py", "from urllib import request", "urllib.request is used nowhere"),
        ("idp/oauth/server.py", "from http.client import HTTPConnection", "http.client is used nowhere"),
        ("idp/ephemeral/box.py", "import redis.asyncio", "redis has one door"),
        ("adapters/cas/views.py", "from adapters.saml import metadata", "no adapter imports another"),
        ("adapters/cas/views.py", "from .. import saml", "no adapter imports another"),
        ("adapters/cas/plugin.py", "from idp.main import create_public_app", "idp/main is composition"),
        ("admin/api/routes.py", "import federation.upstream", "siblings"),
        ("admin/api/routes.py", "from tests.support import factories", "does not know tests/"),
        ("tests/idp/test_clock.py", "from tests.crypto import test_seal", "tests/support/"),
    ],
)
def test_the_table_refuses_what_it_must(path: str, source: str, words: str) -> None:
    """Each kind of forbidden edge is refused with the file, the line and the rule."""
    found = edge_violations(module_from_text(path, source), KNOWN)
    assert len(found) == 1
    line = source.count("\n") + 1
    assert found[0].startswith(f"{path}:{line}: ")
    assert words in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("crypto/sm/sm2.py", "from .engine import port\nimport gmssl"),
        ("crypto/sm/engine/botan.py", "import ctypes"),
        ("idp/web/edge.py", "import flask\nfrom idp.errors import IdpError\nfrom idp.observe import log"),
        (
            "idp/accounts/store.py",
            "from sqlalchemy import select\nfrom idp.storage.base import Base\nimport crypto.seal",
        ),
        (
            "idp/keys/commands.py",
            "import click\nfrom idp.main import create_public_app\nfrom idp.composition import build",
        ),
        ("idp/ephemeral/redis.py", "import redis"),
        (
            "idp/main.py",
            "import adapters\nfrom federation.national.plugin import plugin\nfrom idp.oauth import routes",
        ),
        ("idp/demo/seed.py", "from idp.main import create_public_app\nfrom admin.operations import clients"),
        ("idp/cli.py", "from idp.demo import seed\nimport rich.table\nfrom admin.commands import keys"),
        ("idp/oauth/server.py", "from urllib.parse import urlsplit\nfrom http import HTTPStatus"),
        ("adapters/__init__.py", "from adapters.cas.plugin import plugin"),
        ("adapters/cas/views.py", "from .store import find_ticket\nfrom idp.plugins import Plugin"),
        ("admin/commands/keys.py", "import click\nfrom idp.composition import build"),
        ("tests/contracts/test_ephemeral.py", "import random\nfrom tests.support.servers import RedisServer"),
        ("tests/architecture/test_sizes.py", "from tests.architecture.source_tree import modules"),
    ],
)
def test_the_table_allows_what_the_house_needs(path: str, source: str) -> None:
    """The edges that house.md and its amendments name are not refused."""
    assert edge_violations(module_from_text(path, source), KNOWN) == []


def test_a_circle_is_found_with_its_way_round() -> None:
    """A circle of three is reported once and in order; a tree has none."""
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c", "a"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_every_door_opens_into_a_package_of_the_product() -> None:
    """No door of the table points outside the five packages, where it would guard nothing."""
    for library, doors in DOORS.items():
        for door in doors:
            assert door.partition("/")[0] in (*PRODUCT, "*"), f"{library}: {door}"


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return each circle that a walk in depth meets, as the names on the way round, first name repeated."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> None:
        if name in way:
            found.append([*way[way.index(name) :], name])
            return
        if name in done:
            return
        for reached in sorted(graph[name]):
            walk(reached, [*way, name])
        done.add(name)

    for name in sorted(graph):
        walk(name, [])
    return found


KNOWN = frozenset(
    {"idp", "idp.main", "idp.keys.commands", "adapters", "adapters.saml", "federation.upstream"}
)
