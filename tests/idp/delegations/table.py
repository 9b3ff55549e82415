"""The law worked out naively from the whole table, apart from the product's code."""

from datetime import datetime

from sqlalchemy import text

from idp.delegations.store import Delegation
from tests.idp.delegations.world import World

MOST_ADMINISTRATORS = 5
STANDING = ("active", "frozen")


class Table:
    """Reads all grants and says what they allow."""

    def __init__(self, world: World) -> None:
        self._world = world

    def clear(self) -> None:
        """Forget every grant."""
        with self._world.sql.begin() as db:
            db.execute(text("UPDATE delegation SET parent_id = NULL"))
            db.execute(text("DELETE FROM delegation"))

    def grants(self) -> list[Delegation]:
        """Every grant in every state, in a settled order."""
        with self._world.sql.once() as db:
            ids = [row.id for row in db.execute(text("SELECT id FROM delegation ORDER BY invited_at, id"))]
            found = [self._world.acts.parts.store.find(db, one) for one in ids]
        return [one for one in found if one is not None]

    def check_law(self) -> None:
        """Every grant that may be acted on stands on grants that may be acted on and give as much."""
        grants, open_ones, now = (
            {one.id: one for one in self.grants()},
            self._open_organisations(),
            self._world.now,
        )
        for one in grants.values():
            if not _may_be_acted_on(one, open_ones, now):
                continue
            assert one.grant_evidence and one.acceptance_evidence, "acted on without the word of both sides"
            above, steps = one, 0
            while above.parent_id is not None:
                below, above, steps = above, grants[above.parent_id], steps + 1
                assert _may_be_acted_on(above, open_ones, now), (
                    f"{below.capacity} stands on a {above.state} grant"
                )
                assert "*" in above.matters or ("*" not in one.matters and one.matters <= above.matters)
                assert above.ends_at is None or (one.ends_at is not None and one.ends_at <= above.ends_at)
                assert above.organisation_id == one.organisation_id
                assert above.agent_person_id != one.agent_person_id
            assert steps <= 3
            assert above.capacity in ("legal_representative", "guardian", "family")
        self._check_numbers(list(grants.values()))

    def rights_of(self, person_id: str) -> set[tuple[str, str, str]]:
        """Each (organisation, capacity, matter) in which a person may act now; `*` is spelt out."""
        return {
            (organisation, capacity, matter)
            for organisation, capacity, matters in self._reach(person_id).values()
            for matter in matters
        }

    def ways_of(self, person_id: str) -> set[tuple[str, str | None]]:
        """Each way in which a person may act now: the grant, and the grant through which it is held."""
        return set(self._reach(person_id))

    def holders_at(self, organisation_id: str) -> set[str]:
        """Who may act for an organisation by a grant of the own, now."""
        open_ones, now = self._open_organisations(), self._world.now
        return {
            one.agent_person_id
            for one in self.grants()
            if one.organisation_id == organisation_id
            and one.agent_person_id
            and _may_be_acted_on(one, open_ones, now)
        }

    def managers_of(self, organisation_id: str | None) -> set[str]:
        """Its representative and administrators, now."""
        open_ones, now = self._open_organisations(), self._world.now
        return {
            one.agent_person_id or ""
            for one in self.grants()
            if one.organisation_id == organisation_id
            and one.capacity in ("legal_representative", "administrator")
            and _may_be_acted_on(one, open_ones, now)
        }

    def _reach(self, person_id: str) -> dict[tuple[str, str | None], tuple[str, str, frozenset[str]]]:
        open_ones, now = self._open_organisations(), self._world.now
        usable = [one for one in self.grants() if _may_be_acted_on(one, open_ones, now)]
        own = [one for one in usable if one.agent_person_id == person_id]
        found: dict[tuple[str, str | None], tuple[str, str, frozenset[str]]] = {}
        for one in own:
            found[one.id, None] = (one.organisation_id or "", one.capacity.value, _spelt(one.matters))
            for far in usable:
                if far.agent_organisation_id is None or far.agent_organisation_id != one.organisation_id:
                    continue
                both = _spelt(one.matters) & _spelt(far.matters)
                if both:
                    found[far.id, one.id] = (far.organisation_id or "", "agent", both)
        return found

    def _open_organisations(self) -> set[str]:
        with self._world.sql.once() as db:
            rows = db.execute(
                text(
                    "SELECT id FROM organisation WHERE status IN ('registered', 'abnormal') AND frozen_for IS NULL"
                )
            )
            return {row.id for row in rows}

    def _check_numbers(self, grants: list[Delegation]) -> None:
        for organisation_id in {one.organisation_id for one in grants}:
            standing = [
                one for one in grants if one.organisation_id == organisation_id and one.state in STANDING
            ]
            capacities = [one.capacity.value for one in standing]
            assert capacities.count("administrator") <= MOST_ADMINISTRATORS
            assert capacities.count("legal_representative") <= 1
        far = {
            (one.organisation_id, one.agent_organisation_id)
            for one in grants
            if one.agent_organisation_id and one.state == "active"
        }
        assert not any((there, here) in far for here, there in far), "agents of each other"


def _may_be_acted_on(one: Delegation, open_organisations: set[str], now: datetime) -> bool:
    in_time = one.starts_at <= now and (one.ends_at is None or now < one.ends_at)
    return one.state == "active" and in_time and one.organisation_id in open_organisations


def _spelt(matters: frozenset[str]) -> frozenset[str]:
    return frozenset({"M1", "M2", "M3", "any other"}) if "*" in matters else matters
