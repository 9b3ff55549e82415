"""Uses of data keys are counted, and a sealing key that was used too often seals nothing more."""

import pytest

from idp.errors import Unavailable
from idp.keys.data.spending import Spending
from tests.support.provider import Provider
from tests.support.rotating import Nodes, nodes

LIMIT = 20


def _spending(provider: Provider) -> Spending:
    base = provider.services.foundation
    return Spending(base.sql, base.alarms, LIMIT)


@pytest.mark.clause("NIST SP 800-38D", "8.3")
def test_a_sealing_key_is_told_of_at_half_its_limit_and_refuses_at_it(sqlite_nodes: Nodes) -> None:
    """At half the limit there is one event; the last use that is allowed is allowed, the next one is refused."""
    spending = _spending(sqlite_nodes.first)
    count = spending.counter("seal")
    for _ in range(LIMIT // 2):
        count(1)
    assert sqlite_nodes.acts("key.use_near_limit") == []
    for _ in range(LIMIT // 2):
        count(1)
    (told,) = sqlite_nodes.acts("key.use_near_limit")
    assert (told.object, told.details["limit"]) == ("seal:1", LIMIT)
    with pytest.raises(Unavailable):
        count(1)
    count(2)
    spending.usage.close()


def test_what_other_processes_sealed_counts_too(any_environment: dict[str, str]) -> None:
    """Two processes write down what they used: together they reach the limit, and the table has the sum."""
    with nodes(any_environment) as house:
        first, second = map(_spending, house.providers)
        for spending in (first, second):
            for _ in range(9):
                spending.counter("ephemeral")(1)
            spending.usage.flush()
        (row,) = house.rows("data_key", "purpose = 'ephemeral'")
        assert row.used == 18
        second.counter("ephemeral")(1)
        second.counter("ephemeral")(1)
        with pytest.raises(Unavailable):
            second.counter("ephemeral")(1)
        first.usage.close()
        second.usage.close()


def test_uses_are_written_when_a_process_ends(any_environment: dict[str, str]) -> None:
    """Seals of a person and its password, digests of its numbers and its hash stand in the counters afterwards."""
    with nodes(any_environment) as house:
        house.second.make.person()
        house.second.services.close()
        used = {row.purpose: row.used for row in house.rows("data_key")}
        # Three columns of the person and one secret; the decoys of the sign-in are made at the start.
        assert used["seal"] >= 4 and used["lookup"] >= 2 and used["pepper"] >= 1


def test_digests_have_no_limit(sqlite_nodes: Nodes) -> None:
    """A keyed digest may be made any number of times: it is counted and nothing more."""
    spending = _spending(sqlite_nodes.first)
    for _ in range(3 * LIMIT):
        spending.counter("lookup")(1)
    assert sqlite_nodes.acts("key.use_near_limit") == []
    spending.usage.close()
