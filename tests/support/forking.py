"""Work in a forked child, as a server's workers do it."""

import os
import traceback
from collections.abc import Callable


def in_child(act: Callable[[], bytes]) -> bytes:
    """Fork, let the child do `act`, and give what it returned; fails with the child's traceback."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            answer = b"+" + act()
            status = 0
        except BaseException:
            answer = b"-" + traceback.format_exc().encode()
        os.write(writing, answer)
        os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    assert answer[:1] == b"+", f"the child failed: {answer[1:].decode()}"
    return answer[1:]
