"""Every claim that this provider can give: meaning, source, sensitivity, and the scopes that ask for it."""

from dataclasses import dataclass
from enum import StrEnum

from idp.storage.labels import Label


class Source(StrEnum):
    """Who vouches for a claim."""

    POPULATION = "population_register"
    LEGAL_PERSONS = "legal_person_register"
    SELF = "self"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim about a person or an organisation. `scopes` are those under which it leaves; `text` is the key of its name
    for citizens, `meaning` and `meaning_en` tell officers what they release.
    """

    name: str
    scopes: frozenset[str]
    label: Label
    text: str
    source: Source
    meaning: str
    meaning_en: str

    def meaning_in(self, language: str) -> str:
        """What it says, in a language."""
        return self.meaning_en if language == "en" else self.meaning


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "name",
        frozenset({"realname", "profile"}),
        Label.PERSONAL,
        "claim.name",
        Source.POPULATION,
        "姓名,与证件一致",
        "Name as on the document",
    ),
    Claim(
        "ial",
        frozenset({"realname"}),
        Label.INTERNAL,
        "claim.ial",
        Source.COMPUTED,
        "此刻的实名等级,0 至 3",
        "Level of proofing at this moment, 0 to 3",
    ),
    Claim(
        "id_type",
        frozenset({"idcard"}),
        Label.PERSONAL,
        "claim.id_type",
        Source.POPULATION,
        "证件种类的代码",
        "Code of the kind of document",
    ),
    Claim(
        "id_number",
        frozenset({"idcard"}),
        Label.SENSITIVE,
        "claim.id_number",
        Source.POPULATION,
        "证件号码;生产环境只在加密的应答里给出",
        "Number of the document; in production only in an encrypted answer",
    ),
    Claim(
        "phone_number",
        frozenset({"mobile", "phone"}),
        Label.PERSONAL,
        "claim.phone_number",
        Source.SELF,
        "登记的手机号,带国家代码",
        "Registered mobile number with its country code",
    ),
    Claim(
        "phone_number_verified",
        frozenset({"mobile", "phone"}),
        Label.INTERNAL,
        "claim.phone_number_verified",
        Source.COMPUTED,
        "手机号由本人以验证码确认过",
        "The mobile number was confirmed by a code",
    ),
    Claim(
        "org",
        frozenset({"org.basic"}),
        Label.INTERNAL,
        "claim.org",
        Source.LEGAL_PERSONS,
        "所代表单位的统一社会信用代码、名称、类型和状态",
        "Credit code, name, type and status of the organisation acted for",
    ),
    Claim(
        "org_legal_representative",
        frozenset({"org.legalrep"}),
        Label.PERSONAL,
        "claim.org_legal_representative",
        Source.LEGAL_PERSONS,
        "所代表单位的法定代表人姓名",
        "Name of the legal representative of the organisation acted for",
    ),
)
BY_NAME = {claim.name: claim for claim in CLAIMS}
BARE_SCOPES = frozenset({"openid", "offline_access"})
SCOPES = BARE_SCOPES | frozenset(scope for claim in CLAIMS for scope in claim.scopes)
"""All scopes a person can grant; `openid` and `offline_access` carry no claim of their own."""


def claims_of(scopes: frozenset[str]) -> list[Claim]:
    """The claims that these scopes ask for, in the order of the catalogue."""
    return [claim for claim in CLAIMS if claim.scopes & scopes]
