"""A change by one process is seen by the others within a second, at one query a second."""

from sqlalchemy import event

from idp.storage.engine import Sql
from idp.storage.stamps import Cached, Stamps, raise_stamp
from tests.support.provider import Provider


def _process(provider: Provider) -> tuple[Sql, Stamps, list[int]]:
    """Another process: its own connections and its own memory."""
    sql = Sql(provider.environment["YIHAO_DATABASE__URL"])
    return sql, Stamps(sql, provider.clock), []


def test_another_process_sees_a_change_within_a_second(any_provider: Provider) -> None:
    """Loaded once, kept while nothing moves, and loaded anew at most a second after the commit."""
    sql, stamps, loads = _process(any_provider)

    def load() -> int:
        loads.append(1)
        return len(loads)

    cached = Cached(stamps, "test", load)
    assert [cached.value() for _ in range(3)] == [1, 1, 1]
    with any_provider.sql.begin() as db:
        raise_stamp(db, "test")
    any_provider.clock.advance(1.0)
    assert cached.value() == 2
    any_provider.clock.advance(5)
    assert cached.value() == 2, "nothing moved"
    with any_provider.sql.begin() as db:
        raise_stamp(db, "other")
    any_provider.clock.advance(1.0)
    assert cached.value() == 2, "another kind moved"
    sql.close()


def test_an_undone_change_is_none(any_provider: Provider) -> None:
    """A stamp counts with its transaction only."""
    sql, stamps, _ = _process(any_provider)
    before = stamps.version("test")
    try:
        with any_provider.sql.begin() as db:
            raise_stamp(db, "test")
            raise RuntimeError
    except RuntimeError:
        any_provider.clock.advance(2)
    assert stamps.version("test") == before
    sql.close()


def test_caches_cost_one_query_a_second(provider: Provider) -> None:
    """A thousand looks within a second ask the database once."""
    sql, stamps, _ = _process(provider)
    statements: list[str] = []
    event.listen(sql.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    for _ in range(1000):
        stamps.version("test")
    provider.clock.advance(1)
    stamps.version("test")
    assert len([one for one in statements if "change_stamp" in one]) == 2
    sql.close()


def test_a_clock_that_was_set_back_does_not_freeze_the_caches(provider: Provider) -> None:
    """After the clock jumped back an hour, changes are still seen."""
    sql, stamps, _ = _process(provider)
    before = stamps.version("test")
    provider.clock.advance(-3600)
    with provider.sql.begin() as db:
        raise_stamp(db, "test")
    assert stamps.version("test") == before + 1
    sql.close()


def test_a_failing_load_is_tried_again(provider: Provider) -> None:
    """A load that raises leaves nothing half done in the cache."""
    sql, stamps, loads = _process(provider)

    def load() -> int:
        loads.append(1)
        if len(loads) == 1:
            raise OSError
        return 7

    cached = Cached(stamps, "test", load)
    try:
        cached.value()
    except OSError:
        assert cached.value() == 7
    assert len(loads) == 2
    sql.close()
