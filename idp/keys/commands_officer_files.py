"""Files of officers on the command line: keys under a passphrase, public keys, and whatever is written but once."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from crypto.errors import CertificateRejected, KeyUnusable, SealError
from crypto.sm.sm2 import Sm2PrivateKey
from crypto.x509 import pem, private_key
from crypto.x509.keys import read_public_key
from crypto.x509.private_key import SoftwareKey
from crypto.x509.signing import spki_of
from idp.commands import terminal
from idp.keys.statement import Officer

PUBLIC_LABEL: Final = "PUBLIC KEY"
LARGEST: Final = 64 << 20
LARGEST_KEY: Final = 8 << 10
FILE = click.Path(path_type=Path, dir_okay=False)


def read_file(path: Path, largest: int = LARGEST) -> bytes:
    """The content of a file of at most that size."""
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError:
        raise terminal.Fault("file.unusable", path=path) from None
    if len(content) > largest:
        raise terminal.Fault("file.unusable", path=path)
    return content


def write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that was not there, durably, with these rights from its first byte on."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise terminal.Fault("file.exists", terminal.USAGE, path=path) from None
    except OSError:
        raise terminal.Fault("file.unusable", path=path) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise terminal.Fault("file.unusable", path=path) from None


def passphrase(source: Path | None, is_new: bool = False) -> str:
    """The first line of the file, else what is typed at the terminal, twice for a new one."""
    if source is None:
        if not sys.stdin.isatty():
            raise terminal.Fault("prompt.no_terminal", terminal.USAGE)
        words = terminal.words("prompt.officer_passphrase")
        typed: str = click.prompt(words, err=True, hide_input=True, confirmation_prompt=is_new)
        return typed
    try:
        is_open = bool(source.stat().st_mode & 0o077)
    except OSError:
        raise terminal.Fault("file.unusable", path=source) from None
    if is_open:
        raise terminal.Fault("officer.passphrase_open", terminal.USAGE, path=source)
    try:
        return read_file(source, LARGEST_KEY).decode("utf-8").partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise terminal.Fault("officer.passphrase_wrong", terminal.DENIED) from None


def read_key(path: Path, source: Path | None) -> Sm2PrivateKey:
    """An officer's private key."""
    content = read_file(path, LARGEST_KEY)
    try:
        return Sm2PrivateKey(private_key.read(content, passphrase(source)))
    except SealError:
        raise terminal.Fault("officer.passphrase_wrong", terminal.DENIED) from None
    except KeyUnusable:
        raise terminal.Fault("officer.key_malformed", path=path) from None


def public_pem(d: bytes) -> str:
    """The public half of a private key, as SubjectPublicKeyInfo in PEM."""
    return pem.write(spki_of(SoftwareKey(d).handle), PUBLIC_LABEL)


def read_officer(text: str) -> Officer:
    """`LABEL=FILE`: an officer by the label and the public key in the file."""
    label, equals, path = text.partition("=")
    if not equals:
        raise terminal.Fault("officer.form", terminal.USAGE)
    content = read_file(Path(path), LARGEST_KEY)
    try:
        key = read_public_key(pem.read(content, PUBLIC_LABEL, 1, LARGEST_KEY)[0])
    except CertificateRejected:
        raise terminal.Fault("officer.public_malformed", path=path) from None
    if key.kind != "SM2":
        raise terminal.Fault("officer.public_malformed", path=path)
    return Officer(label, key.bits[1:])
