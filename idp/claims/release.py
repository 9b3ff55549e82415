"""What an application may get of a person, now: values by granted scope."""

from idp.accounts.store import Person
from idp.claims.catalogue import BY_NAME, claims_of
from idp.clock import Clock, instant
from idp.organisations.store import Organisation
from idp.settings import Profile
from idp.storage.labels import Label


def organisation_values(organisation: Organisation, scopes: frozenset[str]) -> dict[str, object]:
    """Claims of an organisation that somebody acts for, for the granted scopes."""
    claims: dict[str, object] = {}
    if "org.basic" in scopes:
        claims["org"] = {
            "uscc": organisation.uscc,
            "name": organisation.name,
            "type": organisation.kind.value,
            "status": organisation.status.value,
        }
    if "org.legalrep" in scopes and organisation.representative_name is not None:
        claims["org_legal_representative"] = {"name": organisation.representative_name}
    return claims


class Release:
    """Gives claim values. In production, sensitive claims leave only in an encrypted answer."""

    def __init__(self, profile: Profile, clock: Clock) -> None:
        self._profile = profile
        self._clock = clock

    def values(
        self, person: Person, scopes: frozenset[str], *, is_encrypted: bool = False
    ) -> dict[str, object]:
        """Claims of a person for the granted scopes; absent facts are left out (OpenID Connect Core §5.3.2).

        `is_encrypted` says that the answer they go into is encrypted to the client.
        """
        facts: dict[str, object | None] = {
            "name": person.name,
            "ial": person.level_at(instant(self._clock)),
            "id_type": person.id_kind,
            "id_number": person.id_number,
            "phone_number": f"+86{person.mobile}" if person.mobile else None,
            "phone_number_verified": True if person.mobile else None,
        }
        names = (claim.name for claim in claims_of(scopes))
        wanted = [name for name in names if self.may_leave(name, is_encrypted=is_encrypted)]
        return {name: facts[name] for name in wanted if facts.get(name) is not None}

    def may_leave(self, claim: str, *, is_encrypted: bool = False) -> bool:
        """Whether a claim may leave in this profile."""
        if is_encrypted or self._profile is Profile.SANDBOX:
            return True
        return BY_NAME[claim].label is not Label.SENSITIVE
