"""The life of data keys: no process meets what it cannot open, nothing is retired while rows need it."""

from collections.abc import Callable

import pytest

from idp.errors import Conflict, NotFound
from idp.keys.data.purposes import PURPOSES
from idp.keys.lifecycle import MoveRefused
from tests.support.at_once import at_once
from tests.support.factories import PASSWORD
from tests.support.journey import Browser
from tests.support.rotating import OFFICER, PAST_RETIRE, PAST_SPREAD, PAST_VERIFY, Nodes, nodes

FIXED = sorted(name for name, purpose in PURPOSES.items() if not purpose.is_rotated)


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(MoveRefused) as refused:
        act()
    return refused.value.reason


@pytest.mark.clause("GB/T 39786-2021", "8.4")
def test_a_sealing_key_lives_its_whole_life(any_environment: dict[str, str]) -> None:
    """Made, opened by all, active, only opening, retired, destroyed: each step in its time, and rows readable throughout."""
    with nodes(any_environment) as house:
        life, person = house.lifecycle, house.first.make.person()
        assert life.make("seal", OFFICER) == 2
        assert house.state("seal") == {1: "active", 2: "published"}
        assert _refused(lambda: life.activate("seal", 2, OFFICER)) == "early"

        house.advance(PAST_SPREAD)
        life.activate("seal", 2, OFFICER)
        assert house.state("seal") == {1: "verify_only", 2: "active"}
        house.advance(2)
        for node in house.providers:
            assert node.services.foundation.sealer.current == 2
            with node.sql.once() as db:
                assert node.services.persons.find(db, person.id) is not None

        assert _refused(lambda: life.retire("seal", 1, OFFICER)) == "early"
        house.advance(PAST_VERIFY)
        assert _refused(lambda: life.retire("seal", 1, OFFICER)) == "in_use"
        house.walk()
        assert house.versions("person", "mobile") == house.versions("credential", "secret") == {2}
        life.retire("seal", 1, OFFICER)

        with house.first.sql.begin() as db:
            assert _refused(lambda: life.destroy(db, "seal", 1, OFFICER)) == "early"
        house.advance(PAST_RETIRE)
        with house.first.sql.begin() as db:
            life.destroy(db, "seal", 1, OFFICER)
        (row,) = house.rows("data_key", "purpose = 'seal' AND version = 1")
        assert (row.state, row.wrapped) == ("destroyed", None)
        browser = Browser(house.second).open("/login").sign_in(person)
        assert browser.path == "/account"
        moves = [(event.object, event.details["new"]) for event in house.acts("key.moved")]
        assert moves == [
            ("seal:2", "published"),
            ("seal:1", "verify_only"),
            ("seal:2", "active"),
            ("seal:1", "retired"),
            ("seal:1", "destroyed"),
        ]
        refused = [event.details["reason"] for event in house.acts("key.move_refused")]
        assert refused == ["early", "early", "in_use"]


def test_a_row_written_late_keeps_its_key_from_being_destroyed(any_environment: dict[str, str]) -> None:
    """Bytes put back from an old copy of the table are counted once more before the key is gone for good."""
    with nodes(any_environment) as house:
        person = house.first.make.person()
        (before,) = house.rows("person", f"id = '{person.id}'")
        house.activated("seal")
        house.walk()
        house.advance(PAST_VERIFY)
        house.lifecycle.retire("seal", 1, OFFICER)
        house.advance(PAST_RETIRE)
        house.change("UPDATE person SET name = :name", name=before.name)
        with house.first.sql.begin() as db:
            assert _refused(lambda: house.lifecycle.destroy(db, "seal", 1, OFFICER)) == "in_use"
        (row,) = house.rows("data_key", "purpose = 'seal' AND version = 1")
        assert row.wrapped is not None


def test_of_two_nodes_that_rotate_at_once_one_wins(any_environment: dict[str, str]) -> None:
    """Both make the next version, then both activate it: one version, one move, and a clear refusal for the other."""
    with nodes(any_environment) as house:
        first, second = (node.services.data_rotation.lifecycle for node in house.providers)
        made = at_once([lambda: first.make("seal", OFFICER), lambda: second.make("seal", OFFICER)])
        assert [each for each in made if isinstance(each, int)] == [2]
        (lost,) = (each for each in made if isinstance(each, Conflict))
        assert lost.code == "key.pending"
        assert house.state("seal") == {1: "active", 2: "published"}

        house.advance(PAST_SPREAD)
        moved = at_once(
            [lambda: first.activate("seal", 2, OFFICER), lambda: second.activate("seal", 2, OFFICER)]
        )
        (late,) = (each for each in moved if each is not None)
        assert isinstance(late, MoveRefused | Conflict)
        assert house.state("seal") == {1: "verify_only", 2: "active"}
        assert len(house.acts("key.move_refused")) == 2


