"""Closed-loop load: so many kept-alive connections, each with a script that asks again as soon as it is answered."""

import select
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from time import perf_counter

from tests.bench.messages import Answer, Unexpected, read

DONE = b""
"""What a script yields between two operations."""
SILENCE_SECONDS = 30.0

Script = Generator[bytes, Answer, None]
"""Yields requests and receives their answers; yields DONE when an operation is whole. Never ends by itself."""


@dataclass(slots=True)
class Measured:
    """Operations that ended in the measured time: their latencies in seconds, and how long was measured."""

    seconds: float
    latencies: list[float]
    cost: dict[str, float]


@dataclass(slots=True)
class _Seat:
    """One connection with its script."""

    link: socket.socket
    script: Script
    buffer: bytes = b""
    began: float = 0.0
    is_first_of_operation: bool = True
    latencies: list[tuple[float, float]] = field(default_factory=list)
    """End and duration of each operation."""

    def begin(self) -> None:
        self._send(next(self.script))

    def take(self, data: bytes) -> None:
        """Receive bytes; go on with the script when they make an answer whole."""
        if not data:
            raise Unexpected("the server closed a connection")
        self.buffer += data
        found = read(self.buffer)
        if found is None:
            return
        answer, self.buffer = found
        request = self.script.send(answer)
        while request is DONE:
            now = perf_counter()
            self.latencies.append((now, now - self.began))
            self.is_first_of_operation = True
            request = next(self.script)
        self._send(request)

    def _send(self, request: bytes) -> None:
        if self.is_first_of_operation:
            self.began = perf_counter()
            self.is_first_of_operation = False
        self.link.sendall(request)


def measure(
    port: int, scripts: list[Script], warm_up: float, seconds: float, cost: Callable[[], dict[str, float]]
) -> Measured:
    """Run the scripts against 127.0.0.1:`port`; what ended after `warm_up` and within `seconds` from then counts.

    `cost` reads counters (name to processor seconds) that only grow; the differences are returned. Raises Unexpected
    for any wrong answer, and when nothing ended.
    """
    seats = {}
    poll = select.epoll()
    try:
        for script in scripts:
            link = socket.create_connection(("127.0.0.1", port))
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seats[link.fileno()] = _Seat(link, script)
            poll.register(link, select.EPOLLIN)
        for seat in seats.values():
            seat.begin()
        _serve(poll, seats, perf_counter() + warm_up)
        before, start = cost(), perf_counter()
        _serve(poll, seats, start + seconds)
        after, stop = cost(), perf_counter()
    finally:
        poll.close()
        for seat in seats.values():
            seat.link.close()
    latencies = [took for seat in seats.values() for end, took in seat.latencies if start <= end < stop]
    if not latencies:
        raise Unexpected("no operation ended in the measured time")
    return Measured(stop - start, latencies, {name: after[name] - before[name] for name in after})


def _serve(poll: select.epoll, seats: dict[int, _Seat], until: float) -> None:
    while (now := perf_counter()) < until:
        ready = poll.poll(min(until - now, SILENCE_SECONDS))
        for handle, _ in ready:
            seat = seats[handle]
            seat.take(seat.link.recv(65536))
