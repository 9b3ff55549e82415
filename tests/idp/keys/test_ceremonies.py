"""Ceremonies over the tables: what officers agreed to happens once, and whatever fails changes nothing."""

from dataclasses import replace
from typing import Any

import pytest

from crypto.keys import shares
from idp.clock import instant
from idp.errors import Conflict, IdpError
from idp.keys.agent_client import AgentClient
from idp.keys.ceremonies import store
from idp.keys.ceremonies.kind import CeremonyRefused, Wish
from idp.keys.ceremonies.material import manifest_digest, read_rows
from idp.keys.ceremonies.record_check import check_record
from idp.keys.statement import QuorumRefused, Statement
from tests.idp.keys.ceremony_house import CALLER, House, Person, RunningAgent, people, person, sign

Agents = list[RunningAgent]


@pytest.fixture
def ready(any_house: House, agents: Agents) -> House:
    """Five officers in office, three of whom opened the key agent."""
    any_house.prepare_file()
    any_house.initialise()
    agents.append(RunningAgent(any_house))
    any_house.unseal(agents[0], any_house.officers[:3])
    return any_house


def state_of(house: House, statement: Statement) -> str:
    """The ceremony's state."""
    return str(house.value(f"SELECT state FROM ceremony WHERE id = '{statement.id}'"))  # noqa: S608 - our own id


def wrapped(house: House) -> str:
    """All key material as it lies in the tables, in one digest."""
    with house.sql.once() as db:
        return manifest_digest(read_rows(db))


def failed(house: House, statement: Statement, **execution: Any) -> str:
    """The word by which an execution is refused; nothing is changed by it, and there is one event more."""
    before, events = wrapped(house), len(house.events("ceremony.failed"))
    with pytest.raises(IdpError):
        house.ceremonies().execute(statement.id, CALLER, **execution)
    assert wrapped(house) == before
    rows = house.events("ceremony.failed")
    assert len(rows) == events + 1 and rows[-1].outcome == "refused"
    return str(rows[-1].details["reason"])


def opened(house: House, kind: str = "rotate-root", wish: Wish | None = None) -> Statement:
    """A ceremony just opened."""
    return house.ceremonies().open(kind, wish or Wish(), CALLER)


@pytest.mark.clause("GB/T 39786-2021", "key management annex")
def test_a_root_key_from_a_file_goes_into_officers_hands(any_house: House, agents: Agents) -> None:
    """Every key is wrapped anew and still the same; the file opens nothing any more and is named for destruction."""
    any_house.prepare_file()
    before = any_house.opened()
    file = any_house.keys.root_key_file.read_text()
    any_house.initialise()
    agents.append(RunningAgent(any_house))
    any_house.unseal(agents[0], any_house.officers[2:])
    any_house.keys.root_key_file.unlink()
    assert any_house.opened() == before
    record = str(any_house.value("SELECT record FROM ceremony"))
    assert str(any_house.keys.root_key_file) in record
    assert file.strip() not in record
    assert [row.details["generation"] for row in any_house.events("ceremony.done")] == [2]


def test_a_fresh_instance_begins_with_officers(any_house: House, agents: Agents) -> None:
    """No file was ever there: the first generation is the officers', and its record is signed by the instance."""
    any_house.initialise()
    agents.append(RunningAgent(any_house))
    any_house.unseal(agents[0], any_house.officers[:3])
    any_house.fill_missing()
    assert any_house.opened()
    record = str(any_house.value("SELECT record FROM ceremony"))
    assert all(finding.holds for finding in check_record(record.encode()))
    assert failed_to_open(any_house, "initialise", any_house.first_wish(2)) == "initialised"


def failed_to_open(house: House, kind: str, wish: Wish) -> str:
    """The word by which opening is refused; it is an event."""
    events = len(house.events("ceremony.refused"))
    with pytest.raises(IdpError):
        house.ceremonies().open(kind, wish, CALLER)
    rows = house.events("ceremony.refused")
    assert len(rows) == events + 1
    return str(rows[-1].details["reason"])


