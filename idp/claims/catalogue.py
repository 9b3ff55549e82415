"""Every claim that this provider can give: meaning, sensitivity, and the scopes that ask for it."""

from dataclasses import dataclass

from idp.storage.labels import Label


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim about a person. `scopes` are those under which it leaves; `text` is the key of its name for citizens."""

    name: str
    scopes: frozenset[str]
    label: Label
    text: str


CLAIMS: tuple[Claim, ...] = (
    Claim("name", frozenset({"realname", "profile"}), Label.PERSONAL, "claim.name"),
    Claim("ial", frozenset({"realname"}), Label.INTERNAL, "claim.ial"),
    Claim("id_type", frozenset({"idcard"}), Label.PERSONAL, "claim.id_type"),
    Claim("id_number", frozenset({"idcard"}), Label.SENSITIVE, "claim.id_number"),
    Claim("phone_number", frozenset({"mobile", "phone"}), Label.PERSONAL, "claim.phone_number"),
    Claim(
        "phone_number_verified", frozenset({"mobile", "phone"}), Label.INTERNAL, "claim.phone_number_verified"
    ),
    Claim("org", frozenset({"org.basic"}), Label.INTERNAL, "claim.org"),
    Claim(
        "org_legal_representative",
        frozenset({"org.legalrep"}),
        Label.PERSONAL,
        "claim.org_legal_representative",
    ),
)
BY_NAME = {claim.name: claim for claim in CLAIMS}
BARE_SCOPES = frozenset({"openid", "offline_access"})
SCOPES = BARE_SCOPES | frozenset(scope for claim in CLAIMS for scope in claim.scopes)
"""All scopes a person can grant; `openid` and `offline_access` carry no claim of their own."""


def claims_of(scopes: frozenset[str]) -> list[Claim]:
    """The claims that these scopes ask for, in the order of the catalogue."""
    return [claim for claim in CLAIMS if claim.scopes & scopes]
