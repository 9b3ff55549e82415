"""Boxes: typed in, typed out, once."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.lookup import Lookup
from crypto.seal import Sealer
from idp.ephemeral.box import MAX_SECONDS, Box
from idp.ephemeral.embedded import EmbeddedStore
from idp.ephemeral.port import Store
from tests.support.stores import open_at

MINUTE = 60
LOOKUP = Lookup(b"l" * 32)
SEALER = Sealer({1: b"k" * 16}, 1)


class Step(StrEnum):
    """An enumeration within a payload."""

    PASSWORD = "password"
    DONE = "done"


@dataclass(frozen=True)
class Factor:
    """A dataclass within a payload."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class Transaction:
    """A payload with all that a payload may have."""

    step: Step
    scopes: tuple[str, ...] = ()
    factors: tuple[Factor, ...] = ()
    hint: str | None = None
    attempts: int = 0


@dataclass(frozen=True)
class Spent:
    """A payload that shares no field with the other."""

    family: str


def make(store: Store, name: str = "login", seconds: int = MINUTE) -> Box[Transaction]:
    """A box of transactions."""
    return Box(store, SEALER, LOOKUP, name, Transaction, seconds)


def test_a_payload_comes_back_equal_with_all_its_types(store: Store) -> None:
    """Enumerations, tuples, nested dataclasses, instants and absent values survive the box."""
    box = make(store)
    value = Transaction(
        Step.PASSWORD, ("openid", "实名"), (Factor("sms", datetime(2026, 1, 2, tzinfo=UTC)),), None, 3
    )
    id_ = box.new(value)
    assert box.get(id_) == value
    assert isinstance(box.take(id_), Transaction)
    assert box.take(id_) is None


def test_new_ids_are_long_and_never_repeat(store: Store) -> None:
    """An id carries 256 bits in base64url."""
    box = make(store)
    ids = {box.new(Transaction(Step.DONE)) for _ in range(100)}
    assert len(ids) == 100
    assert {len(id_) for id_ in ids} == {43}


@pytest.mark.sec("SEC-06")
def test_spending_keeps_a_mark_by_which_the_replay_is_known(store: Store) -> None:
    """Of two holders one spends; whoever comes later finds the spent mark, not nothing."""
    box = make(store)
    id_ = box.new(Transaction(Step.PASSWORD))
    first, second = box.find(id_), box.find(id_)
    assert first is not None
    assert second is not None
    assert box.swap(first, Transaction(Step.DONE))
    assert not box.swap(second, Transaction(Step.DONE))
    assert box.get(id_) == Transaction(Step.DONE)


def test_a_holder_loses_even_when_the_value_looks_the_same_again(store: Store) -> None:
    """Swapping there and back, or putting an equal value, makes a new entry: the old holder cannot swap it."""
    box = make(store)
    box.put("id", Transaction(Step.PASSWORD))
    held = box.find("id")
    assert held is not None
    box.put("id", Transaction(Step.PASSWORD))
    assert not box.swap(held, Transaction(Step.DONE))


def test_an_entry_lives_as_long_as_declared_or_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The box's life is the default; put, add_once and swap may name another."""
    now = [1000.0]
    store = EmbeddedStore.from_url(f"sqlite:///{tmp_path_factory.mktemp('box')}/s.db", now=lambda: now[0])
    store.create_table()
    box = make(store, seconds=10)
    value = Transaction(Step.PASSWORD)
    box.put("declared", value)
    box.put("told", value, seconds=20)
    assert box.add_once("added", value, seconds=20)
    box.put("touched", value)
    held = box.find("touched")
    assert held is not None
    assert box.swap(held, value, seconds=20)
    now[0] += 10
    assert box.get("declared") is None
    assert not box.add_once("added", value)
    assert [box.get(id_) for id_ in ("told", "added", "touched")] == [value] * 3
    now[0] += 10
    assert [box.get(id_) for id_ in ("told", "added", "touched")] == [None] * 3
    store.close()


@pytest.mark.sec("SEC-07")
def test_an_entry_of_another_box_cannot_be_swapped(store: Store) -> None:
    """What one box found is refused by another, though their payloads agree."""
    box, other = make(store, "login"), make(store, "consent")
    box.put("id", Transaction(Step.PASSWORD))
    held = box.find("id")
    assert held is not None
    with pytest.raises(ValueError, match="another box"):
        other.swap(held, Transaction(Step.DONE))
    assert box.get("id") == Transaction(Step.PASSWORD)


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b"[]",
        b'{"step":"no such step"}',
        b'{"step":"done","attempts":"3"}',
        b'{"step":"done","bound_to":"a restriction of a later release"}',
        orjson.dumps(Spent("f")),
    ],
)
def test_a_payload_that_does_not_parse_is_absent_and_noted(
    store: Store, caplog: pytest.LogCaptureFixture, payload: bytes
) -> None:
    """Wrong shape, wrong type or an unknown field: no entry, a line in the log, nothing of the content in it."""
    key = LOOKUP.digest("box:login", "id-canary")
    store.put(key, SEALER.seal(payload, "box", "login", key.hex()), MINUTE)
    with caplog.at_level(logging.WARNING):
        assert make(store).get("id-canary") is None
    (record,) = caplog.records
    assert record.message == "ephemeral.unreadable"
    assert (record.__dict__["box"], record.__dict__["reason"]) == ("login", "payload")
    assert record.exc_info is None
    assert "canary" not in str(record.__dict__)


