"""Addresses that come near a registered one and must be refused (SEC-01, SEC-04): 1,125 of them, made by rule.

`tests/vectors/attacks/redirect_uri_rules.json` holds the rules: something that one parser, browser or framework reads as
the registered address or as the same host, and another does not (RFC 3986, the WHATWG URL standard, UTS 46).
`redirect_uris.json` holds what they make; `python -m tests.support.uri_mutations` writes it.

In a template `{u}` is the registered address, `{U}` the same in capitals, `{s}` and `{S}` its scheme, `{r}` what follows
the scheme's colon, `{a}` and `{H}` host and port, `{h}` the host, `{p}` and `{P}` path and query, `{n}` the path
without its first letter, `{q}` and `{Q}` the address percent-encoded once and twice.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

FOLDER = Path(__file__).parents[1] / "vectors" / "attacks"
RULES = FOLDER / "redirect_uri_rules.json"
CORPUS = FOLDER / "redirect_uris.json"
REGISTERED = (
    "https://dept-one.test/callback",
    "https://dept-one.test/cb/back?tenant=1",
    "http://127.0.0.1:8400/callback",
    "gov.test.dept:/callback",
)
_OF_HOSTS = ("{a}", "{h}", "{H}")


def made_of(registered: str, templates: Sequence[str]) -> list[str]:
    """What templates make of a registered address, without itself; those of hosts only where it has one."""
    parts = urlsplit(registered)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    fields = {
        "u": registered,
        "U": registered.upper(),
        "s": parts.scheme,
        "S": parts.scheme.upper(),
        "r": registered.partition(":")[2],
        "a": parts.netloc,
        "h": parts.hostname or "",
        "H": parts.netloc.upper(),
        "p": path,
        "P": path.upper(),
        "n": path[2:],
        "q": quote(registered, safe=""),
        "Q": quote(quote(registered, safe=""), safe=""),
    }
    usable = [one for one in templates if parts.netloc or not any(field in one for field in _OF_HOSTS)]
    made = [one.format(**fields) for one in usable]
    return list(dict.fromkeys(one for one in made if one != registered))


def made_by_rule() -> list[dict[str, object]]:
    """The content of the corpus: per registered address and rule, what must be refused."""
    rules = json.loads(RULES.read_text(encoding="utf-8"))
    return [
        {"registered": one, "rule": rule["rule"], "refused": made_of(one, rule["templates"])}
        for one in REGISTERED
        for rule in rules
    ]


def kept() -> list[dict[str, object]]:
    """The corpus as it stands in the file."""
    entries: list[dict[str, object]] = json.loads(CORPUS.read_text(encoding="utf-8"))
    return entries


def refused_for(registered: str, rule: str | None = None) -> list[str]:
    """The kept addresses near a registered one, of all rules or of one, each once."""
    found: dict[str, None] = {}
    for entry in kept():
        refused = entry["refused"]
        if entry["registered"] == registered and rule in {None, entry["rule"]} and isinstance(refused, list):
            found.update(dict.fromkeys(refused))
    return list(found)


if __name__ == "__main__":
    CORPUS.write_text(json.dumps(made_by_rule(), indent=1) + "\n", encoding="utf-8")
