"""The end of a retired key: its private part is gone for good, its row stays as evidence (CRY-11)."""

from typing import Any, Final

from crypto.sm import sm3
from idp.keys.ceremonies import store
from idp.keys.ceremonies.kind import Act, CeremonyRefused, Done, Plan, Wish, Workplace, in_office
from idp.keys.models import KeyState
from idp.keys.statement import canonical
from idp.storage.engine import Db

NAME: Final = "destroy"
PAIR: Final = "kid"
DATA: Final = "data"


class Destroy:
    """Destroys one key, named `kid:…` or `data:purpose:version`."""

    name = NAME
    founds = False

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """A retired key is to be named."""
        officers, threshold = in_office(db)
        what = {"target": wish.target, "fingerprint": _retired(db, wish.target)}
        return Plan(what, officers, threshold)

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """Let the life cycle destroy it, by its own rules."""
        target = str(act.statement.what["target"])
        if _retired(db, target) != act.statement.what["fingerprint"]:
            raise CeremonyRefused("changed")
        root = work.open_root(db)
        work.destroy(db, target, act.actor, act.place)
        return Done({"target": target, "fingerprint": act.statement.what["fingerprint"]}, root)


def _retired(db: Db, target: str | None) -> str:
    """The fingerprint of a retired key: SM3 of its public key, or of its wrapped bytes where it has none."""
    kind, _, name = (target or "").partition(":")
    table = {PAIR: "key_pair", DATA: "data_key"}.get(kind)
    if table is None or not name:
        raise CeremonyRefused("target")
    for row in store.list_rows(db, table):
        if _name(kind, row) == name:
            if row.state is not KeyState.RETIRED:
                raise CeremonyRefused("not_retired", state=row.state.value)
            known = canonical(dict(row.public_jwk)) if kind == PAIR else bytes(row.wrapped)
            return sm3.digest(known).hex()
    raise CeremonyRefused("target")


def _name(kind: str, row: Any) -> str:
    return str(row.kid) if kind == PAIR else f"{row.purpose}:{row.version}"
