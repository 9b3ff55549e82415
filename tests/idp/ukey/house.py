"""What these tests sign in at: challenges, a check with one authority, its list on a net, and a person's key."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crypto.lookup import Lookup
from crypto.seal import Sealer
from crypto.x509 import private_key
from crypto.x509.certificate import Certificate
from crypto.x509.identity import IdentityTable
from crypto.x509.private_key import SoftwareKey
from crypto.x509.revocation import Checker
from idp.clock import instant
from idp.ephemeral.box import Box
from idp.ephemeral.port import Store
from idp.ukey.answer import UkeyAnswer, read_answer
from idp.ukey.challenge import SECONDS, UkeyChallenge, UkeyChallenges
from idp.ukey.check import Holder, UkeyCheck, UkeyRefused, Why
from tests.support.clock import StandingClock
from tests.support.ukey_certificates import PERSON_OID, USCC_OID, KeyCa, Said, sm2_spki

ORIGIN = "https://id.example.test"
BROWSER = "browser-one"
CLIENT = "社保大厅"
RULES = [{"oid": PERSON_OID}, {"oid": USCC_OID}]


def challenges(store: Store, clock: StandingClock, origin: str = ORIGIN) -> UkeyChallenges:
    """Challenges on a store; every call is another node of the same house."""
    sealer, lookup = Sealer({1: b"k" * 16}, 1), Lookup(b"l" * 32)
    box = Box(store, sealer, lookup, "ukey", UkeyChallenge, SECONDS)
    return UkeyChallenges(box, clock, origin)


class Net:
    """The way out of a test: lists by address, and what was asked."""

    def __init__(self, clock: StandingClock) -> None:
        self._clock = clock
        self.authorities: list[KeyCa] = []
        self.asked: list[str] = []

    def fetch(self, address: str, _body: bytes | None) -> bytes:
        """Give the list of whoever has this address."""
        self.asked.append(address)
        for each in self.authorities:
            if each.crl_address == address:
                return each.crl(instant(self._clock))
        raise ConnectionError(address)


def table(*authorities: KeyCa) -> IdentityTable:
    """The same rules for each authority."""
    return IdentityTable.from_entries(
        [{"issuer": each.certificate.subject.text, "rules": RULES} for each in authorities]
    )


@dataclass
class House:
    """Everything, at one clock."""

    store: Store
    clock: StandingClock = field(default_factory=StandingClock)
    key: SoftwareKey = field(default_factory=lambda: SoftwareKey(private_key.generate()))

    def __post_init__(self) -> None:
        self.net = Net(self.clock)
        self.ca = KeyCa(self.at)
        self.net.authorities.append(self.ca)
        self.challenges = challenges(self.store, self.clock)
        self.check = self.trusting(self.ca)

    @property
    def at(self) -> datetime:
        """Now."""
        return instant(self.clock)

    def trusting(self, anchor: KeyCa, *named: KeyCa) -> UkeyCheck:
        """A check with this anchor; certificates of `named` authorities name somebody, or those of the anchor."""
        checker = Checker(self.net.fetch)
        return UkeyCheck([anchor.certificate], table(*(named or (anchor,))), checker, self.clock)

    def trusting_rules(self, rules: list[dict[str, str]]) -> UkeyCheck:
        """A check with the authority of the house and other rules."""
        entry = {"issuer": self.ca.certificate.subject.text, "rules": rules}
        named = IdentityTable.from_entries([entry])
        return UkeyCheck([self.ca.certificate], named, Checker(self.net.fetch), self.clock)

    def certificate(self, said: Said | None = None, ca: KeyCa | None = None) -> Certificate:
        """A certificate of the person's key."""
        return (ca or self.ca).issue(sm2_spki(self.key), said)

    def line(self) -> str:
        """A line to sign that was taken by the right browser."""
        challenge_id, _ = self.challenges.begin(BROWSER, CLIENT)
        taken = self.challenges.take(challenge_id, BROWSER)
        assert taken is not None
        return taken

    def judge(self, certificate: Certificate) -> Holder | UkeyRefused:
        """What comes of a right signature with this certificate."""
        line = self.line()
        return self.check.check_answer(line, answer([certificate], self.key.sign(line.encode())))


def answer(certificates: Sequence[Certificate], signature: bytes) -> UkeyAnswer:
    """An answer as the form brings it."""
    fields = " ".join(base64.b64encode(each.der).decode() for each in certificates)
    read = read_answer(fields, base64.b64encode(signature).decode())
    assert read is not None
    return read


def why(result: Holder | UkeyRefused) -> Why | None:
    """Why it was refused; None when somebody was named."""
    return result.why if isinstance(result, UkeyRefused) else None
