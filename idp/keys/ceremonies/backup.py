"""A backup of all key material: agreed to row by row, sealed under the root key, useless without m officers."""

from typing import Any, Final

from crypto import base64url
from crypto.sm import sm3
from idp.keys.book import read_book
from idp.keys.ceremonies import store
from idp.keys.ceremonies.backup_file import seal_backup, signed_part
from idp.keys.ceremonies.kind import Act, CeremonyRefused, Done, Plan, Wish, Workplace, in_office
from idp.keys.ceremonies.material import manifest, manifest_digest, read_rows
from idp.keys.ceremonies.signing import checkpoint_signer, signature_of
from idp.keys.statement import canonical
from idp.storage.engine import Db

NAME: Final = "backup"


class Backup:
    """Writes one file; the statement holds the SM3 of its manifest, so that officers agree to its content."""

    name = NAME
    founds = False

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """Everything there is now."""
        officers, threshold = in_office(db)
        rows = read_rows(db)
        counts = {table: len(named) for table, named in rows.items()}
        return Plan({"manifest": manifest_digest(rows), "rows": counts}, officers, threshold)

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """Seal and sign the file. Raises CeremonyRefused("changed") when keys changed since the agreement."""
        rows, root = read_rows(db), work.open_root(db)
        if manifest_digest(rows) != act.statement.what["manifest"]:
            raise CeremonyRefused("changed")
        active = store.find_active_root(db)
        book = read_book(db)
        holders = [] if book is None else [book.holders[each] for each in sorted(book.holders)]
        head: dict[str, Any] = {
            "instance": work.instance,
            "made_at": int(act.now.timestamp()),
            "statement": act.statement.as_json(),
            "evidence": list(act.evidence),
            "root": _root(active),
            "holders": [
                {
                    "officer": holder.officer.as_json(),
                    "sealed": base64url.encode(holder.sealed),
                    "check_value": base64url.encode(holder.share_check),
                }
                for holder in holders
                if not holder.is_removed
            ],
            "manifest": manifest(rows),
        }
        whole = seal_backup(head, rows, root.provider())
        signer = checkpoint_signer(db, root, work.devices)
        if signer is not None:
            whole["signature"] = signature_of(signer, signed_part(whole))
        file = canonical(whole)
        facts = {
            "file": sm3.digest(file).hex(),
            "generation": root.generation,
            "manifest": act.statement.what["manifest"],
            "rows": {table: len(named) for table, named in rows.items()},
        }
        return Done(facts, root, file=file)


def _root(active: Any) -> dict[str, Any]:
    return {
        "generation": active.generation,
        "form": active.form.value,
        "threshold": active.threshold,
        "ceremony_id": active.ceremony_id,
        "check_value": base64url.encode(bytes(active.check_value)),
        "wrapped": None if active.wrapped is None else base64url.encode(bytes(active.wrapped)),
    }
