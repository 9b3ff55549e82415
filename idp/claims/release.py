"""What an application may get of a person, now: values by granted scope, field by field as approved for it."""

from idp.accounts.store import Person
from idp.claims.catalogue import BY_NAME, claims_of
from idp.claims.grants import Grants
from idp.clock import Clock, instant
from idp.organisations.store import Organisation
from idp.settings import Profile
from idp.storage.labels import Label


class Release:
    """Gives claim values. A claim leaves only to an application that it is approved for; in production, sensitive ones
    only in an encrypted answer.
    """

    def __init__(self, profile: Profile, clock: Clock, grants: Grants) -> None:
        self._profile = profile
        self._clock = clock
        self._grants = grants

    def allowed(self, application_id: str, *, is_encrypted: bool = False) -> frozenset[str]:
        """The claims that may be released to an application now, whatever scope it comes with.

        `is_encrypted` says that the answer they go into is encrypted to the client.
        """
        standing = self._grants.standing(application_id)
        return frozenset(name for name in standing if self.may_leave(name, is_encrypted=is_encrypted))

    def offered(self, application_id: str, scopes: frozenset[str]) -> frozenset[str]:
        """Those of the scopes that an application can be given: not one of whose claims none is approved for it."""
        standing = self._grants.standing(application_id)
        return frozenset(scope for scope in scopes if _is_offered(scope, standing))

    def values(self, person: Person, scopes: frozenset[str], allowed: frozenset[str]) -> dict[str, object]:
        """Claims of a person for the granted scopes, as far as `allowed`; absent facts are left out (OpenID Connect Core
        §5.3.2).
        """
        facts: dict[str, object | None] = {
            "name": person.name,
            "ial": person.level_at(instant(self._clock)),
            "id_type": person.id_kind,
            "id_number": person.id_number,
            "phone_number": f"+86{person.mobile}" if person.mobile else None,
            "phone_number_verified": True if person.mobile else None,
        }
        wanted = (claim.name for claim in claims_of(scopes) if claim.name in allowed)
        return {name: facts[name] for name in wanted if facts.get(name) is not None}

    def organisation_values(
        self, organisation: Organisation, scopes: frozenset[str], allowed: frozenset[str]
    ) -> dict[str, object]:
        """As `values`, of an organisation that somebody acts for."""
        representative = organisation.representative_name
        facts: dict[str, object | None] = {
            "org": {
                "uscc": organisation.uscc,
                "name": organisation.name,
                "type": organisation.kind.value,
                "status": organisation.status.value,
            },
            "org_legal_representative": {"name": representative} if representative is not None else None,
        }
        wanted = (claim.name for claim in claims_of(scopes) if claim.name in allowed)
        return {name: facts[name] for name in wanted if facts.get(name) is not None}

    def may_leave(self, claim: str, *, is_encrypted: bool = False) -> bool:
        """Whether a claim may leave in this profile."""
        if is_encrypted or self._profile is Profile.SANDBOX:
            return True
        return BY_NAME[claim].label is not Label.SENSITIVE


def _is_offered(scope: str, standing: frozenset[str]) -> bool:
    claims = claims_of(frozenset({scope}))
    return not claims or any(claim.name in standing for claim in claims)
