"""Who holds the shares: one more officer, or another one in a leaving officer's place.

Each makes the next generation of the root key, split anew among all. So the shares of before open nothing that is
wrapped from now on, whoever kept a copy of one.
"""

from collections.abc import Mapping
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
from idp.keys.statement import Officer, read_officer
from idp.storage.engine import Db

ADD: Final = "add-officer"
REPLACE: Final = "replace-officer"


class AddOfficer:
    """One more officer; the threshold may change with it."""

    name = ADD
    founds = False

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """One new officer is to be named."""
        officers, usual = in_office(db)
        new = _newcomer(db, wish)
        return _plan(officers, usual, wish, {"officer": new.as_json()}, (*officers, new))

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """Put the officer into office and make the next generation."""
        return _carry_out(db, act, work, None)


class ReplaceOfficer:
    """Another officer in the place of one who leaves; the threshold may change with it."""

    name = REPLACE
    founds = False

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """The leaving officer is named by label or id, and one new officer."""
        officers, usual = in_office(db)
        leaving = next((each for each in officers if wish.leaving in {each.id, each.label}), None)
        if leaving is None:
            raise CeremonyRefused("officer_unknown")
        new = _newcomer(db, wish)
        what = {"leaving": leaving.as_json(), "officer": new.as_json()}
        return _plan(officers, usual, wish, what, (*(each for each in officers if each != leaving), new))

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """End one office, begin another, and make the next generation."""
        return _carry_out(db, act, work, read_officer(act.statement.what["leaving"]))


def _newcomer(db: Db, wish: Wish) -> Officer:
    if len(wish.officers) != 1:
        raise CeremonyRefused("officers_needed")
    new = wish.officers[0]
    for row in store.list_custodians(db):
        if new.label == row.label or new.public_key == bytes(row.public_key):
            raise CeremonyRefused("officer_known", officer=row.label)
    return new


def _plan(
    officers: tuple[Officer, ...],
    usual: int,
    wish: Wish,
    what: Mapping[str, object],
    after: tuple[Officer, ...],
) -> Plan:
    threshold = fit_threshold(wish.threshold, usual, after)
    whole = {**what, "officers": [each.as_json() for each in after], "threshold": threshold}
    return Plan(whole, officers, usual)


def _carry_out(db: Db, act: Act, work: Workplace, leaving: Officer | None) -> Done:
    what, statement = act.statement.what, act.statement
    old = work.open_root(db)
    root = store.find_active_root(db)
    if leaving is not None:
        store.remove_custodian(db, leaving.id, act.now)
    store.add_custodian(db, read_officer(what["officer"]), statement.id, act.now)
    new = NewGeneration(
        ceremony_id=statement.id,
        form=RootForm(root.form) if root is not None else RootForm.SHARES,
        threshold=what["threshold"],
        officers=tuple(read_officer(each) for each in what["officers"]),
        now=act.now,
        device=work.device,
    )
    opened, facts = make_generation(db, new, old)
    if leaving is not None:
        facts["removed"] = leaving.as_json()
    return Done(facts, opened, is_handed_on=True)
