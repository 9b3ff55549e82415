"""`yihao person import`: persons from a file, with the passwords and proofs that they bring along."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from crypto.foreign_passwords import ForeignHash
from crypto.passwords import PasswordHasher
from idp.accounts import import_file
from idp.accounts.importing import PersonImport
from idp.authenticators.password import KIND
from idp.authenticators.store import CredentialStore
from idp.commands.importing import import_options, run_import
from idp.commands.worded import command, option
from idp.proofing.carried import CarriedEvidence
from idp.proofing.methods import methods
from idp.storage.engine import Db
from idp.wiring import Services

UPGRADE, RESET = "upgrade", "reset"


class CarriedPasswords:
    """Hashes and keeps the passwords that come with a file.

    Where `are_weak_kept` is false, a hash that is guessed quickly once stolen is not kept, and its owner chooses a new
    password.
    """

    def __init__(self, hasher: PasswordHasher, credentials: CredentialStore, are_weak_kept: bool) -> None:
        self._hasher = hasher
        self._credentials = credentials
        self._are_weak_kept = are_weak_kept

    def hash(self, password: str) -> str:
        """The text to keep, under the present parameters and pepper."""
        return self._hasher.hash(password)

    def carry(self, foreign: ForeignHash) -> str | None:
        """The text to keep of another system's hash, or None."""
        if foreign.recipe.is_weak and not self._are_weak_kept:
            return None
        return self._hasher.carry(foreign)

    def row(self, person_id: str, stored: str, now: datetime) -> dict[str, Any]:
        """A password credential with this text, sealed."""
        return self._credentials.row(KIND, person_id, stored, now)

    def add(self, db: Db, rows: Sequence[dict[str, Any]]) -> None:
        """Keep such credentials."""
        self._credentials.add_rows(db, rows)


@command("person import")
@import_options
@option("--weak-hashes", type=click.Choice((UPGRADE, RESET)), default=UPGRADE, help="option.weak_hashes")
@click.pass_context
def import_persons(
    ctx: click.Context, source: Path, is_dry: bool, bad: Path | None, as_json: bool, weak_hashes: str
) -> None:
    """Import a file. Exit code 1 when a row was refused or the run was stopped."""

    def what(services: Services) -> PersonImport:
        return import_of(services, are_weak_kept=weak_hashes == UPGRADE)

    ctx.exit(run_import(import_file.opened, what, source, is_dry, bad, as_json))


def import_of(services: Services, are_weak_kept: bool) -> PersonImport:
    """The import of persons, over these services."""
    cost = services.settings.passwords
    hasher = services.foundation.held.hasher(cost.memory_kib, cost.time_cost)
    passwords = CarriedPasswords(hasher, CredentialStore(services.foundation.sealer), are_weak_kept)
    return PersonImport(
        services.clock, services.audit, services.persons, passwords, CarriedEvidence(methods())
    )
