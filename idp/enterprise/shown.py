"""Turns grants into rows: names masked, matters by name."""

from collections.abc import Sequence

from idp.accounts.store import PersonStore
from idp.delegations.store import Delegation
from idp.enterprise.page_values import GrantRow
from idp.identifiers.capacity import ALL
from idp.identifiers.masking import mask_mobile, mask_name
from idp.matters.service import Matters
from idp.organisations.store import OrganisationStore
from idp.storage.engine import Db


class Shown:
    """Shows grants to those who manage them."""

    def __init__(self, persons: PersonStore, organisations: OrganisationStore, matters: Matters) -> None:
        self._persons = persons
        self._organisations = organisations
        self._matters = matters

    def rows(self, db: Db, grants: Sequence[Delegation], own_id: str, language: str) -> list[GrantRow]:
        """Rows in the order of the grants; `own_id` is the person who looks."""
        ids = [grant.agent_organisation_id for grant in grants if grant.agent_organisation_id]
        names = {one.id: one.name for one in self._organisations.list_of(db, ids).values()}
        return [self._row(db, grant, names, own_id, language) for grant in grants]

    def matters_of(self, codes: frozenset[str], language: str) -> list[str]:
        """The names of matters, empty for all of them; a code that is no matter any more stands for itself."""
        if ALL in codes:
            return []
        found = {matter.code: matter for matter in self._matters.list_all()}
        return [found[code].name_in(language) if code in found else code for code in sorted(codes)]

    def _row(self, db: Db, grant: Delegation, names: dict[str, str], own_id: str, language: str) -> GrantRow:
        return GrantRow(
            id=grant.id,
            who=self._who(db, grant, names),
            capacity=grant.capacity,
            matters=self.matters_of(grant.matters, language),
            starts_at=grant.starts_at,
            ends_at=grant.ends_at,
            state=grant.frozen_for if grant.frozen_for == "handover" else grant.state.value,
            last_used_at=grant.last_used_at,
            may_delegate=grant.may_delegate,
            is_own=grant.agent_person_id == own_id,
        )

    def _who(self, db: Db, grant: Delegation, names: dict[str, str]) -> str:
        if grant.agent_organisation_id:
            return names.get(grant.agent_organisation_id, "")
        if grant.agent_person_id:
            person = self._persons.find(db, grant.agent_person_id)
            return mask_name(person.name) if person and person.name else "*"
        return mask_mobile(grant.invitee) if grant.invitee else "*"
