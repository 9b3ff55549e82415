"""Backups: useless without m officers, put back row by row, and refused when anything about them is not right."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from crypto import base64url
from crypto.sm import sm3
from idp.errors import IdpError
from idp.keys.ceremonies.backup_file import book_of, read_backup
from idp.keys.ceremonies.kind import CeremonyRefused, Wish
from idp.keys.statement import canonical
from idp.keys.unsealing import contribute
from tests.idp.keys.ceremony_house import CALLER, ISSUER, House, RunningAgent

Agents = list[RunningAgent]
KEY_TABLES = ("root_share", "root_key", "custodian", "key_pair", "data_key")


@pytest.fixture
def ready(any_house: House, agents: Agents) -> House:
    """Five officers in office, three of whom opened the key agent."""
    any_house.prepare_file()
    any_house.initialise()
    agents.append(RunningAgent(any_house))
    any_house.unseal(agents[0], any_house.officers[:3])
    return any_house


def back_up(house: House) -> bytes:
    """A backup by a whole ceremony."""
    files: list[bytes] = []
    house.run("backup", Wish(), house.officers[:3], deliver=files.append)
    return files[0]


def restore(house: House, backup: bytes) -> str:
    """A restore by a whole ceremony; its record."""
    return house.run("restore", Wish(file=backup), house.officers[1:4], file=backup)


def lose_everything(house: House) -> None:
    """Every row of key material and of ceremonies."""
    for table in ("ceremony_evidence", "ceremony", *KEY_TABLES):
        house.change(f"DELETE FROM {table}")  # noqa: S608 - constants


def material(house: House) -> dict[str, int]:
    """How many rows there are of each kind."""
    return {table: house.value(f"SELECT count(*) FROM {table}") for table in KEY_TABLES}  # noqa: S608 - constants


def test_everything_lost_comes_back(ready: House, agents: Agents) -> None:
    """Tables wiped and agent gone: three officers open the backup by the shares in it, and every key is the same."""
    before, rows, backup = ready.opened(), material(ready), back_up(ready)
    lose_everything(ready)
    agents.pop().close()
    agents.append(RunningAgent(ready, lambda: book_of(backup, ISSUER)))
    for who in ready.officers[2:]:
        key = agents[0].client.one_time_key()
        agents[0].client.contribute(contribute(who.key, book_of(backup, ISSUER), key))
    restore(ready, backup)
    assert material(ready) == rows
    assert ready.opened() == before
    agents.pop().close()
    agents.append(RunningAgent(ready))
    ready.unseal(agents[0], ready.officers[:3])
    assert ready.opened() == before


def test_what_is_missing_or_damaged_comes_back_and_the_rest_stays(ready: House) -> None:
    """The statement tells the differences; younger keys and later states are left alone."""
    before, backup = ready.opened(), back_up(ready)
    kid = ready.value("SELECT kid FROM key_pair WHERE purpose = 'transport'")
    ready.change(f"DELETE FROM key_pair WHERE kid = '{kid}'")  # noqa: S608
    ready.change_bytes("data_key", "purpose = 'lookup'", "00" * 40)
    ready.change("UPDATE key_pair SET state = 'verify_only' WHERE algorithm = 'ES256'")
    ready.fill_pair("federation", "ES256")
    statement = ready.ceremonies().open("restore", Wish(file=backup), CALLER)
    lookup = ready.value("SELECT id FROM data_key WHERE purpose = 'lookup'")
    what = statement.what
    assert (what["missing"], what["damaged"]) == ([f"key_pair/{kid}"], [f"data_key/{lookup}"])
    assert len(what["extra"]) == 1 and what["destroyed"] == []
    ready.agree(statement, ready.officers[:3])
    ready.ceremonies().execute(statement.id, CALLER, file=backup)
    assert ready.opened() == before
    assert (
        ready.value("SELECT state FROM key_pair WHERE purpose = 'token' AND algorithm = 'ES256'")
        == "verify_only"
    )
    assert ready.value("SELECT count(*) FROM key_pair WHERE purpose = 'federation'") == 1
    assert restore_refusal(ready, backup) == "no_differences"


def test_what_was_destroyed_stays_destroyed(ready: House) -> None:
    """A backup does not bring a key back that officers destroyed after it was made."""
    backup = back_up(ready)
    ready.change("UPDATE key_pair SET state = 'destroyed', wrapped = NULL WHERE purpose = 'transport'")
    ready.change("DELETE FROM data_key WHERE purpose = 'csrf'")
    restore(ready, backup)
    assert ready.value("SELECT wrapped FROM key_pair WHERE purpose = 'transport'") is None
    assert ready.value("SELECT count(*) FROM data_key WHERE purpose = 'csrf'") == 1


def test_a_key_that_has_a_successor_comes_back_for_verifying_only(ready: House) -> None:
    """There is one active key of a kind; the one from the backup does not push it aside."""
    backup = back_up(ready)
    ready.change("DELETE FROM key_pair WHERE purpose = 'transport'")
    ready.fill_pair("transport", "SGD_SM2_3")
    restore(ready, backup)
    states = "SELECT count(*) FROM key_pair WHERE purpose = 'transport' AND state = "
    assert [ready.value(f"{states}'{state}'") for state in ("active", "verify_only")] == [1, 1]


def restore_refusal(house: House, backup: bytes) -> str:
    """The word by which a restore is not even opened."""
    with pytest.raises(IdpError) as refused:
        house.ceremonies().open("restore", Wish(file=backup), CALLER)
    return str(getattr(refused.value, "reason", refused.value.code))


Change = Callable[[dict[str, Any]], None]


def _instance(value: dict[str, Any]) -> None:
    value["instance"] = "https://other.test"


def _manifest(value: dict[str, Any]) -> None:
    value["manifest"].popitem()


def _threshold(value: dict[str, Any]) -> None:
    value["root"]["threshold"] = 2


def _body(value: dict[str, Any]) -> None:
    body = bytearray(base64url.decode(value["body"]))
    body[100] ^= 1
    value["body"] = base64url.encode(bytes(body))


def _holder(value: dict[str, Any]) -> None:
    value["holders"].pop()


def _swapped_shares(value: dict[str, Any]) -> None:
    first, second = value["holders"][:2]
    first["sealed"], second["sealed"] = second["sealed"], first["sealed"]


def _statement(value: dict[str, Any]) -> None:
    value["statement"]["threshold"] = 2


def _evidence(value: dict[str, Any]) -> None:
    value["evidence"].pop()


def _twice(value: dict[str, Any]) -> None:
    value["evidence"][1] = value["evidence"][0]


def _type(value: dict[str, Any]) -> None:
    value["type"] = "yihao-ceremony"


@pytest.mark.parametrize("keeps_signature", [True, False], ids=["signature kept", "signature taken off"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_instance, {"backup_other_instance"}),
        (_manifest, {"backup_altered"}),
        (_threshold, {"backup_altered"}),
        (_body, {"backup_altered"}),
        (_holder, {"backup_altered"}),
        (_swapped_shares, {"backup_altered"}),
        (_statement, {"backup_altered", "backup_quorum"}),
        (_evidence, {"backup_altered", "backup_quorum"}),
        (_twice, {"backup_altered", "backup_quorum"}),
        (_type, {"backup_malformed"}),
    ],
)
def test_a_changed_backup_is_refused(
    ready: House, change: Change, words: set[str], keeps_signature: bool
) -> None:
    """At opening or, where only the root key can tell, when it is carried out; nothing is put back."""
    value = json.loads(back_up(ready))
    ready.change("DELETE FROM data_key WHERE purpose = 'csrf'")
    change(value)
    if not keeps_signature:
        del value["signature"]
    changed = canonical(value)
    try:
        statement = ready.ceremonies().open("restore", Wish(file=changed), CALLER)
    except CeremonyRefused as refused:
        assert refused.reason in words
        return
    ready.agree(statement, ready.officers[:3])
    with pytest.raises(CeremonyRefused) as late:
        ready.ceremonies().execute(statement.id, CALLER, file=changed)
    assert late.value.reason in words
    assert ready.value("SELECT count(*) FROM data_key WHERE purpose = 'csrf'") == 0


def test_a_backup_of_an_older_root_key_is_refused(ready: House) -> None:
    """After a rotation its wrapped keys open nothing here."""
    backup = back_up(ready)
    ready.run("rotate-root", Wish(), ready.officers[:3])
    ready.change("DELETE FROM data_key WHERE purpose = 'csrf'")
    assert restore_refusal(ready, backup) == "backup_newer"


def test_a_backup_of_another_instance_of_the_same_name_is_refused(ready: House) -> None:
    """Same issuer, same generation, another root key: told apart by the ceremony that made it."""
    backup = back_up(ready)
    ready.change("UPDATE root_key SET ceremony_id = 'other' WHERE state = 'active'")
    assert restore_refusal(ready, backup) == "backup_other_root"


def test_keys_that_changed_since_the_agreement_are_not_backed_up(ready: House) -> None:
    """Officers agreed to a manifest: with another one the ceremony has failed, and no file is written."""
    statement = ready.ceremonies().open("backup", Wish(), CALLER)
    ready.agree(statement, ready.officers[:3])
    ready.fill_pair("federation", "ES256")
    files: list[bytes] = []
    with pytest.raises(CeremonyRefused, match="changed"):
        ready.ceremonies().execute(statement.id, CALLER, deliver=files.append)
    assert files == []
    assert ready.value(f"SELECT state FROM ceremony WHERE id = '{statement.id}'") == "failed"  # noqa: S608


def test_a_backup_that_cannot_be_written_is_none(ready: House) -> None:
    """A full disk leaves the ceremony open, with an event; the next try writes it."""
    statement = ready.ceremonies().open("backup", Wish(), CALLER)
    ready.agree(statement, ready.officers[:3])

    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        ready.ceremonies().execute(statement.id, CALLER, deliver=full)
    assert ready.events("ceremony.failed")[-1].details == {
        "kind": "backup",
        "reason": "OSError",
        "state": "open",
    }
    files: list[bytes] = []
    ready.ceremonies().execute(statement.id, CALLER, deliver=files.append)
    assert read_backup(files[0], ISSUER).statement == statement


def test_the_record_of_a_backup_names_its_file(ready: House) -> None:
    """Whoever restores compares the SM3 of the file with the printed record and with the statement to be signed."""
    files: list[bytes] = []
    record = ready.run("backup", Wish(), ready.officers[:3], deliver=files.append)
    ready.change("DELETE FROM data_key WHERE purpose = 'csrf'")
    statement = ready.ceremonies().open("restore", Wish(file=files[0]), CALLER)
    assert statement.what["file"] == sm3.digest(files[0]).hex()
    assert statement.what["file"] in record


def test_a_backup_gives_nothing_away(ready: House) -> None:
    """No wrapped row and no public key of the instance's key pairs stands in the file in clear."""
    backup = back_up(ready).decode()
    for column in ("kid", "wrapped"):
        value = ready.value(f"SELECT {column} FROM key_pair WHERE algorithm = 'ES256'")  # noqa: S608 - constants
        text = base64url.encode(bytes(value)) if isinstance(value, bytes | memoryview) else f'"{value}"'
        assert text not in backup
