"""Walks over every endpoint of signing in, in any order, from any tab: a session stands on what was really proved (SEC-19).

The model knows which secrets are right, in which browser each was sent or asked for, which screen shows which picture and who
confirmed it. Whatever else the walk does (empty and repeated forms, forms of other transactions, other browsers, other
persons, steps before their time, time that passes), a session's proofs are among those, they reach what its person asks for
himself, a code for an application that demands more is given only where they reach that too, and a new password is taken only
from who has just proved enough for it.
"""

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from crypto.x509 import private_key
from crypto.x509.private_key import SoftwareKey
from idp.authenticators.evidence import Way, is_twofold
from idp.clock import instant
from idp.ukey.check import Holder
from idp.ukey.service import Bound
from tests.support.factories import MadePerson
from tests.support.journey import Browser, RelyingParty
from tests.support.methods import app_code, give_app, give_passkey
from tests.support.provider import SqliteTemplate
from tests.support.step_walk import HEADER, PASSWORD, PHONE, SCREEN, SHOWN, Human, StepWalk, Tab, names_of
from tests.support.synthetic import FIRST_BIRTH, synthetic_id_number
from tests.support.ukey_desk import Desk, desk_of, signed

STEPS = 50
EXAMPLES = 460
LEAST = 20_000
PAGES = (
    "/login",
    "/login/organisation",
    "/login/sms",
    "/login/totp",
    "/login/recovery-code",
    "/login/passkey",
    "/login/ukey",
    "/login/qr",
    "/login/more",
    "/recover",
    "/qr",
    "/account",
    "/account/passkeys/add",
    "/account/security/password",
)
FORMS = (
    "/login",
    "/login/continue",
    "/login/sms",
    "/login/totp",
    "/login/recovery-code",
    "/login/passkey",
    "/login/ukey",
    "/login/certificate",
    "/login/qr",
    "/qr",
    "/recover",
    "/login/more",
    "/login/cancel",
)
REACHED = {
    "/login/more 200",
    "/login/cancel 400",
    "/account 200",
    "/recover 400",
    "/qr 200",
    "code",
    "password changed",
    *(way.value for way in Way if way is not Way.BOUND_PASSKEY),
}
"""What walks have to have come to, or they prove little: pages, and sessions by every way."""
BROWSERS = st.integers(0, 1)
PERSONS = st.integers(0, 1)
NUMBERS = st.integers(0, 7)
FIRSTS = st.sampled_from([Way.PASSWORD, Way.PASSWORD, Way.SMS, Way.UKEY, Way.CERTIFICATE])
SECONDS = st.sampled_from([None, None, Way.TOTP, Way.RECOVERY_CODE])
TOKEN = "/oauth/logout"
RIGHT_OR_WRONG = st.sampled_from(["right", "right", "wrong"])
HAVE = ("mobile", "passkey", "ukey", "nothing", "password", "")


