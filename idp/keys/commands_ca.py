"""`yihao ca …`: the internal authority of an instance. The offline root's own verbs are in commands_ca_root."""

from datetime import datetime
from typing import Any, Final

import click
from rich.table import Table

from crypto.x509 import certificate as certificates
from crypto.x509.authority import Addresses
from idp.clock import instant
from idp.commands import instance, terminal
from idp.commands.worded import Group, command, option
from idp.keys.certificates import store
from idp.keys.certificates.authority_keys import AuthorityKeys
from idp.keys.certificates.expiry import standing, without_successor
from idp.keys.certificates.service import ISSUED, REASONS, Certificates
from idp.keys.certificates.store import Issued
from idp.keys.commands_ca_root import LARGEST_FILE, root_init, root_sign
from idp.keys.lifecycle import Actor
from idp.keys.models import CertificateKind
from idp.wiring import Services

KINDS: Final = [each.value for each in ISSUED]


@click.group("ca", cls=Group, help="ca")
def ca() -> None:
    """The noun."""


@command("ca request")
@option("--subject", required=True, help="option.ca_subject")
def request(subject: str) -> None:
    """Give the request that the offline root signs."""
    with instance.services(instance.settings()) as services:
        click.echo(certificates_of(services).request(subject, _actor()).pem(), nl=False)
    terminal.say("ca.requested")


@command("ca install")
@click.argument("certificate", type=click.File("rb"), metavar="CERTIFICATE")
@option("--root", required=True, type=click.File("rb"), help="option.ca_root")
@option("--json", "as_json", is_flag=True, help="option.json")
def install(certificate: Any, root: Any, as_json: bool) -> None:
    """Install what the offline root signed."""
    parts = certificate.read(LARGEST_FILE), root.read(LARGEST_FILE)
    with instance.services(instance.settings()) as services:
        own = certificates_of(services).install(*parts, _actor())
        _give(_found(services, own.serial_hex), services, as_json)


@command("ca issue")
@click.argument("request", type=click.File("rb"), metavar="REQUEST")
@option("--kind", required=True, type=click.Choice(KINDS), help="option.ca_kind")
@option("--dns", "dns_names", multiple=True, help="option.ca_dns")
@option("--crl-address", "crl_addresses", multiple=True, help="option.ca_crl_address")
@option("--json", "as_json", is_flag=True, help="option.json")
def issue(
    request: Any, kind: str, dns_names: tuple[str, ...], crl_addresses: tuple[str, ...], as_json: bool
) -> None:
    """Certify a request for an officer, a node or a department; the certificate goes to stdout."""
    data = request.read(LARGEST_FILE)
    with instance.services(instance.settings()) as services:
        made = certificates_of(services).issue(
            data, CertificateKind(kind), _actor(), dns_names, Addresses(crl=crl_addresses)
        )
        issued = _found(services, made.serial_hex)
        if as_json:
            _give(issued, services, as_json)
        else:
            click.echo(made.pem(), nl=False)
    terminal.say("ca.issued", serial=issued.serial, subject=issued.subject, until=_day(issued.not_after))


@command("ca revoke")
@click.argument("serial", metavar="SERIAL")
@option("--reason", required=True, type=click.Choice(list(REASONS)), help="option.ca_reason")
@option("--yes", "is_sure", is_flag=True, help="option.yes")
@option("--json", "as_json", is_flag=True, help="option.json")
def revoke(serial: str, reason: str, is_sure: bool, as_json: bool) -> None:
    """Revoke a certificate for good; the serial number is typed once more unless `--yes` stands for it."""
    if not is_sure and terminal_prompt("prompt.ca_revoke") != serial:
        raise terminal.Fault("aborted")
    with instance.services(instance.settings()) as services:
        _give(certificates_of(services).revoke(serial, reason, _actor()), services, as_json)
    terminal.say("ca.revoked")


@command("ca crl", may_begin_with_dash=True)
@option("--authority", "kid", metavar="KID", help="option.ca_authority")
def crl(kid: str | None) -> None:
    """Sign the list of revoked certificates; it goes to stdout."""
    with instance.services(instance.settings()) as services:
        listed = certificates_of(services).revocation_list(_actor(), kid)
    click.echo(listed.pem(), nl=False)
    terminal.say("ca.listed", count=len(listed.revoked), until=_day(listed.next_update))


@command("ca list")
@option("--kind", type=click.Choice([each.value for each in CertificateKind]), help="option.ca_kind")
@option("--json", "as_json", is_flag=True, help="option.json")
def list_certificates(kind: str | None, as_json: bool) -> None:
    """Every certificate and its standing; those that end soon are told of."""
    with instance.services(instance.settings()) as services:
        now = instant(services.clock)
        with services.sql.once() as db:
            every = store.list_certificates(db)
    shown = [each for each in every if kind in {None, each.kind.value}]
    ending = without_successor(every, now)
    if as_json:
        rows = [_about(each, now) for each in shown]
        terminal.give({"certificates": rows, "expiring": [each.serial for each in ending]})
        return
    table = Table("serial", "kind", "standing", "not_after", "subject", box=None, pad_edge=False)
    for each in shown:
        table.add_row(
            each.serial, each.kind.value, standing(each, now).value, _day(each.not_after), each.subject
        )
    terminal.data_console().print(table)
    for each in ending:
        terminal.say("ca.expiring", serial=each.serial, days=(each.not_after - now).days)


@command("ca show")
@click.argument("serial", metavar="SERIAL")
@option("--json", "as_json", is_flag=True, help="option.json")
def show(serial: str, as_json: bool) -> None:
    """One certificate: what is known of it and its PEM."""
    with instance.services(instance.settings()) as services:
        issued = _found(services, serial)
        _give(issued, services, as_json)
        if not as_json:
            click.echo(certificates.parse(issued.der).pem(), nl=False)


for _verb in (root_init, root_sign, request, install, issue, revoke, crl, list_certificates, show):
    ca.add_command(_verb)


def certificates_of(services: Services) -> Certificates:
    """The internal authority, over these services."""
    foundation = services.foundation
    keys = AuthorityKeys(foundation.keyring, foundation.providers, services.clock, services.audit)
    return Certificates(services.sql, services.clock, services.audit, keys)


def terminal_prompt(key: str) -> str:
    """What the operator types; asked on stderr."""
    typed: str = click.prompt(terminal.words(key), err=True)
    return typed


def _actor() -> Actor:
    return Actor(instance.actor(), instance.place(), "officer")


def _found(services: Services, serial: str) -> Issued:
    with services.sql.once() as db:
        return certificates_of(services).get(db, serial)


def _about(issued: Issued, now: datetime) -> dict[str, object]:
    return {
        "serial": issued.serial,
        "kind": issued.kind.value,
        "subject": issued.subject,
        "standing": standing(issued, now).value,
        "not_before": issued.not_before.isoformat(),
        "not_after": issued.not_after.isoformat(),
        "revoked_at": issued.revoked_at.isoformat() if issued.revoked_at else None,
        "reason": issued.reason,
        "key_id": issued.key_id,
    }


def _give(issued: Issued, services: Services, as_json: bool) -> None:
    read, now = certificates.parse(issued.der), instant(services.clock)
    prints = {"sm3": read.thumbprint_sm3.hex(), "sha256": read.thumbprint_sha256.hex()}
    about = {**_about(issued, now), "algorithm": read.public_key.kind, **prints}
    if as_json:
        terminal.give({**about, "certificate": read.pem()})
        return
    for name, value in about.items():
        if value is not None:
            click.echo(f"{name:<12}{value}")


def _day(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d")
