"""The ways that a person could go, and whether the person wants a second step."""

from collections.abc import Iterable
from typing import Final

from idp.accounts.store import Person, PersonStore
from idp.authenticators.evidence import Way
from idp.authenticators.store import SECOND_STEP, CredentialStore
from idp.storage.engine import Db

ORDER: Final = (
    Way.PASSKEY,
    Way.BOUND_PASSKEY,
    Way.UKEY,
    Way.TOTP,
    Way.SMS,
    Way.PASSWORD,
    Way.RECOVERY_CODE,
)
"""How ways are offered: the quickest first."""


FIRST: Final = frozenset({Way.PASSKEY, Way.BOUND_PASSKEY, Way.PASSWORD, Way.SMS, Way.UKEY})
"""Ways by which somebody can begin a sign-in; a person keeps at least one of them."""


def is_enough(ways: Iterable[Way]) -> bool:
    """Whether somebody with these ways can still sign in."""
    return bool(FIRST & set(ways))


class PersonWays:
    """What a person has to prove himself with."""

    def __init__(self, credentials: CredentialStore, persons: PersonStore) -> None:
        self._credentials = credentials
        self._persons = persons

    def of(self, db: Db, person: Person) -> tuple[Way, ...]:
        """The ways of a person, the quickest first."""
        kinds = self._credentials.kinds(db, person.id)
        has = {way for way in Way if way.value in kinds}
        if person.mobile is not None:
            has.add(Way.SMS)
        return tuple(way for way in ORDER if way in has)

    def of_id(self, db: Db, person_id: str) -> tuple[Way, ...]:
        """The ways of a person by the id; none of nobody."""
        person = self._persons.find(db, person_id)
        return self.of(db, person) if person is not None else ()

    def has_strong(self, db: Db, person_id: str) -> bool:
        """Whether a change of the ways to sign in takes two steps: of who has more than a password and a number."""
        strong = {Way.TOTP.value, Way.PASSKEY.value, Way.BOUND_PASSKEY.value, Way.UKEY.value, SECOND_STEP}
        return bool(self._credentials.kinds(db, person_id) & strong)

    def wants_second_step(self, db: Db, person_id: str) -> bool:
        """Whether the person himself wants a second step at every sign-in, save on a device that he trusts."""
        return bool(self._credentials.kinds(db, person_id) & {Way.TOTP.value, SECOND_STEP})