class Walk(StepWalk):
    """One walk by two persons in two browsers; the gateway that certificates are shown to stands before the first alone."""

    walks: ClassVar[int] = 0
    steps: ClassVar[int] = 0
    sessions: ClassVar[int] = 0
    keys: ClassVar[list[SoftwareKey]] = []

    def __init__(self) -> None:
        super().__init__()
        Walk.walks += 1
        make, provider = self.desk.provider.make, self.desk.provider
        strong, plain = (make.person(id_number=_id_number(2 * Walk.walks + n)) for n in (0, 1))
        with provider.sql.begin() as db:
            codes = provider.services.signing_in.recovery.make(db, strong.id, instant(provider.clock))
        app, device = give_app(provider, strong), give_passkey(provider, strong)
        own, unbound = (
            # Walks take weeks of the provider's time together.
            self.desk.certificate(person, key, until=timedelta(days=300))
            for person, key in zip((strong, plain), self.keys, strict=True)
        )
        self._bind(strong, own.der)
        self.humans = [
            Human(strong, True, self.keys[0], own, app, device, codes),
            Human(plain, False, self.keys[1], unbound),
        ]
        numbers = f"{Walk.walks // 200}.{Walk.walks % 200 + 1}"
        self.tabs = [Tab(Browser(provider, f"{network}.{numbers}")) for network in ("10.1", "172.16")]
        for tab in self.tabs:
            self.open(tab, "/login")

    # What a walker does.

    @rule(tab=BROWSERS, page=st.sampled_from(PAGES), number=NUMBERS, other=st.booleans())
    def open_a_page(self, tab: int, page: str, number: int, other: bool) -> None:
        """GET any page of signing in, for any transaction or none."""
        transaction = self.transaction(tab, number)
        query = f"?transaction={transaction}" + ("&as=other" if other else "&choose=yes")
        self.open(self.tabs[tab], page + query)

    @rule(tab=BROWSERS, client=st.integers(0, 1), prompt=st.sampled_from(["", "login"]))
    def ask_as_an_application(self, tab: int, client: int, prompt: str) -> None:
        """Come from an application, one of which demands two factors."""
        party = self.parties[client]
        self.open(self.tabs[tab], party.authorize_url(prompt=prompt or None, scope="openid"))

    @rule(tab=BROWSERS, person=PERSONS, number=NUMBERS, is_right=st.booleans())
    def type_a_password(self, tab: int, person: int, number: int, is_right: bool) -> None:
        """Right or wrong, for any transaction."""
        human = self.humans[person].made
        fields = {
            "transaction": self.transaction(tab, number),
            "identifier": human.id_number,
            "password": human.password if is_right else "wrong",
        }
        self.post(self.tabs[tab], "/login", fields)

    @rule(tab=BROWSERS, person=PERSONS, client=st.integers(0, 1), first=FIRSTS, second=SECONDS)
    def begin_rightly(self, tab: int, person: int, client: int, first: Way, second: Way | None) -> None:
        """Come from an application and prove rightly, by one way or by two, so that walks get beyond the first step."""
        self.ask_as_an_application(tab, client, "login")
        match first:
            case Way.SMS:
                self.ask_for_a_message(tab, person, 0)
                self.type_a_sent_code(tab, 0, 0, True)
            case Way.UKEY:
                self.use_the_key(tab, 0, tab, 0, 0)
            case Way.CERTIFICATE:
                self.show_a_certificate(tab, 0, 0)
            case _:
                self.type_a_password(tab, person, 0, True)
        if second is Way.TOTP:
            # A code that nobody has used yet.
            self.wait(31)
            self.type_an_app_code(tab, 0, 1)
        elif second is Way.RECOVERY_CODE:
            self.type_a_paper_code(tab, 0, client)

    @rule(tab=BROWSERS, person=PERSONS, number=NUMBERS)
    def ask_for_a_message(self, tab: int, person: int, number: int) -> None:
        """Have a code sent, by an identifier or to whom the transaction knows."""
        fields = {
            "transaction": self.transaction(tab, number),
            "identifier": self.humans[person].made.mobile,
        }
        self.open(self.tabs[tab], f"/login/sms?transaction={fields['transaction']}")
        fields |= self._proof_of_humanity(self.tabs[tab].browser)
        browser = self.post(self.tabs[tab], "/login/sms", fields)
        self.desk.provider.services.signing_in.aside.close()
        if "challenge" in browser.hidden():
            self.challenges.append(browser.hidden()["challenge"])

    @rule(tab=BROWSERS, number=NUMBERS, which=NUMBERS, is_right=st.booleans())
    def type_a_sent_code(self, tab: int, number: int, which: int, is_right: bool) -> None:
        """The code of any challenge, for any transaction."""
        challenge = self.pick(self.challenges, which)
        held = self.desk.provider.services.people.codes._box.get(challenge)
        has_code = held is not None and held.codes != ()
        fields = {
            "transaction": self.transaction(tab, number),
            "challenge": challenge,
            "code": held.codes[-1] if has_code and is_right else "000000",
        }
        self.post(self.tabs[tab], "/login/sms", fields)

    @rule(tab=BROWSERS, number=NUMBERS, drift=st.integers(-1, 3))
    def type_an_app_code(self, tab: int, number: int, drift: int) -> None:
        """A code of the first person's app: the present one, used or not, or one of another time."""
        human = self.humans[0]
        assert human.app is not None
        fields = {
            "transaction": self.transaction(tab, number),
            "code": app_code(self.desk.provider, human.app, drift),
            "trust": "yes" if drift == 1 else "",
        }
        self.post(self.tabs[tab], "/login/totp", fields)

    @rule(tab=BROWSERS, number=NUMBERS, which=NUMBERS)
    def type_a_paper_code(self, tab: int, number: int, which: int) -> None:
        """One of the first person's recovery codes, used or not."""
        human = self.humans[0]
        fields = {
            "transaction": self.transaction(tab, number),
            "code": self.pick(human.paper, which),
        }
        self.post(self.tabs[tab], "/login/recovery-code", fields)

    @rule(tab=BROWSERS, number=NUMBERS, asked_by=BROWSERS, asked_for=NUMBERS, origin=st.booleans())
    def use_the_passkey(self, tab: int, number: int, asked_by: int, asked_for: int, origin: bool) -> None:
        """An answer to a question put to this browser or the other, for this transaction or another."""
        human, asker = self.humans[0], self.tabs[asked_by]
        assert human.device is not None
        page = f"/login/passkey/options?transaction={self.transaction(asked_by, asked_for)}"
        asker.browser.open(page)
        if asker.browser.status != 200:
            return
        asked: dict[str, Any] = json.loads(asker.browser.page)
        changes = {} if origin else {"origin": "https://evil.example"}
        response = human.device.get(asked["options"], **changes)
        self.asked[asked["challenge"]] = asker
        if origin:
            self.right.add(response)
        fields = {
            "transaction": self.transaction(tab, number),
            "challenge": asked["challenge"],
            "response": response,
        }
        self.post(self.tabs[tab], "/login/passkey", fields)

    @rule(
        tab=BROWSERS, number=NUMBERS, asked_by=BROWSERS, asked_for=NUMBERS, whose=st.sampled_from([0, 0, 1])
    )
    def use_the_key(self, tab: int, number: int, asked_by: int, asked_for: int, whose: int) -> None:
        """A line of this browser or the other, signed by the key that is bound, or by one that only names somebody."""
        human, asker = self.humans[whose], self.tabs[asked_by]
        self.open(asker, f"/login/ukey?transaction={self.transaction(asked_by, asked_for)}")
        if 'data-text="' not in asker.browser.page:
            return
        fields = signed(asker.browser, human.key, human.certificate)
        self.asked[fields["challenge"]] = asker
        if whose == 0:
            self.right.add(fields["signature"])
        self.post(self.tabs[tab], "/login/ukey", {**fields, "transaction": self.transaction(tab, number)})

    @rule(tab=BROWSERS, number=NUMBERS, whose=st.sampled_from([0, 0, 1, 2]))
    def show_a_certificate(self, tab: int, number: int, whose: int) -> None:
        """The header of the gateway, from a caller behind it or not, with a bound certificate, one that is not, or none."""
        headers = {HEADER: self.humans[whose].shown} if whose < 2 else {}
        self.post(self.tabs[tab], SHOWN, {"transaction": self.transaction(tab, number)}, **headers)

    @rule(tab=BROWSERS, which=NUMBERS)
    def scan_a_picture(self, tab: int, which: int) -> None:
        """Open what any picture holds, signed in or not."""
        if self.pictures:
            self.open(self.tabs[tab], f"{PHONE}?c={self.pick(list(self.pictures), which)}")

    @rule(tab=BROWSERS, which=NUMBERS, number=st.sampled_from(["right", "right", "wrong", "no", ""]))
    def answer_a_picture(self, tab: int, which: int, number: str) -> None:
        """The right number, another that is offered, a refusal or nothing, whether it was scanned or not."""
        if not self.pictures:
            return
        code = self.pick(list(self.pictures), which)
        picture = self.pictures[code]
        others = sorted(picture.offered - {picture.number}) or ["10"]
        typed = {"right": picture.number, "wrong": others[0]}.get(number, number)
        if number == "right" or typed != picture.number:
            self.post(self.tabs[tab], PHONE, {"c": code, "number": typed})

    @rule(tab=BROWSERS, which=NUMBERS, number=NUMBERS)
    def go_on_from_a_picture(self, tab: int, which: int, number: int) -> None:
        """The form of the screen, from it or from the other browser, for its transaction or another; and its state."""
        if not self.pictures:
            return
        code = self.pick(list(self.pictures), which)
        transaction = self.transaction(tab, number)
        self.open(self.tabs[tab], f"/login/qr/status?transaction={transaction}&code={code}")
        if self.pictures[code].screen is not self.tabs[tab]:
            assert json.loads(self.tabs[tab].browser.page)["state"] == "expired"
        self.post(self.tabs[tab], SCREEN, {"transaction": transaction, "code": code})

    @rule(
        screen=BROWSERS,
        client=st.integers(0, 1),
        number=RIGHT_OR_WRONG,
        first=st.none() | FIRSTS,
        between=st.none() | PERSONS,
    )
    def sign_a_screen_in(
        self, screen: int, client: int, number: str, first: Way | None, between: int | None
    ) -> None:
        """A new picture, scanned and answered in the other browser, which is signed in or not, or as somebody else since."""
        if first is not None:
            self.begin_rightly(1 - screen, 1, 0, first, None)
        self.sign_out(screen)
        self.ask_as_an_application(screen, client, "")
        self.open(self.tabs[screen], f"{SCREEN}?transaction={self.transaction(screen, 0)}")
        self.scan_a_picture(1 - screen, 0)
        if between is not None:
            self.sign_out(1 - screen)
            self.begin_rightly(1 - screen, between, 0, Way.PASSWORD, Way.TOTP)
            self.open(self.tabs[1 - screen], TOKEN)
        self.answer_a_picture(1 - screen, 0, number)
        self.go_on_from_a_picture(screen, 0, 0)

    @rule(tab=BROWSERS, number=NUMBERS, have=st.sampled_from(HAVE))
    def get_back_in(self, tab: int, number: int, have: str) -> None:
        """Say what is left, from any transaction or none."""
        self.open(self.tabs[tab], f"/recover?transaction={self.transaction(tab, number)}")
        self.post(self.tabs[tab], "/recover", {"transaction": self.transaction(tab, number), "have": have})

    @rule(tab=BROWSERS, has_page=st.booleans())
    def set_a_password(self, tab: int, has_page: bool) -> None:
        """Where getting back in leads, with or without having been led there."""
        self.open(self.tabs[tab], PASSWORD if has_page else TOKEN)
        self.post(self.tabs[tab], PASSWORD, {"password": f"another phrase 电池 {Walk.steps}"})

    @rule(tab=BROWSERS, form=st.sampled_from(FORMS), number=NUMBERS, way=st.sampled_from(["", *Way]))
    def send_an_empty_form(self, tab: int, form: str, number: int, way: str) -> None:
        """Any form with nothing in it but where it belongs, and perhaps a choice."""
        fields = {"transaction": self.transaction(tab, number), "choice": "continue", "way": way}
        self.post(self.tabs[tab], form, fields)

    @rule(tab=BROWSERS, number=NUMBERS)
    def send_a_form_again(self, tab: int, number: int) -> None:
        """A form that was sent before, from this browser or from the other one, with its right secrets."""
        if self.sent:
            path, fields = self.pick(self.sent, number)
            self.post(self.tabs[tab], path, fields)

    @rule(tab=BROWSERS)
    def sign_out(self, tab: int) -> None:
        """End the session of a browser."""
        browser = self.tabs[tab].browser.open("/oauth/logout")
        browser.post("/oauth/logout/confirm", browser.hidden())

    @rule(seconds=st.sampled_from([1, 31, 700, 1900]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.desk.provider.clock.advance(seconds)

    # What always holds.

    @invariant()
    def a_session_stands_on_what_was_proved(self) -> None:
        """Its proofs were made in its browser by its person, and they reach what the person asks for himself."""
        Walk.steps += 1
        for tab in self.tabs:
            sso = self.session(tab)
            if sso is None:
                continue
            Walk.sessions += 1
            self.seen.update(one.way.value for one in sso.proofs)
            assert {(sso.person_id, one.way) for one in sso.proofs} <= tab.proved
            human = next(one for one in self.humans if one.made.id == sso.person_id)
            is_spared = self.is_trusted(tab, sso.person_id)
            assert is_spared or not human.has_second_step or is_twofold(sso.proofs)
            assert sso.auth_time.timestamp() <= min(one.at for one in sso.proofs)
            assert names_of(sso.proofs) == set(sso.amr.split()) - {"mfa"}

    def _proof_of_humanity(self, browser: Browser) -> dict[str, str]:
        challenge = browser.hidden().get("human_challenge", "")
        return {"human_challenge": challenge, **browser.proof_of_humanity()} if challenge else {}

    def _bind(self, person: MadePerson, der: bytes) -> None:
        ukeys = self.desk.provider.services.signing_in.ukeys
        holder = ukeys.shown(der)
        assert isinstance(holder, Holder)
        with self.desk.provider.sql.begin() as db:
            assert ukeys.bind(db, person.id, holder, instant(self.desk.provider.clock)) is Bound.DONE


def _id_number(number: int) -> str:
    """A number of its own for everybody: a failing walk is walked again many times."""
    return synthetic_id_number(number % 1000, FIRST_BIRTH + timedelta(days=number // 1000))


@pytest.fixture
def walked(sqlite_template: SqliteTemplate, tmp_path: Path) -> Iterator[Desk]:
    """A provider that trusts an authority of keys and a gateway."""
    environment = {
        "YIHAO_PASSWORDS__MEMORY_KIB": "7168",
        "YIHAO_PASSWORDS__TIME_COST": "1",
        "YIHAO_WEB__CLIENT_CERTIFICATE_HEADER": HEADER,
        "YIHAO_WEB__CLIENT_CERTIFICATE_FORMAT": "rfc9440",
        "YIHAO_WEB__CLIENT_CERTIFICATE_PROXIES": '["10.0.0.0/8"]',
    }
    with desk_of(tmp_path, sqlite_template, **environment) as made:
        yield made


@pytest.mark.sec("SEC-19")
@pytest.mark.sec("SEC-20")
def test_no_walk_gets_a_session_without_its_proofs(walked: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """Twenty thousand steps and more; the figures are printed."""
    make = walked.provider.make
    Walk.desk, Walk.walks, Walk.steps, Walk.sessions, Walk.seen = walked, 0, 0, 0, set()
    Walk.keys = [SoftwareKey(private_key.generate()) for _ in range(2)]
    # Neither asks for consent; the second demands two factors.
    Walk.parties = [
        RelyingParty(walked.provider, make.client("plain", scope="openid")),
        RelyingParty(walked.provider, make.client("strict", scope="openid", least_aal=2)),
    ]
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
    assert Walk.steps >= LEAST
    assert sorted(REACHED - Walk.seen) == []