def test_a_rotation_keeps_every_key_and_running_processes(ready: House) -> None:
    """Data keys are the same, old processes read what is new and new ones what old processes wrote meanwhile."""
    before, old_process = ready.opened(), ready.provider()
    record = ready.run("rotate-root", Wish(), ready.officers[:3])
    late = old_process.wrap(b"k" * 16, "late")
    assert ready.opened() == before
    assert ready.provider().unwrap(late, "late") == b"k" * 16
    row = ready.value("SELECT wrapped FROM data_key WHERE purpose = 'seal'")
    assert old_process.unwrap(bytes(row), "data:seal:1") == before["seal:1"]
    assert all(finding.holds for finding in check_record(record.encode()))


def test_what_was_wrapped_late_survives_the_rotation_after(ready: House) -> None:
    """A straggler is wrapped anew with everything else, and only then its generation is forgotten."""
    old_process, before = ready.provider(), ready.opened()
    ready.run("rotate-root", Wish(), ready.officers[:3])
    late = old_process.wrap(before["csrf:1"], "data:csrf:1").hex()
    ready.change_bytes("data_key", "purpose = 'csrf'", late)
    ready.run("rotate-root", Wish(), ready.officers[:3])
    assert ready.opened() == before
    assert ready.value("SELECT count(*) FROM root_key WHERE wrapped IS NOT NULL") == 1
    assert ready.value("SELECT count(*) FROM root_key WHERE state = 'retired'") == 2


def test_an_officer_more_and_a_higher_threshold(ready: House, agents: Agents) -> None:
    """Six officers, four of whom open from now on."""
    new = person("己")
    ready.run("add-officer", Wish(officers=(new.officer,), threshold=4), ready.officers[:3])
    before = ready.opened()
    agents[0].client.seal()
    ready.unseal(agents[0], [new, *ready.officers[:2]])
    assert agents[0].client.status()["state"] == "sealed"
    ready.unseal(agents[0], ready.officers[3:4])
    assert ready.opened() == before


def test_a_replaced_officer_agrees_to_nothing_more(ready: House) -> None:
    """Neither to a ceremony that was opened before nor to a new one; label and key never come back."""
    pending = opened(ready)
    leaving, new = ready.officers[4], person("己")
    ready.run("replace-officer", Wish(officers=(new.officer,), leaving=leaving.label), ready.officers[:3])
    ready.agree(pending, ready.officers[:3])
    assert failed(ready, pending) == "outdated"
    assert state_of(ready, pending) == "failed"
    later = opened(ready)
    with pytest.raises(QuorumRefused, match="stranger"):
        ready.agree(later, [leaving])
    assert ready.events("ceremony.evidence_refused")[-1].details["reason"] == "stranger"
    ready.agree(later, [new, *ready.officers[:2]])
    ready.ceremonies().execute(later.id, CALLER)
    for known in (leaving.officer, replace(person("x").officer, label=leaving.label)):
        assert failed_to_open(ready, "add-officer", Wish(officers=(known,))) == "officer_known"


def test_too_few_and_then_enough(ready: House) -> None:
    """A refused execution leaves the ceremony open; the same ceremony is carried out once the third has signed."""
    statement = opened(ready)
    ready.agree(statement, ready.officers[:2])
    assert failed(ready, statement) == "too_few"
    assert state_of(ready, statement) == "open"
    with pytest.raises(QuorumRefused, match="duplicate"):
        ready.agree(statement, ready.officers[:1])
    ready.agree(statement, ready.officers[3:4])
    ready.ceremonies().execute(statement.id, CALLER)
    assert failed(ready, statement) == "not_open"
    assert state_of(ready, statement) == "done"
    with pytest.raises(CeremonyRefused, match="not_open"):
        ready.agree(statement, ready.officers[4:])


