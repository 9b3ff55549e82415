"""How commands speak: data on stdout, the rest on stderr, in the operator's language; errors with what to do next."""

import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import click
import orjson
from rich.console import Console

from crypto.errors import CryptoError, DeviceUnavailable, SelfTestFailed
from crypto.tokens import short_reference
from idp.commands.words import FAULTS, SAID
from idp.errors import IdpError, SettingsRefused, Unavailable
from idp.observe import log

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
DENIED: Final = 4
NEEDS_APPROVAL: Final = 5
DIFFERENCES: Final = 6
JSON_SCHEMA: Final = 1
ZH: Final = 0
EN: Final = 1
LANGUAGES: Final = {"zh": ZH, "en": EN}

_language: ContextVar[int | None] = ContextVar("language", default=None)
_is_debug: ContextVar[bool] = ContextVar("is_debug", default=False)


class Fault(Exception):
    """A command cannot go on: `code` names the words, `values` fill them, `exit_code` is that of the process."""

    def __init__(self, code: str, exit_code: int = FAILED, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.exit_code = exit_code
        self.values = values


def language() -> int:
    """ZH or EN: by `--lang`, else English where the locale is English, else Chinese."""
    chosen = _language.get()
    if chosen is not None:
        return chosen
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return EN if locale.startswith("en") else ZH


def choose_language(lang: str | None) -> None:
    """Speak `zh` or `en` from here on; None: by the locale."""
    _language.set(LANGUAGES.get(lang or ""))


def choose_trace(is_wanted: bool) -> None:
    """Whether a failure lists the places in the program."""
    _is_debug.set(is_wanted)


def words(key: str, **values: object) -> str:
    """The words of a key in the operator's language."""
    return SAID[key][language()].format(**values)


def say(key: str, **values: object) -> None:
    """Say something to the operator, on stderr."""
    click.echo(words(key, **values), err=True)


def give(data: Mapping[str, object]) -> None:
    """Print one JSON object on stdout, with the version of its form."""
    click.echo(orjson.dumps({"schema": JSON_SCHEMA, **data}).decode())


def console() -> Console:
    """A terminal on stderr: plain when it is none, without colour under NO_COLOR or TERM=dumb."""
    return Console(stderr=True, highlight=False)


def data_console() -> Console:
    """A terminal on stdout for tables of data: plain when it is none, and then as wide as the data."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 240)


def log_to_stderr(level: str) -> None:
    """Send the structured log to stderr, so that stdout holds data only."""
    log.configure(level, sys.stderr.buffer)


@contextmanager
def answered() -> Iterator[None]:
    """Turn whatever a command raises into words on stderr and an exit code. No value of a person is in either."""
    try:
        yield
    except (click.exceptions.Exit, click.ClickException):
        raise
    except Fault as fault:
        _end(fault.code, fault.exit_code, fault.values)
    except SettingsRefused as error:
        _end(error.code, USAGE, {"faults": error.detail, **error.values})
    except Unavailable as error:
        _end(error.code if error.code in FAULTS else "svc.down", UNREACHABLE, error.values)
    except IdpError as error:
        _end(error.code, FAILED, error.values)
    except SelfTestFailed:
        _end("selftest.failed", FAILED, {})
    except DeviceUnavailable:
        _end("device.gone", UNREACHABLE, {})
    except CryptoError:
        _end("crypto.failed", FAILED, {})
    except (click.Abort, KeyboardInterrupt):
        _end("aborted", FAILED, {})
    except Exception as error:
        _end("unexpected", FAILED, {"kind": type(error).__name__})


def _end(code: str, exit_code: int, values: Mapping[str, object]) -> None:
    """Say what happened, why and what next, with a reference; then leave. A trace has places only, never values."""
    if code not in FAULTS:
        code, values = "unexpected", {"kind": code}
    what, following = FAULTS[code]
    here = language()
    click.echo(f"{words('label.error')}: {what[here].format(**values)}", err=True)
    click.echo(f"{words('label.next')}: {following[here].format(**values)}", err=True)
    click.echo(f"{words('label.reference')}: {short_reference()}", err=True)
    if _is_debug.get():
        for frame in traceback.extract_tb(sys.exc_info()[2]):
            click.echo(f"  {frame.filename}:{frame.lineno} {frame.name}", err=True)
    raise click.exceptions.Exit(exit_code)
