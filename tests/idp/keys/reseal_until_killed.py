"""A process that reseals until it is killed: it says how far it came after each step, and waits to be killed."""

import sys

from idp.composition import load_settings, wire
from idp.keys.reseal.walk import Progress

KILLED_AFTER = 3
"""Steps."""


def main() -> None:
    """Reseal the instance of this environment."""
    steps = 0

    def tell(progress: Progress) -> None:
        nonlocal steps
        steps += 1
        sys.stdout.write(f"{progress.done}\n")
        sys.stdout.flush()
        if steps >= KILLED_AFTER:
            # Between two steps or within one, as the other side pleases.
            sys.stdin.read(1)

    services = wire(load_settings())
    services.data_rotation.reseal.run(lambda: False, tell)


if __name__ == "__main__":
    main()
