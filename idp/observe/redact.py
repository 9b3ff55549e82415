"""What may appear in a log line: listed fields, and in them nothing that looks like a person or a secret
(SEC-43).
"""

import re
from collections.abc import Mapping

HIDDEN = "[redacted]"
MAX_TEXT = 400
MAX_ITEMS = 50

# Names of the operation itself. A name missing here is hidden, so a new one is added on purpose or not seen.
ALLOWED_FIELDS = frozenset({
    "algorithm", "application", "attempt", "backend", "box", "check", "client_id", "code", "count", "detail", "dialect",
    "duration_ms", "endpoint", "error_code", "grant", "holder", "issuer", "job", "kid", "kind", "level", "limit", "locale",
    "logger", "matter", "message", "method", "migration", "module", "node", "operation", "outcome", "part", "path", "pid",
    "plugin", "port", "profile", "provider", "purpose", "reason", "request_id", "retry_after", "revision", "role", "route",
    "scope", "seconds", "setting", "state", "status", "step", "table", "unsafe", "upstream", "version", "workers",
})  # fmt: skip

_PATTERNS = (
    # A signed or encrypted token, whole or cut.
    (re.compile(r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)*"), "[token]"),
    # Handles, codes, digests and keys: nothing an operator reads is that long without a break.
    (re.compile(r"[A-Za-z0-9_+-]{40,}={0,2}"), "[secret]"),
    # Identity numbers old and new (GB 11643), card numbers, several in a row; fullwidth digits too.
    (re.compile(r"\d{15,}[Xx]?"), "[number]"),
    (re.compile(r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)"), "[mobile]"),
)


def fields(given: Mapping[str, object]) -> dict[str, object]:
    """Give the fields as they may be written: unlisted names lose their value, listed ones are masked within.

    Text is cut at 400 characters, collections at 50 items. Values that are no text, number, truth value or
    collection of such are hidden: their printed form could hold anything.
    """
    return {name: _value(value) if name in ALLOWED_FIELDS else HIDDEN for name, value in given.items()}


def text(value: str) -> str:
    """Give a text with every identity number, mobile number, token and long secret replaced by its kind."""
    value = value[: 4 * MAX_TEXT]
    for pattern, word in _PATTERNS:
        value = pattern.sub(word, value)
    return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"


def _value(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(str(value))
    if isinstance(value, int | float):
        return value if text(str(value)) == str(value) else HIDDEN
    if isinstance(value, Mapping):
        # Keys of data are data: an unlisted one is not even named.
        items = list(value.items())[:MAX_ITEMS]
        return {
            (name if name in ALLOWED_FIELDS else HIDDEN): _value(item) if name in ALLOWED_FIELDS else HIDDEN
            for name, item in items
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(item) for item in list(value)[:MAX_ITEMS]]
    return HIDDEN
