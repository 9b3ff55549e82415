"""`python -m adapters.registries.twin --port N --data FILE --key FILE --callers FILE`: run the twin until it is ended."""

import argparse
import json
from pathlib import Path

from adapters.registries.twin.data import loaded
from adapters.registries.twin.keys import signer_from, stranger
from adapters.registries.twin.server import Twin, listening


def main() -> None:
    """Read the files, listen, serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    for name in ("data", "key", "callers"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    asked = parser.parse_args()
    callers = json.loads(asked.callers.read_text("utf-8"))
    twin = Twin(loaded(asked.data), signer_from(asked.key), stranger(), callers["keys"])
    listening(twin, asked.port).serve_forever()


main()
