"""A text message gateway beside a provider, whose messages a test reads as their receiver would."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from adapters.messages.twin import SmsTwin, listening


@dataclass
class Phone:
    """Every message that came, by number."""

    twin: SmsTwin
    address: str

    def environment(self, *addresses: str) -> dict[str, str]:
        """The settings that point to it, behind other gateways where those are given."""
        entries = [
            {"name": f"sms-{n}", "url": f"{each}/send"} for n, each in enumerate((*addresses, self.address))
        ]
        return {"YIHAO_SMS__GATEWAYS": json.dumps(entries)}

    def texts(self, mobile: str) -> list[str]:
        """Texts to a number, newest first."""
        return [text for to, text in self.twin.messages if to == mobile]

    def code(self, mobile: str) -> str:
        """The newest code that a number got."""
        found = re.search(r"(?<![0-9])([0-9]{6})(?![0-9])", self.texts(mobile)[0])
        assert found is not None
        return found.group(1)


@contextmanager
def phone(clock: object) -> Iterator[Phone]:
    """A gateway that listens until the block ends; it lives at the time of `clock`."""
    twin = SmsTwin([], clock.timestamp)  # type: ignore[attr-defined] # any clock of ours
    server = listening(twin, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Phone(twin, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
