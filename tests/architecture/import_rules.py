"""The table of allowed edges (house.md §1) and the reading of import statements."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

from tests.architecture.source_tree import PRODUCT, Module, dotted

# A line may import only lines above it; two packages of one line do not know each other.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("errors", "clock"),
    ("identifiers", "settings"),
    ("observe",),
    ("outbound", "web", "storage", "ephemeral"),
    ("audit", "jobs", "aside"),
    ("importing",),
    ("limits", "keys", "accounts"),
    ("notify", "applications", "matters", "organisations", "proofing", "humanity"),
    ("delegations", "conversion", "publication"),
    ("authenticators", "claims", "claiming", "devices"),
    ("sessions", "ukey", "risk"),
    ("acting",),
    ("login",),
    ("consent",),
    ("oauth", "portal", "registration"),
    ("enterprise", "family"),
    ("plugins",),
    ("wiring_people", "wiring_life"),
    ("wiring_login",),
    ("wiring",),
    ("wiring_oauth", "wiring_portal", "wiring_login_pages"),
    ("wiring_enterprise", "wiring_registration"),
    ("composition",),
    ("main",),
    ("demo",),
    ("commands",),
    ("cli",),
)
LEVEL = {name: line for line, names in enumerate(LEVELS, start=1) for name in names}
COMPOSITION = LEVEL["composition"]
SIBLINGS = ("federation", "adapters", "admin")

# One door per library: where each may be imported. `*` crosses folders.
DOORS: dict[str, tuple[str, ...]] = {
    "gmssl": ("crypto/sm/*",),
    "ctypes": ("crypto/sm/engine/*", "crypto/keys/*"),
    "cffi": ("crypto/sm/engine/*", "crypto/keys/*"),
    "joserfc": ("crypto/jose/*",),
    "asn1crypto": ("crypto/x509/*",),
    "pkcs11": ("crypto/keys/pkcs11.py",),
    "Cryptodome": ("crypto/keys/shares.py", "crypto/foreign_passwords.py"),
    "OpenSSL": (),
    "argon2": ("crypto/passwords.py",),
    "redis": ("idp/ephemeral/redis.py",),
    "webauthn": ("idp/authenticators/passkey.py",),
    "segno": ("idp/web/qr.py",),
    "zxcvbn": ("idp/authenticators/password_rules.py",),
    "pyotp": ("idp/authenticators/totp.py",),
    "ldap3": ("adapters/ldap/*",),
    "authlib": ("idp/oauth/*", "federation/*"),
    "flask": (
        "idp/web/*",
        "idp/main.py",
        "*/routes.py",
        "*/views.py",
        "*/views/*",
        "admin/api/*",
        "admin/console/*",
    ),
    "sqlalchemy": (
        "idp/storage/*",
        "*/models.py",
        "*/store.py",
        "*/migrations/*",
        "idp/ephemeral/embedded.py",
        "idp/ephemeral/open.py",
    ),
    "structlog": ("idp/observe/*",),
    "prometheus_client": ("idp/observe/*",),
    "httpx": ("idp/outbound.py",),
    "PIL": ("idp/humanity/picture.py",),
    "wave": ("idp/humanity/sound.py",),
    "babel": ("idp/web/i18n.py",),
    "jinja2": ("idp/web/render.py",),
    "click": ("idp/cli.py", "*/commands*"),
    "rich": ("idp/cli.py", "*/commands*"),
    "random": ("federation/*", "adapters/*", "admin/*"),
    "requests": (),
    "urllib.request": (),
    "http.client": (),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """One import: the line of the statement and the dotted thing it reaches for."""

    line: int
    target: str
    is_for_types_only: bool


def edges(module: Module, known: Collection[str]) -> Iterator[Edge]:
    """Every import of `module`, also in functions, under TYPE_CHECKING and by import_module("…").

    The target is the module where `known` has it, else `module.name` as written.
    """
    typing_lines = _typing_lines(module.tree)
    for node in ast.walk(module.tree):
        for target in _targets(node, module):
            parent = target.rpartition(".")[0] if isinstance(node, ast.ImportFrom) else ""
            reached = parent if target not in known and parent in known else target
            yield Edge(node.lineno, reached, node.lineno in typing_lines)  # type: ignore[attr-defined]  # has targets, so is a statement or call


def edge_violations(module: Module, known: Collection[str]) -> list[str]:
    """What `module` imports against the directions and the doors, one sentence each."""
    found = []
    for edge in edges(module, known):
        for complaint in (_direction(module, edge.target), _door(module.path, edge.target)):
            if complaint:
                found.append(f"{module.path}:{edge.line}: imports {edge.target}: {complaint}")
    return found


def package_of(name: str) -> str:
    """The name in LEVELS for a dotted module: commands wherever they stand, '' for the package idp itself."""
    parts = name.split(".")
    if any(part.startswith("commands") for part in parts[1:]):
        return "commands"
    return parts[1] if len(parts) > 1 else ""


def _targets(node: ast.AST, module: Module) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _base(node, module)
        return [base if alias.name == "*" else f"{base}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and dotted(node.func) in {
        "importlib.import_module",
        "import_module",
        "__import__",
    }:
        return [
            argument.value
            for argument in node.args[:1]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
    return []


def _base(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    up = node.level - 1 if module.is_package else node.level
    return ".".join(parts[: len(parts) - up] + ([node.module] if node.module else []))


def _typing_lines(tree: ast.Module) -> set[int]:
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and dotted(node.test).split(".")[-1] == "TYPE_CHECKING"
        for statement in node.body
        for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    }


def _direction(module: Module, target: str) -> str:
    source_top, target_top = module.path.partition("/")[0], target.partition(".")[0]
    if source_top == "tests":
        return _from_tests(module, target)
    if target_top in {"tests", "specs"}:
        return f"the product does not know {target_top}/"
    if target_top not in PRODUCT or source_top == "crypto" == target_top:
        return ""
    if source_top == "crypto":
        return "crypto is a leaf: it knows none of the other packages (house.md §1)"
    if target_top == "crypto":
        return ""
    return _from_idp(module, target) if source_top == "idp" else _from_sibling(module, target)


def _from_idp(module: Module, target: str) -> str:
    source, target_top = package_of(module.name), target.partition(".")[0]
    if source and source not in LEVEL:
        return f"idp/{source} has no line in LEVELS: give it one beside house.md §1"
    line = LEVEL.get(source, 0)
    if target_top in SIBLINGS:
        return (
            ""
            if line >= COMPOSITION
            else f"idp does not know {target_top}: only idp/composition.py and idp/main.py name everybody (house.md §1)"
        )
    wanted = package_of(target)
    if wanted in {"", source} or wanted not in LEVEL or LEVEL[wanted] < line:
        return ""
    above = f"{source or 'idp'} (line {line}) may import only lines above it"
    return f"{above}, and {wanted} is line {LEVEL[wanted]} (house.md §1)"


def _from_sibling(module: Module, target: str) -> str:
    source, reached = module.name.split("."), target.split(".")
    if reached[0] == "idp":
        wanted = package_of(target)
        if LEVEL.get(wanted, 0) < COMPOSITION or package_of(module.name) == "commands":
            return ""
        return f"idp/{wanted} is composition: it names everybody and is named by nobody (house.md §1)"
    if reached[0] != source[0]:
        return f"{source[0]} and {reached[0]} are siblings that meet in idp/plugins.py only (house.md §1)"
    if source[0] == "adapters" and len(source) > 1 and source[1:2] != reached[1:2]:
        return "no adapter imports another adapter (house.md §1)"
    return ""


def _from_tests(module: Module, target: str) -> str:
    reached = target.split(".")
    own_folder = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    if (
        reached[0] != "tests"
        or reached[:2] == ["tests", "support"]
        or reached[: len(own_folder)] == own_folder != ["tests"]
    ):
        return ""
    return "tests import from tests/support/ and their own folder only"


def _door(path: str, target: str) -> str:
    if path.partition("/")[0] not in PRODUCT:
        return ""
    for library, doors in DOORS.items():
        if target == library or target.startswith(f"{library}."):
            if any(fnmatch(path, door) for door in doors):
                return ""
            return (
                f"{library} has one door: {', '.join(doors)}"
                if doors
                else f"{library} is used nowhere; idp/outbound.py is the way out"
            )
    return ""