def test_evidence_of_somebody_removed_since_does_not_count(ready: House) -> None:
    """Who agreed and then left the office is not among those who agree when the act happens."""
    statement = opened(ready)
    ready.agree(statement, ready.officers[:3])
    ready.change(f"UPDATE custodian SET removed_at = 1 WHERE id = '{ready.officers[0].officer.id}'")  # noqa: S608
    assert failed(ready, statement) == "too_few"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ceremony SET statement = replace(statement, 'threshold', 'treshold')",
        "UPDATE ceremony SET statement = replace(statement, 'rotate', 'repeat')",
        "UPDATE ceremony SET kind = 'backup'",
        "UPDATE ceremony_evidence SET signature = (SELECT e.signature FROM ceremony_evidence e ORDER BY 1 LIMIT 1)",
        "UPDATE ceremony_evidence SET signed_at = signed_at + 1000000",
    ],
    ids=["form", "statement", "kind", "signatures", "times"],
)
def test_rows_changed_by_hand_are_found_where_the_act_happens(ready: House, change: str) -> None:
    """A database administrator alone carries nothing out."""
    statement = opened(ready)
    ready.agree(statement, ready.officers[:3])
    ready.change(change)
    assert failed(ready, statement) in {"malformed", "too_few"}


def test_a_clock_set_back_refuses_and_loses_nothing(ready: House) -> None:
    """Set right again, the same ceremony is carried out; past its last day it has failed."""
    statement = opened(ready)
    ready.agree(statement, ready.officers[:3])
    ready.clock.advance(-3600)
    assert failed(ready, statement) == "clock"
    assert state_of(ready, statement) == "open"
    with pytest.raises(QuorumRefused, match="clock"):
        ready.agree(statement, ready.officers[3:4])
    ready.clock.advance(3600 + 8 * 86_400)
    assert failed(ready, statement) == "expired"
    assert state_of(ready, statement) == "failed"


def test_a_damaged_key_stops_the_rotation_and_is_named(ready: House) -> None:
    """Nothing is wrapped anew while one key does not open; put right, the same ceremony goes on."""
    statement = opened(ready)
    ready.agree(statement, ready.officers[:3])
    good = bytes(ready.value("SELECT wrapped FROM data_key WHERE purpose = 'lookup'")).hex()
    ready.change_bytes(
        "data_key", "purpose = 'lookup'", good[:-2] + "00" if good[-2:] != "00" else good[:-2] + "01"
    )
    assert failed(ready, statement) == "row_damaged"
    assert state_of(ready, statement) == "open"
    ready.change_bytes("data_key", "purpose = 'lookup'", good)
    ready.ceremonies().execute(statement.id, CALLER)


def test_a_sealed_agent_refuses_and_the_ceremony_waits(ready: House, agents: Agents) -> None:
    """The officers unseal, and the same ceremony is carried out."""
    statement = opened(ready)
    ready.agree(statement, ready.officers[:3])
    agents[0].client.seal()
    assert failed(ready, statement) == "keys.agent_sealed"
    ready.unseal(agents[0], ready.officers[1:4])
    ready.ceremonies().execute(statement.id, CALLER)


def test_an_abandoned_ceremony_is_over(ready: House) -> None:
    """It takes no evidence and is not carried out; giving it up is an event."""
    statement = opened(ready)
    ready.ceremonies().abandon(statement.id, CALLER)
    assert [row.object for row in ready.events("ceremony.abandoned")] == [statement.id]
    with pytest.raises(CeremonyRefused, match="not_open"):
        ready.agree(statement, ready.officers[:1])
    assert failed(ready, statement) == "not_open"


def test_a_retired_key_is_destroyed_by_the_life_cycle(ready: House) -> None:
    """Only a retired one, exactly the one that was agreed to, and by the act that was handed in."""
    kid = ready.value("SELECT kid FROM key_pair WHERE purpose = 'transport'")
    wish = Wish(target=f"kid:{kid}")
    assert failed_to_open(ready, "destroy", wish) == "not_retired"
    ready.change(f"UPDATE key_pair SET state = 'retired' WHERE kid = '{kid}'")  # noqa: S608
    statement = opened(ready, "destroy", wish)
    ready.agree(statement, ready.officers[:3])
    ready.change(f"UPDATE key_pair SET state = 'verify_only' WHERE kid = '{kid}'")  # noqa: S608
    assert failed(ready, statement) == "not_retired"
    ready.change(f"UPDATE key_pair SET state = 'retired' WHERE kid = '{kid}'")  # noqa: S608
    ready.ceremonies().execute(statement.id, CALLER)
    assert ready.destroyed == [f"kid:{kid}"]


