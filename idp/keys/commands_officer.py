"""`yihao key officer new`, `key ceremony sign` and `key ceremony verify`: files only, no instance and no network."""

import sys
from pathlib import Path

import click

from crypto.sm.sm2 import Sm2PrivateKey
from crypto.x509 import private_key
from idp.clock import SystemClock
from idp.commands import terminal
from idp.commands.worded import Group, command, option
from idp.keys.ceremonies.record import KINDS, describe
from idp.keys.ceremonies.record_check import check_record
from idp.keys.commands_officer_files import FILE, passphrase, public_pem, read_file, read_key, write_new
from idp.keys.quorum import check_time
from idp.keys.statement import (
    Evidence,
    Officer,
    QuorumRefused,
    Statement,
    canonical,
    fingerprint,
    message,
    read_statement,
)


@click.group("officer", cls=Group, help="key officer")
def officer() -> None:
    """The noun."""


@command("key officer new")
@click.argument("path", type=FILE, metavar="FILE")
@option("--passphrase-file", type=FILE, help="option.officer_passphrase_file")
@option("--json", "as_json", is_flag=True, help="option.json")
def new(path: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Make an officer's SM2 key pair: the private key encrypted in FILE, the public one beside it."""
    public = path.with_name(path.name + ".pub")
    for each in (path, public):
        if each.exists():
            raise terminal.Fault("file.exists", terminal.USAGE, path=each)
    d = private_key.generate()
    try:
        text = private_key.write(d, passphrase(passphrase_file, is_new=True))
    except ValueError:
        raise terminal.Fault("officer.passphrase_short", terminal.USAGE) from None
    write_new(path, text.encode(), 0o600)
    write_new(public, public_pem(d).encode())
    shown = fingerprint(Sm2PrivateKey(d).public_key.raw)
    if as_json:
        terminal.give({"key": str(path), "public_key": str(public), "fingerprint": shown})
    else:
        click.echo(shown)
    terminal.say("officer.made", path=path, public=public)


@command("key ceremony sign")
@click.argument("statement_file", type=FILE, metavar="STATEMENT")
@option("--key", "key_file", required=True, type=FILE, help="option.officer_key")
@option("--passphrase-file", type=FILE, help="option.officer_passphrase_file")
@option("-o", "--out", required=True, type=FILE, help="option.evidence_out")
@option("--yes", "is_sure", is_flag=True, help="option.yes")
@option("--json", "as_json", is_flag=True, help="option.json")
def sign(
    statement_file: Path,
    key_file: Path,
    passphrase_file: Path | None,
    out: Path,
    is_sure: bool,
    as_json: bool,
) -> None:
    """Show a statement, and sign it with an officer's key."""
    statement = read_statement(read_file(statement_file))
    for line in described(statement):
        click.echo(line, err=True)
    if not is_sure:
        if not sys.stdin.isatty():
            raise terminal.Fault("prompt.no_terminal", terminal.USAGE)
        if not click.confirm(terminal.words("prompt.sign"), err=True):
            raise terminal.Fault("aborted")
    key = read_key(key_file, passphrase_file)
    own = Officer("-", key.public_key.raw)
    signed_at = int(SystemClock().timestamp())
    named = statement.officer(own.id)
    if named is None or named.public_key != own.public_key:
        raise terminal.Fault("quorum.stranger", terminal.DENIED)
    try:
        check_time(statement, signed_at)
    except QuorumRefused as refused:
        raise terminal.Fault(refused.code, terminal.DENIED) from None
    evidence = Evidence(
        ceremony_id=statement.id,
        statement_digest=statement.digest(),
        officer_id=own.id,
        signed_at=signed_at,
        signature=key.sign(message(statement, signed_at)),
    )
    write_new(out, canonical(evidence.as_json()) + b"\n")
    if as_json:
        terminal.give({"ceremony": statement.id, "officer": own.id, "evidence": str(out)})
    terminal.say("ceremony.signed", officer=named.label, path=out)


@command("key ceremony verify")
@click.argument("record", type=FILE, metavar="RECORD")
@option("--json", "as_json", is_flag=True, help="option.json")
@click.pass_context
def verify(ctx: click.Context, record: Path, as_json: bool) -> None:
    """Say what holds of a record; exit code 6 when something does not."""
    findings = check_record(read_file(record))
    is_whole = all(finding.holds for finding in findings)
    if as_json:
        found = [{"name": each.name, "holds": each.holds, "detail": each.detail} for each in findings]
        terminal.give({"ok": is_whole, "findings": found})
    else:
        for each in findings:
            mark = terminal.words("record.holds" if each.holds else "record.fails")
            click.echo(f"{mark}  {terminal.words(f'record.{each.name}')}  {each.detail}".rstrip())
    terminal.say("record.whole" if is_whole else "record.broken")
    ctx.exit(terminal.OK if is_whole else terminal.DIFFERENCES)


officer.add_command(new)


def described(statement: Statement) -> list[str]:
    """A statement for people to read before they sign."""
    chinese = terminal.language() == terminal.ZH
    kind = KINDS.get(statement.kind, statement.kind) if chinese else statement.kind
    return [
        f"{terminal.words('ceremony.label_id')}: {statement.id}",
        f"{terminal.words('ceremony.label_kind')}: {kind}",
        f"{terminal.words('ceremony.label_instance')}: {statement.instance}",
        f"{terminal.words('ceremony.label_digest')}: {statement.digest()}",
        f"{terminal.words('ceremony.label_agreement')}: {statement.threshold} / {len(statement.officers)}",
        *describe(statement.what),
    ]
