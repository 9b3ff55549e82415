"""Walks over every endpoint of signing in, in any order, from any tab: a session stands on what was really proved (SEC-19).

The model knows which secrets are right and in which browser each was sent. Whatever else the walk does (empty and repeated
forms, forms of other transactions, other browsers, other persons, steps before their time, time that passes), a session's
proofs are among those, they reach what its person asks for himself, and a code for an application that demands more is
given only where they reach that too.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from idp.authenticators.evidence import Evidence, Way, is_twofold, level_of
from idp.authenticators.totp import Secret
from idp.clock import instant
from idp.sessions.store import SsoSession
from tests.support.authenticator import Authenticator
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import app_code, give_app, give_passkey
from tests.support.provider import Provider, SqliteTemplate

STEPS = 50
EXAMPLES = 480
LEAST = 20_000
PAGES = (
    "/login",
    "/login/organisation",
    "/login/sms",
    "/login/totp",
    "/login/recovery-code",
    "/login/passkey",
    "/login/more",
    "/login/qr",
    "/login/qr/status",
    "/login/ukey",
    "/recover",
    "/account",
    "/account/passkeys/add",
)
FORMS = (
    "/login",
    "/login/continue",
    "/login/sms",
    "/login/totp",
    "/login/recovery-code",
    "/login/passkey",
    "/login/more",
    "/login/cancel",
    "/login/qr",
    "/login/ukey",
    "/login/certificate",
    "/recover",
    "/qr",
)
BROWSERS = st.integers(0, 1)
PERSONS = st.integers(0, 1)
NUMBERS = st.integers(0, 7)


@dataclass
class Human:
    """A person with what he knows and has."""

    made: MadePerson
    has_second_step: bool
    app: Secret | None = None
    device: Authenticator | None = None
    paper: list[str] = field(default_factory=list)


@dataclass
class Tab:
    """One browser, and what was rightly proved in it."""

    browser: Browser
    token: str = ""
    proved: set[tuple[str, Way]] = field(default_factory=set)
    transactions: list[str] = field(default_factory=list)


class Walk(RuleBasedStateMachine):
    """One walk by two persons in two browsers."""

    provider: ClassVar[Provider]
    walks: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    sessions: ClassVar[int] = 0
    seen: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        Walk.walks += 1
        make, provider = self.provider.make, self.provider
        strong, plain = make.person(), make.person()
        with provider.sql.begin() as db:
            codes = provider.services.signing_in.recovery.make(db, strong.id, instant(provider.clock))
        app, device = give_app(provider, strong), give_passkey(provider, strong)
        self.humans = [Human(strong, True, app, device, codes), Human(plain, False)]
        numbers = (Walk.walks // 200, Walk.walks % 200 + 1)
        self.tabs = [Tab(Browser(provider, f"10.{numbers[0]}.{numbers[1]}.{n}")) for n in (1, 2)]
        self.challenges = ["", "y" * 43]
        self.sent: list[tuple[str, dict[str, str]]] = []
        for tab in self.tabs:
            self._open(tab, "/login")

    # What a walker does.

    @rule(tab=BROWSERS, page=st.sampled_from(PAGES), number=NUMBERS, other=st.booleans())
    def open_a_page(self, tab: int, page: str, number: int, other: bool) -> None:
        """GET any page of signing in, for any transaction or none."""
        transaction = self._transaction(tab, number)
        query = f"?transaction={transaction}" + ("&as=other" if other else "&choose=yes")
        self._open(self.tabs[tab], page + query)

    @rule(tab=BROWSERS, client=st.integers(0, 1), prompt=st.sampled_from(["", "login"]))
    def ask_as_an_application(self, tab: int, client: int, prompt: str) -> None:
        """Come from an application, one of which demands two factors."""
        party = self.parties[client]
        self._open(self.tabs[tab], party.authorize_url(prompt=prompt or None, scope="openid"))

    @rule(tab=BROWSERS, person=PERSONS, number=NUMBERS, is_right=st.booleans())
    def type_a_password(self, tab: int, person: int, number: int, is_right: bool) -> None:
        """Right or wrong, for any transaction."""
        human = self.humans[person].made
        fields = {
            "transaction": self._transaction(tab, number),
            "identifier": human.id_number,
            "password": human.password if is_right else "wrong",
        }
        self._post(self.tabs[tab], "/login", fields, (human.id, Way.PASSWORD) if is_right else None)

    @rule(tab=BROWSERS, person=PERSONS, client=st.integers(0, 1))
    def begin_rightly(self, tab: int, person: int, client: int) -> None:
        """Come from an application and type the right password, so that walks get as far as the second step."""
        self.ask_as_an_application(tab, client, "login")
        self.type_a_password(tab, person, 0, True)

    @rule(tab=BROWSERS, person=PERSONS, number=NUMBERS)
    def ask_for_a_message(self, tab: int, person: int, number: int) -> None:
        """Have a code sent, by an identifier or to whom the transaction knows."""
        fields = {
            "transaction": self._transaction(tab, number),
            "identifier": self.humans[person].made.mobile,
        }
        self._open(self.tabs[tab], f"/login/sms?transaction={fields['transaction']}")
        fields |= self._proof_of_humanity(self.tabs[tab].browser)
        browser = self._post(self.tabs[tab], "/login/sms", fields, None)
        self.provider.services.signing_in.aside.close()
        if "challenge" in browser.hidden():
            self.challenges.append(browser.hidden()["challenge"])

    @rule(tab=BROWSERS, number=NUMBERS, which=NUMBERS, is_right=st.booleans())
    def type_a_sent_code(self, tab: int, number: int, which: int, is_right: bool) -> None:
        """The code of any challenge, for any transaction."""
        challenge = self._pick(self.challenges, which)
        held = self.provider.services.people.codes._box.get(challenge)
        has_code = held is not None and held.codes != ()
        fields = {
            "transaction": self._transaction(tab, number),
            "challenge": challenge,
            "code": held.codes[-1] if has_code and is_right else "000000",
        }
        owner = next((one.made.id for one in self.humans if held and one.made.mobile == held.mobile), None)
        proof = (owner, Way.SMS) if owner and has_code and is_right else None
        self._post(self.tabs[tab], "/login/sms", fields, proof)

    @rule(tab=BROWSERS, number=NUMBERS, drift=st.integers(-1, 3))
    def type_an_app_code(self, tab: int, number: int, drift: int) -> None:
        """A code of the first person's app: the present one, used or not, or one of another time."""
        human = self.humans[0]
        assert human.app is not None
        fields = {
            "transaction": self._transaction(tab, number),
            "code": app_code(self.provider, human.app, drift),
            "trust": "yes" if drift == 1 else "",
        }
        proof = (human.made.id, Way.TOTP) if drift <= 1 else None
        self._post(self.tabs[tab], "/login/totp", fields, proof)

    @rule(tab=BROWSERS, number=NUMBERS, which=NUMBERS)
    def type_a_paper_code(self, tab: int, number: int, which: int) -> None:
        """One of the first person's recovery codes, used or not."""
        human = self.humans[0]
        fields = {
            "transaction": self._transaction(tab, number),
            "code": self._pick(human.paper, which),
        }
        self._post(self.tabs[tab], "/login/recovery-code", fields, (human.made.id, Way.RECOVERY_CODE))

    @rule(tab=BROWSERS, number=NUMBERS, asked_by=BROWSERS, asked_for=NUMBERS, origin=st.booleans())
    def use_the_passkey(self, tab: int, number: int, asked_by: int, asked_for: int, origin: bool) -> None:
        """An answer to a question put to this browser or the other, for this transaction or another."""
        human, asker = self.humans[0], self.tabs[asked_by]
        assert human.device is not None
        page = f"/login/passkey/options?transaction={self._transaction(asked_by, asked_for)}"
        asker.browser.open(page)
        if asker.browser.status != 200:
            return
        asked: dict[str, Any] = json.loads(asker.browser.page)
        changes = {} if origin else {"origin": "https://evil.example"}
        fields = {
            "transaction": self._transaction(tab, number),
            "challenge": asked["challenge"],
            "response": human.device.get(asked["options"], **changes),
        }
        self._post(self.tabs[tab], "/login/passkey", fields, (human.made.id, Way.PASSKEY) if origin else None)

    @rule(tab=BROWSERS, phone=BROWSERS, taker=BROWSERS, number=NUMBERS, is_right=st.booleans())
    def sign_in_by_a_picture(self, tab: int, phone: int, taker: int, number: int, is_right: bool) -> None:
        """A picture of one browser, looked at in either, its number picked rightly or not, taken by either."""
        screen, telephone = self.tabs[tab], self.tabs[phone]
        self._open(screen, f"/login/qr?transaction={self._transaction(tab, number)}")
        fields, shown = (
            screen.browser.hidden(),
            re.search(r"<strong>([0-9]{2})</strong>", screen.browser.page),
        )
        if shown is None:
            return
        approver = self._session(telephone)
        self._open(telephone, f"/qr?c={fields['code']}")
        if approver is not None and is_right:
            screen.proved |= {(approver.person_id, Way.QR), (approver.person_id, Way.SURE_QR)}
        picked = {"c": fields["code"], "number": shown.group(1) if is_right else "00"}
        self._post(telephone, "/qr", picked, None)
        if "已确认" in telephone.browser.page:
            assert is_right and approver is not None
            Walk.seen.add("picture")
        self._post(self.tabs[taker], "/login/qr", fields, None)

    @rule(tab=BROWSERS, form=st.sampled_from(FORMS), number=NUMBERS, way=st.sampled_from(["", *Way]))
    def send_an_empty_form(self, tab: int, form: str, number: int, way: str) -> None:
        """Any form with nothing in it but where it belongs, and perhaps a choice."""
        fields = {"transaction": self._transaction(tab, number), "choice": "continue", "way": way}
        self._post(self.tabs[tab], form, fields, None)

    @rule(tab=BROWSERS, number=NUMBERS)
    def send_a_form_again(self, tab: int, number: int) -> None:
        """A form that was sent before, from this browser or from the other one, with its right secrets."""
        if self.sent:
            path, fields = self._pick(self.sent, number)
            self._post(self.tabs[tab], path, fields, self._meant(path, fields))

    @rule(tab=BROWSERS)
    def sign_out(self, tab: int) -> None:
        """End the session of a browser."""
        browser = self.tabs[tab].browser.open("/oauth/logout")
        browser.post("/oauth/logout/confirm", browser.hidden())

    @rule(seconds=st.sampled_from([1, 31, 700, 1900]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.provider.clock.advance(seconds)

    # What always holds.

    @invariant()
    def a_session_stands_on_what_was_proved(self) -> None:
        """Its proofs were made in its browser by its person, and they reach what the person asks for himself."""
        Walk.steps += 1
        for tab in self.tabs:
            sso = self._session(tab)
            if sso is None:
                continue
            Walk.sessions += 1
            assert {(sso.person_id, one.way) for one in sso.proofs} <= tab.proved
            human = next(one for one in self.humans if one.made.id == sso.person_id)
            is_spared = self._is_trusted(tab, sso.person_id)
            assert is_spared or not human.has_second_step or is_twofold(sso.proofs)
            assert sso.auth_time.timestamp() <= min(one.at for one in sso.proofs)
            assert _names(sso.proofs) == set(sso.amr.split()) - {"mfa"}

    @property
    def parties(self) -> list[RelyingParty]:
        """Two applications; the second demands two factors."""
        return self.provider.parties  # type: ignore[attr-defined] # set beside the provider

    def _meant(self, path: str, fields: dict[str, str]) -> tuple[str, Way] | None:
        """Whose right secret a form holds; one that was right before counts as right, which only widens what may be."""
        ways = {
            "/login/totp": Way.TOTP,
            "/login/recovery-code": Way.RECOVERY_CODE,
            "/login/passkey": Way.PASSKEY,
        }
        if path in ways and "evil" not in fields.get("response", ""):
            return self.humans[0].made.id, ways[path]
        for human in self.humans:
            made = human.made
            if (
                path == "/login"
                and fields.get("identifier") == made.id_number
                and fields.get("password") == made.password
            ):
                return made.id, Way.PASSWORD
        held = self.provider.services.people.codes._box.get(fields.get("challenge", ""))
        if path == "/login/sms" and held is not None and fields.get("code") in held.codes:
            return next((one.made.id, Way.SMS) for one in self.humans if one.made.mobile == held.mobile)
        return None

    def _proof_of_humanity(self, browser: Browser) -> dict[str, str]:
        challenge = browser.hidden().get("human_challenge", "")
        return {"human_challenge": challenge, **browser.proof_of_humanity()} if challenge else {}

    def _is_trusted(self, tab: Tab, person_id: str) -> bool:
        cookie = tab.browser.cookie("yh_device")
        with self.provider.sql.once() as db:
            devices = self.provider.services.signing_in.devices
            return devices.is_trusted(devices.find(db, person_id, cookie))

    def _session(self, tab: Tab) -> SsoSession | None:
        with self.provider.sql.once() as db:
            return self.provider.services.sessions.find(db, tab.browser.cookie("yh_session"))

    def _open(self, tab: Tab, path: str) -> None:
        self._look(tab, tab.browser.open(path))

    def _post(self, tab: Tab, path: str, fields: dict[str, str], proof: tuple[str, Way] | None) -> Browser:
        if proof is not None:
            # Before it is sent: whether it counts is for the provider to say, never that it counts without this.
            tab.proved.add(proof)
        self.sent.append((path, fields))
        self.sent = self.sent[-8:]
        browser = tab.browser.post(path, {**fields, "csrf_token": tab.token})
        self._look(tab, browser)
        return browser

    def _look(self, tab: Tab, browser: Browser) -> None:
        """Keep the token and the transaction of what is shown; no walk may break anything."""
        assert browser.status < 500, browser.path
        Walk.seen.add(f"{browser.path} {browser.status}")
        hidden = browser.hidden()
        tab.token = hidden.get("csrf_token", tab.token)
        transaction = hidden.get("transaction")
        if transaction and transaction not in tab.transactions:
            tab.transactions.append(transaction)
        if browser.left_to is not None and "code=" in browser.left_to:
            Walk.seen.add("code")
            sso = self._session(tab)
            assert sso is not None
            if browser.left_to.startswith(self.parties[1].client.redirect_uri):
                assert level_of(sso.proofs) >= 2

    def _transaction(self, tab: int, number: int) -> str:
        """Mostly one of this browser's own, the newest first; else one of the other's, or none."""
        if number == 7:
            return "x" * 43
        own, others = (self.tabs[each].transactions for each in (tab, 1 - tab))
        chosen = others if number == 6 else own
        return self._pick(chosen, 0 if number < 4 else number) if chosen else ""

    def _pick(self, things: list[Any], number: int) -> Any:
        return things[-1 - number % len(things)]


def _names(proofs: tuple[Evidence, ...]) -> set[str]:
    return {name for one in proofs for name in one.strength.amr}


@pytest.fixture
def walked(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Provider]:
    """A provider with two applications that ask for no consent."""
    environment = {"YIHAO_PASSWORDS__MEMORY_KIB": "7168", "YIHAO_PASSWORDS__TIME_COST": "1"}
    made = Provider({**sqlite_template.copy(tmp_path), **environment})
    clients = (
        made.make.client("plain", scope="openid"),
        made.make.client("strict", scope="openid", least_aal=2),
    )
    made.parties = [RelyingParty(made, one) for one in clients]  # type: ignore[attr-defined]
    yield made
    made.close()


@pytest.mark.sec("SEC-19")
@pytest.mark.sec("SEC-20")
def test_no_walk_gets_a_session_without_its_proofs(
    walked: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty thousand steps and more; the figures are printed."""
    Walk.provider, Walk.walks, Walk.steps, Walk.sessions, Walk.seen = walked, 0, 0, 0, set()
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{Walk.walks} walks, {Walk.steps} steps, {Walk.sessions} looks at sessions\n")
    assert (
        Walk.steps >= LEAST
        and {"/login/more 200", "/login/cancel 400", "/account 200", "code", "picture"} <= Walk.seen
    )
