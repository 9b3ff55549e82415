"""Which library does the curve work: a named one, or the best that this machine has."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from crypto.errors import EngineUnavailable
from crypto.sm.engine.botan import BotanEngine
from crypto.sm.engine.gmssl import GmsslEngine
from crypto.sm.engine.openssl import OpenSslEngine
from crypto.sm.engine.port import Engine

AUTO: Final = "auto"

# Best first: the fastest, then the one that is always there, then the last resort.
_MAKERS: Final[dict[str, Callable[[], Engine]]] = {
    "botan": BotanEngine,
    "openssl": OpenSslEngine,
    "gmssl": GmsslEngine,
}
NAMES: Final = (AUTO, *_MAKERS)


def choose(name: str = AUTO) -> Engine:
    """Give the engine of this name, or for ``auto`` the first of botan, openssl and gmssl that is present.

    The same name gives the same engine throughout the process. Raises EngineUnavailable, in one sentence,
    when the named library is missing or no engine has that name.
    """
    if name not in NAMES:
        raise EngineUnavailable(f"no SM2 engine has that name: choose one of {', '.join(NAMES)}")
    return _first() if name == AUTO else _made(name)


def _first() -> Engine:
    reasons = []
    for name in _MAKERS:
        try:
            return _made(name)
        except EngineUnavailable as reason:
            reasons.append(str(reason))
    raise EngineUnavailable("no SM2 library works on this machine: " + "; ".join(reasons))


@lru_cache(maxsize=len(_MAKERS))
def _made(name: str) -> Engine:
    return _MAKERS[name]()
