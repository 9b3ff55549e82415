"""The SM2 library of this process: settled once at start, tried by the self-test, and told to the operators."""

from crypto.errors import EngineUnavailable
from crypto.sm import selftest, sm2
from idp.errors import SettingsRefused
from idp.keys.settings import KeysSettings
from idp.observe.log import logger
from idp.settings import Profile

_log = logger(__name__)


def settle(keys: KeysSettings, profile: Profile) -> None:
    """Choose the engine that settings name and run the self-test on it.

    Raises SettingsRefused where the library is missing or is not one for production, SelfTestFailed.
    """
    try:
        engine = sm2.choose(keys.engine)
    except EngineUnavailable as error:
        raise SettingsRefused("settings.refused", str(error), faults=f"keys.engine: {error}") from None
    if engine.is_unsafe and profile is Profile.PRODUCTION:
        fault = "keys.engine: gmssl is for development; install libbotan or OpenSSL 3"
        raise SettingsRefused("settings.refused", fault, faults=fault)
    sm2.use(engine)
    report = selftest.run()
    if engine.is_unsafe:
        _log.warning("crypto.engine_unsafe", backend=report.engine, unsafe=True)


def tell() -> None:
    """Name the engine in the log of a process that serves."""
    library = sm2.engine().name
    _log.info("crypto.engine", backend=library)
