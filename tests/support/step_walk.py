"""What a walk over the endpoints of signing in knows, and how it sends and looks: the model of SEC-19, without its steps.

The model is told of a proof before it is sent: whether it counts is for the provider to say, never that it counts without.
"""

import base64
import re
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from hypothesis.stateful import RuleBasedStateMachine

from crypto.x509.certificate import Certificate
from crypto.x509.private_key import SoftwareKey
from idp.authenticators.evidence import Evidence, Way, is_twofold, level_of, since
from idp.authenticators.totp import Secret, matching_step
from idp.login.requirement import FRESH_SECONDS
from idp.sessions.store import SsoSession
from tests.support.authenticator import Authenticator
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.ukey_desk import Desk

PASSWORD: Final = "/account/security/password"
SCREEN: Final = "/login/qr"
PHONE: Final = "/qr"
SHOWN: Final = "/login/certificate"
HEADER: Final = "YihaoClientCert"


@dataclass
class Human:
    """A person with what he knows and has."""

    made: MadePerson
    has_second_step: bool
    key: SoftwareKey
    certificate: Certificate
    app: Secret | None = None
    device: Authenticator | None = None
    paper: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The certificate as a gateway hands it on (RFC 9440 §2.1)."""
        return f":{base64.b64encode(self.certificate.der).decode()}:"


@dataclass
class Tab:
    """One browser, and what was rightly proved in it."""

    browser: Browser
    token: str = ""
    proved: set[tuple[str, Way]] = field(default_factory=set)
    transactions: list[str] = field(default_factory=list)


@dataclass
class Picture:
    """A picture as one screen shows it, who looked at it first, and what came of it."""

    screen: Tab
    number: str
    offered: set[str] = field(default_factory=set)
    owner: str | None = None
    is_refused: bool = False
    confirmed_by: tuple[str, Way] | None = None


class StepWalk(RuleBasedStateMachine):
    """The two browsers and two persons of a walk."""

    desk: ClassVar[Desk]
    parties: ClassVar[list[RelyingParty]]
    seen: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.humans: list[Human] = []
        self.tabs: list[Tab] = []
        self.challenges = ["", "y" * 43]
        self.pictures: dict[str, Picture] = {}
        self.asked: dict[str, Tab] = {}
        self.right: set[str] = set()
        self.sent: list[tuple[str, dict[str, str]]] = []

    def open(self, tab: Tab, path: str) -> None:
        """GET an address."""
        picture, sso = self.pictures.get(path.partition("?c=")[2]), self.session(tab)
        if path.startswith(PHONE) and picture is not None and sso is not None:
            picture.owner = picture.owner or sso.person_id
        self._look(tab, tab.browser.open(path))

    def post(self, tab: Tab, path: str, fields: dict[str, str], **headers: str) -> Browser:
        """POST a form, with the proof of somebody if its secrets are right."""
        proof = self._meant(tab, path, fields, headers)
        if proof is not None:
            tab.proved.add(proof)
        self.sent = [*self.sent, (path, fields)][-8:]
        before = self.session(tab)
        browser = tab.browser.post(path, {**fields, "csrf_token": tab.token}, **headers)
        if path == PHONE and before is not None:
            self._answered(before, fields, browser.page)
        if path == PASSWORD and browser.path == "/account/security":
            self._changed(before, fields["password"])
        self._look(tab, browser)
        return browser

    def session(self, tab: Tab) -> SsoSession | None:
        """The usable session of a browser."""
        with self.desk.provider.sql.once() as db:
            return self.desk.provider.services.sessions.find(db, tab.browser.cookie("yh_session"))

    def transaction(self, tab: int, number: int) -> str:
        """Mostly one of this browser's own, the newest first; else one of the other's, or none."""
        if number == 7:
            return "x" * 43
        own, others = (self.tabs[each].transactions for each in (tab, 1 - tab))
        chosen = others if number == 6 else own
        return str(self.pick(chosen, 0 if number < 4 else number)) if chosen else ""

    def pick(self, things: list[Any], number: int) -> Any:
        """One of them, the newest first."""
        return things[-1 - number % len(things)]

    def is_trusted(self, tab: Tab, person_id: str) -> bool:
        """Whether a browser is spared the person's own second step."""
        cookie = tab.browser.cookie("yh_device")
        with self.desk.provider.sql.once() as db:
            devices = self.desk.provider.services.signing_in.devices
            return devices.is_trusted(devices.find(db, person_id, cookie))

    def _meant(
        self, tab: Tab, path: str, fields: dict[str, str], headers: dict[str, str]
    ) -> tuple[str, Way] | None:
        """Whose right secret a form holds; one that was right before counts as right, which only widens what may be."""
        strong, code = self.humans[0], fields.get("code", "")
        now = self.desk.provider.clock.timestamp()
        is_asked = self.asked.get(fields.get("challenge", "")) is tab
        rights: dict[str, tuple[Way, bool]] = {
            "/login/totp": (
                Way.TOTP,
                strong.app is not None and matching_step(strong.app, code, now) is not None,
            ),
            "/login/recovery-code": (Way.RECOVERY_CODE, code in strong.paper),
            "/login/passkey": (Way.PASSKEY, is_asked and fields.get("response") in self.right),
            "/login/ukey": (Way.UKEY, is_asked and fields.get("signature") in self.right),
            SHOWN: (Way.CERTIFICATE, tab is self.tabs[0] and headers.get(HEADER) == strong.shown),
        }
        if path in rights:
            way, is_right = rights[path]
            return (strong.made.id, way) if is_right else None
        if path == SCREEN:
            picture = self.pictures.get(code)
            return picture.confirmed_by if picture is not None and picture.screen is tab else None
        if path == "/login/sms":
            held = self.desk.provider.services.people.codes._box.get(fields.get("challenge", ""))
            mobile = held.mobile if held is not None and code in held.codes else None
            return next(((one.made.id, Way.SMS) for one in self.humans if one.made.mobile == mobile), None)
        typed = (fields.get("identifier"), fields.get("password"))
        owner = [one.made.id for one in self.humans if (one.made.id_number, one.made.password) == typed]
        return (owner[0], Way.PASSWORD) if owner and path == "/login" else None

    def _answered(self, sso: SsoSession, fields: dict[str, str], page: str) -> None:
        """A telephone's answer: confirmed only by who looked first, with the screen's number, and before any refusal."""
        picture = self.pictures.get(fields.get("c", ""))
        if picture is None:
            return
        if not fields.get("number"):
            picture.owner = picture.owner or sso.person_id
        elif "已确认" in page:
            assert (picture.owner, picture.number) == (sso.person_id, fields["number"])
            assert not picture.is_refused and picture.confirmed_by is None
            fresh = since(sso.proofs, self.desk.provider.clock.timestamp() - FRESH_SECONDS)
            picture.confirmed_by = (sso.person_id, Way.SURE_QR if level_of(fresh) > 1 else Way.QR)
        elif "已拒绝" in page and picture.owner == sso.person_id:
            picture.is_refused = picture.confirmed_by is None

    def _changed(self, sso: SsoSession | None, password: str) -> None:
        """A new password was taken: from somebody who had just proved enough for that."""
        assert sso is not None
        human = next(one for one in self.humans if one.made.id == sso.person_id)
        fresh = since(sso.proofs, self.desk.provider.clock.timestamp() - FRESH_SECONDS)
        assert is_twofold(fresh) if human.has_second_step else fresh
        human.made = replace(human.made, password=password)
        self.seen.add("password changed")

    def _look(self, tab: Tab, browser: Browser) -> None:
        """Keep the token, the transaction and the picture of what is shown; no walk may break anything."""
        assert browser.status < 500, browser.path
        self.seen.add(f"{browser.path} {browser.status}")
        hidden = browser.hidden()
        tab.token = hidden.get("csrf_token", tab.token)
        transaction = hidden.get("transaction")
        if transaction and transaction not in tab.transactions:
            tab.transactions.append(transaction)
        number = re.search(r"<strong>([0-9]{2})</strong>", browser.page)
        if browser.path == SCREEN and number is not None:
            self.pictures.setdefault(hidden["code"], Picture(tab, number.group(1)))
        sso = self.session(tab)
        if browser.path == PHONE and sso is not None and hidden.get("c") in self.pictures:
            picture = self.pictures[hidden["c"]]
            picture.owner = picture.owner or sso.person_id
            picture.offered = set(re.findall(r'name="number" value="([0-9]{2})"', browser.page))
            assert picture.owner == sso.person_id
        if browser.left_to is not None and "code=" in browser.left_to:
            self.seen.add("code")
            assert sso is not None
            if browser.left_to.startswith(self.parties[1].client.redirect_uri):
                assert level_of(sso.proofs) >= 2


def names_of(proofs: tuple[Evidence, ...]) -> set[str]:
    """The names of proofs in `amr`."""
    return {name for one in proofs for name in one.strength.amr}