def test_a_clock_set_back_moves_nothing(any_environment: dict[str, str]) -> None:
    """A key is neither made nor activated before the instants that the keys have seen, and the refusal says so."""
    with nodes(any_environment, 1) as house:
        house.lifecycle.make("seal", OFFICER)
        house.advance(-3600)
        assert _refused(lambda: house.lifecycle.activate("seal", 2, OFFICER)) == "clock"
        assert _refused(lambda: house.lifecycle.make("pepper", OFFICER)) == "clock"
        house.advance(3600 + PAST_SPREAD)
        house.lifecycle.activate("seal", 2, OFFICER)


@pytest.mark.parametrize("purpose", FIXED)
def test_keys_that_nothing_can_follow_stay(sqlite_nodes: Nodes, purpose: str) -> None:
    """Subjects, form tokens, box ids and clients' secrets have one key for good: the refusal says so."""
    assert _refused(lambda: sqlite_nodes.lifecycle.make(purpose, OFFICER)) == "fixed"


def test_unknown_purposes_and_versions_are_not_found(sqlite_nodes: Nodes) -> None:
    """A purpose or version that does not exist is no refusal of a move."""
    with pytest.raises(NotFound):
        sqlite_nodes.lifecycle.make("nothing", OFFICER)
    with pytest.raises(NotFound):
        sqlite_nodes.lifecycle.activate("seal", 7, OFFICER)


def test_steps_are_not_skipped(sqlite_nodes: Nodes) -> None:
    """An active version is not retired, a second successor is not made while the first waits."""
    life = sqlite_nodes.lifecycle
    sqlite_nodes.advance(PAST_VERIFY)
    assert _refused(lambda: life.retire("seal", 1, OFFICER)) == "state"
    life.make("seal", OFFICER)
    with pytest.raises(Conflict) as pending:
        life.make("seal", OFFICER)
    assert pending.value.code == "key.pending"


def test_a_damaged_successor_never_seals(sqlite_nodes: Nodes) -> None:
    """Wrapped bytes exchanged while a version waits: it is not activated, and the house goes on under the old one."""
    sqlite_nodes.lifecycle.make("seal", OFFICER)
    sqlite_nodes.change(
        "UPDATE data_key SET wrapped = (SELECT d.wrapped FROM data_key d WHERE d.purpose = 'csrf') "
        "WHERE purpose = 'seal' AND version = 2"
    )
    sqlite_nodes.advance(PAST_SPREAD)
    assert _refused(lambda: sqlite_nodes.lifecycle.activate("seal", 2, OFFICER)) == "unusable"
    assert sqlite_nodes.state("seal") == {1: "active", 2: "published"}
    sqlite_nodes.first.make.person()


def test_a_pepper_retires_when_its_last_hash_is_renewed(any_environment: dict[str, str]) -> None:
    """Hashes go over to the new pepper as their owners sign in; until the last one did, the old pepper stays."""
    with nodes(any_environment) as house:
        early, late = house.first.make.person(), house.first.make.person()
        assert house.activated("pepper") == 2
        Browser(house.second).open("/login").sign_in(early)
        house.advance(PAST_VERIFY)
        with pytest.raises(MoveRefused) as refused:
            house.lifecycle.retire("pepper", 1, OFFICER)
        assert (refused.value.reason, refused.value.values["count"]) == ("in_use", 1)
        Browser(house.first).open("/login").sign_in(late)
        house.lifecycle.retire("pepper", 1, OFFICER)
        house.advance(2)
        for node in house.providers:
            assert Browser(node).open("/login").sign_in(early, PASSWORD).path == "/account"


def test_unknown_accounts_look_the_same_after_every_rotation(any_environment: dict[str, str]) -> None:
    """The decoy of the sign-in follows keys and peppers, so that a retired one does not tell an account from none."""
    with nodes(any_environment) as house:
        person = house.first.make.person()
        for purpose in ("seal", "pepper"):
            house.activated(purpose)
        house.walk()
        Browser(house.first).open("/login").sign_in(person)
        house.advance(PAST_VERIFY)
        for purpose in ("seal", "pepper"):
            house.lifecycle.retire(purpose, 1, OFFICER)
        house.advance(2)
        stranger = Browser(house.second).open("/login").submit(identifier="13900000000", password="wrong")
        known = Browser(house.second, "192.0.2.11").open("/login").sign_in(person, "wrong")
        assert (stranger.status, stranger.path) == (known.status, known.path) == (200, "/login")


def test_boxes_outlive_the_rotation_of_their_key(any_environment: dict[str, str]) -> None:
    """A sign-in begun under the old box key is finished under the new one; the old one is kept longer than any box."""
    with nodes(any_environment) as house:
        person = house.first.make.person()
        browser = Browser(house.first).open("/login")
        assert house.activated("ephemeral") == 2
        assert browser.sign_in(person).path == "/account"
        house.advance(7100)
        assert _refused(lambda: house.lifecycle.retire("ephemeral", 1, OFFICER)) == "early"
        house.advance(200)
        house.lifecycle.retire("ephemeral", 1, OFFICER)