def test_an_entry_sealed_under_a_lost_key_is_absent_and_noted(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """A restored or foreign store gives nothing, and the log says that it did not open."""
    foreign = Box(store, Sealer({1: b"x" * 16}, 1), LOOKUP, "login", Transaction, MINUTE)
    foreign.put("id", Transaction(Step.DONE))
    with caplog.at_level(logging.WARNING):
        assert make(store).take("id") is None
    assert [record.__dict__["reason"] for record in caplog.records] == ["sealed"]


def test_boxes_outlive_a_change_of_the_sealing_key(store: Store) -> None:
    """An entry sealed under the former key is read and swapped under the present one."""
    make(store).put("id", Transaction(Step.PASSWORD))
    rotated = Box(store, Sealer({1: b"k" * 16, 2: b"n" * 16}, 2), LOOKUP, "login", Transaction, MINUTE)
    held = rotated.find("id")
    assert held is not None
    assert rotated.swap(held, Transaction(Step.DONE))
    assert rotated.get("id") == Transaction(Step.DONE)
    assert make(store).get("id") is None, "only the new key opens it now"


def test_what_was_found_does_not_print_its_key_or_bytes(store: Store) -> None:
    """A held entry in a log or traceback gives neither digest nor sealed bytes."""
    box = make(store)
    box.put("id", Transaction(Step.PASSWORD))
    held = box.find("id")
    assert held is not None
    assert str(held.raw) not in repr(held)
    assert str(held.key) not in repr(held)


@pytest.mark.parametrize("name", ["", "Login", "a|b", "a:b", "日志", "a b"])
def test_a_name_that_could_run_into_the_id_is_refused(store: Store, name: str) -> None:
    """Names are plain, so that kind and id cannot be shifted into each other."""
    with pytest.raises(ValueError, match="box name"):
        make(store, name)


def test_nothing_is_boxed_for_longer_than_its_key_is_kept(store: Store) -> None:
    """A life of more than two hours is refused wherever it is given: the key that sealed it might be retired before."""
    with pytest.raises(ValueError, match="two hours"):
        make(store, seconds=MAX_SECONDS + 1)
    box = make(store, seconds=MAX_SECONDS)
    held = box.find(box.new(Transaction(Step.DONE)))
    assert held is not None
    for act in (
        lambda: box.put("id", Transaction(Step.DONE), MAX_SECONDS + 1),
        lambda: box.add_once("id", Transaction(Step.DONE), MAX_SECONDS + 1),
        lambda: box.swap(held, Transaction(Step.DONE), MAX_SECONDS + 1),
    ):
        with pytest.raises(ValueError, match="two hours"):
            act()
    assert box.get("id") is None


def test_only_dataclasses_are_boxed(store: Store) -> None:
    """A payload without declared fields is refused when the box is declared."""
    with pytest.raises(ValueError, match="dataclass"):
        Box(store, SEALER, LOOKUP, "login", dict, MINUTE)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["put", "take", "add_once", "get", "swap"]),
        st.sampled_from(["code", "code.", "codes", "reset"]),
        st.sampled_from(["", "1", "code", "|", "s1"]),
        st.integers(0, 9),
    ),
    max_size=30,
)


@pytest.mark.sec("SEC-07")
@settings(deadline=None)
@given(acts=ACTS)
def test_no_sequence_of_acts_reaches_another_kinds_entry(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str, str, int]]
) -> None:
    """Boxes with look-alike names and ids behave as a dictionary apart for each kind would."""
    store = open_at(f"sqlite:///{tmp_path_factory.mktemp('acts')}/s.db")
    boxes = {name: make(store, name) for name in ("code", "code.", "codes", "reset")}
    model: dict[tuple[str, str], Transaction] = {}
    for act, name, id_, number in acts:
        box, place, value = boxes[name], (name, id_), Transaction(Step.PASSWORD, attempts=number)
        if act == "put":
            box.put(id_, value)
            model[place] = value
        elif act == "take":
            assert box.take(id_) == model.pop(place, None)
        elif act == "add_once":
            assert box.add_once(id_, value) == (place not in model)
            model.setdefault(place, value)
        elif (held := box.find(id_)) is None:
            assert place not in model
        else:
            assert held.value == model[place]
            if act == "swap":
                assert box.swap(held, value)
                model[place] = value
    for name, id_ in [(name, id_) for name in boxes for id_ in ("", "1", "code", "|", "s1")]:
        assert boxes[name].get(id_) == model.get((name, id_))
    store.close()