@pytest.mark.parametrize("target", ["", "kid:", "kid:none", "data:seal", "data:seal:9", "root:1", "seal:1"])
def test_a_target_that_is_none_is_refused(ready: House, target: str) -> None:
    """Nothing is opened for a key that is not there."""
    assert failed_to_open(ready, "destroy", Wish(target=target)) == "target"


@pytest.mark.parametrize(
    ("kind", "wish", "word"),
    [
        ("rotate-root", Wish(threshold=6), "policy"),
        ("add-officer", Wish(), "officers_needed"),
        ("replace-officer", Wish(officers=(person("己").officer,), leaving="庚"), "officer_unknown"),
        ("restore", Wish(), "file_needed"),
        ("restore", Wish(file=b"{}"), "backup_malformed"),
        ("initialise", Wish(officers=tuple(each.officer for each in people()), threshold=3), "initialised"),
    ],
)
def test_what_cannot_be_is_refused_at_opening(ready: House, kind: str, wish: Wish, word: str) -> None:
    """With a word and an event, before anybody is asked to sign."""
    assert failed_to_open(ready, kind, wish) == word


def test_without_officers_there_is_nobody_to_agree(house: House) -> None:
    """An instance with a root key file knows one ceremony only."""
    house.prepare_file()
    for kind in ("rotate-root", "add-officer", "backup", "destroy"):
        wish = Wish(officers=(person("己").officer,), target="kid:x")
        assert failed_to_open(house, kind, wish) == "no_officers"


def test_an_unknown_ceremony_leaves_no_raw_input_in_the_log(ready: House) -> None:
    """What was typed for an id stands in no event."""
    with pytest.raises(CeremonyRefused, match="unknown"):
        ready.ceremonies().execute("canary'; --", CALLER)
    assert [row.object for row in ready.events("ceremony.failed")] == ["-"]


def test_every_step_is_an_event(ready: House) -> None:
    """Opened, each evidence, done: by whom, and which statement and record."""
    statement = opened(ready)
    ready.agree(statement, ready.officers[:3])
    ready.ceremonies().execute(statement.id, CALLER)
    assert [row.details["statement"] for row in ready.events("ceremony.opened")][-1] == statement.digest()
    assert [row.details["count"] for row in ready.events("ceremony.evidence_added")][-3:] == [1, 2, 3]
    done = ready.events("ceremony.done")[-1]
    assert (done.actor, done.object, done.details["agreed"]) == (CALLER.actor, statement.id, 3)


def test_no_share_and_no_root_key_is_in_the_open(ready: House) -> None:
    """Records, statements and events hold check values and fingerprints only."""
    book = ready.book()
    assert book is not None
    root = AgentClient(ready.keys.agent_socket).root_key(book.generation)
    assert shares.check_value(root, book.generation) == book.check_value
    text = "".join(
        str(ready.value(query)) for query in ("SELECT record FROM ceremony", "SELECT statement FROM ceremony")
    )
    text += "".join(str(row) for row in ready.events("ceremony.done"))
    assert root.hex() not in text and book.check_value.hex() in text
    for who in ready.officers:
        assert sealed_of(book, who) not in text


def sealed_of(book: Any, who: Person) -> str:
    """An officer's sealed share in hexadecimal."""
    return str(book.holders[who.officer.id].sealed.hex())


def test_the_same_evidence_twice_at_once_is_one(ready: House) -> None:
    """The table keeps one piece of each officer, whatever the checks before it saw."""
    statement = opened(ready)
    evidence = sign(statement, ready.officers[0], ready.now())
    ready.ceremonies().add_evidence(statement.id, evidence, CALLER)
    with pytest.raises(Conflict), ready.sql.begin() as db:
        store.add_evidence(db, evidence, statement_time(ready))


def statement_time(house: House) -> Any:
    """The present instant."""
    return instant(house.clock)
