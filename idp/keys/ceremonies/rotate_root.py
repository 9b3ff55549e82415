"""The next generation of the root key, for the same officers; everything is wrapped anew in one transaction."""

from typing import Final

from idp.keys.ceremonies import store
from idp.keys.ceremonies.generations import NewGeneration, make_generation
from idp.keys.ceremonies.kind import (
    Act,
    CeremonyRefused,
    Done,
    Plan,
    Wish,
    Workplace,
    fit_threshold,
    in_office,
)
from idp.keys.models import RootForm
from idp.storage.engine import Db

NAME: Final = "rotate-root"


class RotateRoot:
    """Replaces the root key; the form may change between shares and a device, and the threshold too."""

    name = NAME
    founds = False

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """Threshold as it is unless another one is wished."""
        officers, usual = in_office(db)
        root = store.find_active_root(db)
        if root is None:
            raise CeremonyRefused("no_officers")
        what = {
            "form": (wish.form or RootForm(root.form)).value,
            "threshold": fit_threshold(wish.threshold, usual, officers),
            "replaces": {
                "generation": root.generation,
                "form": root.form.value,
                "check_value": bytes(root.check_value).hex(),
            },
        }
        return Plan(what, officers, usual)

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """Make the next generation."""
        what, statement = act.statement.what, act.statement
        new = NewGeneration(
            ceremony_id=statement.id,
            form=RootForm(what["form"]),
            threshold=what["threshold"],
            officers=statement.officers,
            now=act.now,
            device=work.device,
        )
        opened, facts = make_generation(db, new, work.open_root(db))
        return Done(facts, opened, is_handed_on=RootForm(what["form"]) is RootForm.SHARES)
