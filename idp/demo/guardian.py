"""Ends the servers of a demo that was itself killed: a process of its own, because a killed parent cleans nothing.

It reads process ids from the pipe that the parent holds, one per line, each the leader of its own process group. The
word `done` says that the parent ended them itself; a pipe that closes without it means that the parent is gone.
"""

import os
import signal
import sys
import time
from typing import TextIO

GRACE_SECONDS = 5.0
STEP_SECONDS = 0.1
DONE = "done"


def watch(lines: TextIO) -> None:
    """Wait for the pipe to close, then end every group that was named, unless the parent was done."""
    groups = []
    for line in lines:
        if line.strip() == DONE:
            return
        groups.append(int(line))
    end_groups(groups)


def end_groups(groups: list[int]) -> None:
    """Ask the groups to end, and kill what is left after five seconds."""
    left = [group for group in groups if send(group, signal.SIGTERM)]
    deadline = time.monotonic() + GRACE_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(STEP_SECONDS)
        left = [group for group in left if send(group, 0)]
    for group in left:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Send a signal to a process group; False when it is gone. Signal 0 only asks."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch(sys.stdin)
