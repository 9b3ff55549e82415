"""`yihao ca root-init` and `root-sign`: the offline root. Files only: no instance, no database, no network."""

import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from crypto.errors import CertificateRejected, KeyUnusable, SealError
from crypto.x509 import authority, certificate, private_key, request
from crypto.x509.authority import Authority
from crypto.x509.certificate import Certificate
from crypto.x509.private_key import SoftwareKey
from crypto.x509.profiles import ProfileName
from idp.clock import SystemClock, instant
from idp.commands import terminal
from idp.commands.worded import command, option

LARGEST_FILE: Final = 64 * 1024

_PATH = click.Path(path_type=Path, dir_okay=False)


@command("ca root-init")
@option("--subject", required=True, help="option.ca_subject")
@option("--key", "key_file", required=True, type=_PATH, help="option.ca_root_key")
@option("--certificate", "certificate_file", required=True, type=_PATH, help="option.ca_root_certificate")
@option("--passphrase-file", type=click.File("rb"), help="option.ca_passphrase_file")
@option("--json", "as_json", is_flag=True, help="option.json")
def root_init(
    subject: str, key_file: Path, certificate_file: Path, passphrase_file: Any, as_json: bool
) -> None:
    """Make a root: an SM2 key in an encrypted file, and the certificate it signs itself."""
    for path in (key_file, certificate_file):
        if path.exists():
            raise terminal.Fault("ca.file_exists", terminal.USAGE, path=path)
    passphrase = _passphrase(passphrase_file, is_new=True)
    d = private_key.generate()
    try:
        root = authority.self_signed_root(subject, SoftwareKey(d), instant(SystemClock()))
        text = private_key.write(d, passphrase)
    except CertificateRejected:
        raise terminal.Fault("ca.subject", terminal.USAGE) from None
    except ValueError:
        raise terminal.Fault("ca.passphrase_short", terminal.USAGE) from None
    _write_new(key_file, text, 0o600)
    _write_new(certificate_file, root.pem(), 0o644)
    _give(root, as_json)
    terminal.say("ca.root_made", key_file=key_file, certificate_file=certificate_file)


@command("ca root-sign")
@click.argument("request_file", type=click.File("rb"), metavar="REQUEST")
@option("--key", "key_file", required=True, type=click.File("rb"), help="option.ca_root_key")
@option(
    "--certificate",
    "certificate_file",
    required=True,
    type=click.File("rb"),
    help="option.ca_root_certificate",
)
@option("--passphrase-file", type=click.File("rb"), help="option.ca_passphrase_file")
@option("--json", "as_json", is_flag=True, help="option.json")
def root_sign(
    request_file: Any, key_file: Any, certificate_file: Any, passphrase_file: Any, as_json: bool
) -> None:
    """Certify the authority's key of a request; the certificate goes to stdout."""
    try:
        asked = request.parse(request_file.read(LARGEST_FILE))
        root = certificate.parse_any(certificate_file.read(LARGEST_FILE))
        d = private_key.read(key_file.read(LARGEST_FILE), _passphrase(passphrase_file, is_new=False))
        made = Authority(root, SoftwareKey(d)).issue(asked, ProfileName.AUTHORITY, instant(SystemClock()))
    except SealError:
        raise terminal.Fault("ca.passphrase") from None
    except KeyUnusable:
        raise terminal.Fault("ca.key_file") from None
    except CertificateRejected as refused:
        raise terminal.Fault("certificate.rejected", reason=refused.reason) from None
    if as_json:
        _give(made, as_json)
    else:
        click.echo(made.pem(), nl=False)
    terminal.say("ca.root_signed", subject=made.subject.text, serial=made.serial_hex)


def _passphrase(source: Any, is_new: bool) -> str:
    """The first line of the file, else what is typed at the terminal, twice for a new one."""
    if source is not None:
        line: bytes = source.readline(LARGEST_FILE)
        try:
            return line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise terminal.Fault("ca.passphrase") from None
    if not sys.stdin.isatty():
        raise terminal.Fault("prompt.no_terminal", terminal.USAGE)
    typed: str = click.prompt(
        terminal.words("prompt.ca_passphrase"), err=True, hide_input=True, confirmation_prompt=is_new
    )
    return typed


def _write_new(path: Path, text: str, mode: int) -> None:
    """Write a file that was not there, with these rights from its first byte on."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise terminal.Fault("ca.file_exists", terminal.USAGE, path=path) from None
    except OSError:
        raise terminal.Fault("ca.file_unwritten", path=path) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _give(made: Certificate, as_json: bool) -> None:
    about = {
        "serial": made.serial_hex,
        "subject": made.subject.text,
        "not_after": made.not_after.isoformat(),
        "sm3": made.thumbprint_sm3.hex(),
    }
    if as_json:
        terminal.give({**about, "certificate": made.pem()})
        return
    for name, value in about.items():
        click.echo(f"{name:<12}{value}")
