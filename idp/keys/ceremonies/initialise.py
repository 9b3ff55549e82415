"""The first officers: a root key in their hands, in place of a file or of nothing."""

from datetime import datetime
from typing import Final

from idp.keys import store as key_store
from idp.keys.ceremonies import store
from idp.keys.ceremonies.generations import NewGeneration, make_generation
from idp.keys.ceremonies.kind import Act, CeremonyRefused, Done, Plan, Wish, Workplace
from idp.keys.ceremonies.signing import ALGORITHM, checkpoint_signer
from idp.keys.lifecycle import STEPS, new_row
from idp.keys.models import KeyPurpose, KeyState, RootForm
from idp.keys.rooted import OpenRoot
from idp.keys.statement import check_policy
from idp.storage.engine import Db

NAME: Final = "initialise"
_BORN: Final = (KeyState.CREATED, KeyState.PUBLISHED, KeyState.ACTIVE)


class Initialise:
    """Puts n officers into office and makes the generation that m of them open; what was wrapped under a file's root
    key is wrapped anew, and the file is named for destruction.
    """

    name = NAME
    founds = True

    def plan(self, db: Db, wish: Wish, work: Workplace) -> Plan:
        """Officers and threshold are to be named; nobody may be in office yet."""
        if not wish.officers or wish.threshold is None:
            raise CeremonyRefused("officers_needed")
        check_policy(wish.threshold, wish.officers)
        _check_first(db)
        root = store.find_active_root(db)
        what = {
            "form": (wish.form or RootForm.SHARES).value,
            "officers": [officer.as_json() for officer in wish.officers],
            "threshold": wish.threshold,
            "replaces": None
            if root is None
            else {
                "generation": root.generation,
                "form": root.form.value,
                "check_value": bytes(root.check_value).hex(),
            },
        }
        return Plan(what, wish.officers, wish.threshold)

    def carry_out(self, db: Db, act: Act, work: Workplace) -> Done:
        """Make the officers' generation."""
        _check_first(db)
        statement = act.statement
        old = work.open_root(db) if statement.what["replaces"] is not None else None
        for officer in statement.officers:
            store.add_custodian(db, officer, statement.id, act.now)
        new = NewGeneration(
            ceremony_id=statement.id,
            form=RootForm(statement.what["form"]),
            threshold=statement.threshold,
            officers=statement.officers,
            now=act.now,
            device=work.device,
        )
        opened, facts = make_generation(db, new, old)
        if checkpoint_signer(db, opened, work.devices) is None:
            facts["checkpoint_key"] = _make_checkpoint_key(db, opened, work, act.now)
        replaced = statement.what["replaces"]
        if replaced is not None and replaced["form"] == RootForm.FILE.value:
            facts["destroy_file"] = work.root_file
        return Done(facts, opened)


def _make_checkpoint_key(db: Db, opened: OpenRoot, work: Workplace, now: datetime) -> str:
    """The key that signs records, where the instance has no keys yet: so this first record is signed, too. Its kid."""
    device = work.device
    maker = device if device is not None and ALGORITHM in device.algorithms else opened.provider()
    made = maker.generate(ALGORITHM)
    row = new_row(made.handle, KeyPurpose.CHECKPOINT, maker.name, made.wrapped)
    entered = dict.fromkeys((STEPS[state] for state in _BORN), now)
    key_store.add_key_pair(db, {**row, "state": KeyState.ACTIVE, **entered})
    return made.handle.kid


def _check_first(db: Db) -> None:
    if store.list_custodians(db):
        raise CeremonyRefused("initialised")
    if store.find_active_root(db) is None and store.has_keys(db):
        raise CeremonyRefused("unprepared")
