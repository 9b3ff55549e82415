"""What must not be handed to a logger (style.md 38): reading of logger calls in syntax trees."""

import ast
from collections.abc import Iterator

from tests.architecture.source_tree import Module, dotted

METHODS = frozenset(
    {
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "fatal",
        "log",
        "msg",
        "bind",
        "new",
    }
)
LOGGERS = frozenset({"log", "logger", "logging", "structlog"})
MAKERS = frozenset({"get_logger", "getLogger"})

# A name is secret by its last word (access_token, tokens, code_verifier) …
SECRET_WORDS = frozenset(
    {
        "password", "passphrase", "secret", "token", "verifier", "otp", "pin", "cookie", "assertion",
        "mobile", "phone", "email", "address", "birthday", "birthdate", "jwt", "jwe", "plaintext",
    }
)  # fmt: skip
# … or as a whole, where the last word alone says too little (status_code is none).
SECRET_NAMES = frozenset(
    {
        "code", "name", "id_number", "person_name", "full_name", "real_name", "login_name", "user_name",
        "sms_code", "totp_code", "authorization_code", "device_code", "user_code", "recovery_code", "private_key",
    }
)  # fmt: skip
# Things whose name or code is our own word and says nothing about a person.
HARMLESS_OWNERS = frozenset(
    {
        "self",
        "cls",
        "error",
        "refusal",
        "failure",
        "job",
        "plugin",
        "limit",
        "rule",
        "box",
        "table",
        "event",
        "route",
    }
)


def log_violations(module: Module) -> list[str]:
    """One sentence for every secret, personal value or built event name that `module` hands to a logger."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and is_logger_call(node):
            found += [f"{module.path}:{node.lineno}: {complaint}" for complaint in _complaints(node)]
    return found


def is_logger_call(node: ast.Call) -> bool:
    """Whether the call is `<logger>.<level>(…)`: log.info, self._log.warning, get_logger().bind(…).error …"""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in METHODS:
        return False
    owner = dotted(node.func.value).split(".")
    while len(owner) > 1 and owner[-1] in {"bind", "new"}:
        owner.pop()
    last = owner[-1]
    return last in MAKERS or last.lower().strip("_").rsplit("_", 1)[-1] in LOGGERS


def is_secret(name: str) -> bool:
    """Whether a variable, attribute or key of this name holds what no log may hold."""
    word = name.lower().strip("_")
    return word in SECRET_NAMES or word.rsplit("_", 1)[-1].removesuffix("s") in SECRET_WORDS


def _complaints(node: ast.Call) -> Iterator[str]:
    assert isinstance(node.func, ast.Attribute)
    if node.args and node.func.attr not in {"bind", "new"} and _is_built(node.args[0]):
        yield "the event name is built; give it by name and the rest as fields"
    for value in (*node.args, *(keyword.value for keyword in node.keywords)):
        for name in _handed_over(value):
            yield f"hands {name} to the logger"
    for keyword in node.keywords:
        if keyword.arg and is_secret(keyword.arg) and keyword.arg not in {"code", "name"}:
            yield f"logs a field called {keyword.arg}"


def _is_built(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr | ast.BinOp):
        return True
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"format", "join"}
    )


def _handed_over(node: ast.expr) -> Iterator[str]:
    """The secret names under `node`; what idp/identifiers/masking.py has masked may pass."""
    if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1].startswith("mask_"):
        return
    if isinstance(node, ast.Name) and is_secret(node.id):
        yield node.id
    elif isinstance(node, ast.Attribute) and is_secret(node.attr):
        owner = dotted(node.value).split(".")[-1].strip("_")
        if not (node.attr in {"name", "code"} and owner in HARMLESS_OWNERS):
            yield f"{dotted(node) or node.attr}"
    elif isinstance(node, ast.Subscript | ast.Call) and is_secret(_key(node)):
        yield f'"{_key(node)}"'
    for child in ast.iter_child_nodes(node):
        inner = child.value if isinstance(child, ast.keyword) else child
        if isinstance(inner, ast.expr):
            yield from _handed_over(inner)


def _key(node: ast.Subscript | ast.Call) -> str:
    """The constant key of `x["key"]` or `x.get("key")`, else the empty string."""
    if isinstance(node, ast.Subscript):
        key: ast.expr | None = node.slice
    else:
        is_get = isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "pop", "getlist"}
        key = node.args[0] if is_get and node.args else None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
