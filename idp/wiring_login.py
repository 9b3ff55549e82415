"""Builds what signs people in, over the foundation and the services of persons."""

from dataclasses import dataclass
from typing import Any

from idp.accounts.store import PersonStore
from idp.aside import Aside
from idp.authenticators.passkey import SECONDS as PASSKEY_SECONDS
from idp.authenticators.passkey import PasskeyChallenge, Passkeys
from idp.authenticators.password import PasswordMethod
from idp.authenticators.password_rules import NewPasswords
from idp.authenticators.recovery import RecoveryCodes
from idp.authenticators.store import CredentialStore
from idp.authenticators.totp import TotpMethod
from idp.devices.service import Devices
from idp.humanity.challenge import PASS_SECONDS, Humanity, HumanityChallenge, HumanityPass
from idp.humanity.challenge import SECONDS as HUMANITY_SECONDS
from idp.login.by_code import ByOwnCode, BySms
from idp.login.by_password import ByPassword
from idp.login.caution import Caution
from idp.login.qr import SECONDS as QR_SECONDS
from idp.login.qr import QrSignIn, QrSignIns
from idp.login.service import Login
from idp.login.transaction import SECONDS, LoginTransaction
from idp.login.tries import Tries
from idp.login.ways import PersonWays
from idp.risk.regions import read_regions
from idp.risk.service import Risk
from idp.sessions.service import Sessions
from idp.ukey.challenge import SECONDS as UKEY_SECONDS
from idp.ukey.challenge import UkeyChallenge, UkeyChallenges
from idp.ukey.open import open_check
from idp.ukey.service import Ukeys
from idp.wiring_life import Life
from idp.wiring_people import People


@dataclass(frozen=True, slots=True)
class SigningIn:
    """The services of signing in."""

    login: Login
    tries: Tries
    ways: PersonWays
    risk: Risk
    devices: Devices
    by_password: ByPassword
    by_sms: BySms
    by_code: ByOwnCode
    passkeys: Passkeys
    qr: QrSignIns
    ukeys: Ukeys
    humanity: Humanity
    totp: TotpMethod
    recovery: RecoveryCodes
    credentials: CredentialStore
    new_passwords: NewPasswords
    aside: Aside


def signing_in(
    base: Any,
    persons: PersonStore,
    credentials: CredentialStore,
    passwords: PasswordMethod,
    devices: Devices,
    sessions: Sessions,
    living: Life,
    who: People,
) -> SigningIn:
    """Build them (`base` is `wiring.Foundation`), in the order in which they need each other."""
    regions = read_regions(base.settings.risk.regions_file)
    risk = Risk(base.settings.risk, regions, base.store, base.held.box_index, base.clock)
    tries = Tries(base.clock, base.audit, base.limits, base.lockout, risk)
    ways = PersonWays(credentials, persons)
    totp = TotpMethod(credentials, base.store, base.held.box_index, base.clock)
    recovery = RecoveryCodes(credentials, base.store, base.held.box_index)
    aside = Aside()
    transactions = base.box("login_transaction", LoginTransaction, SECONDS)
    return SigningIn(
        login=Login(
            base.sql,
            base.clock,
            base.audit,
            transactions,
            sessions,
            tries,
            ways,
            living.closing,
            devices,
            persons,
            who.notices,
            Caution(base.sql, base.audit, risk, persons, who.notices),
        ),
        risk=risk,
        tries=tries,
        ways=ways,
        devices=devices,
        by_password=ByPassword(base.sql, base.clock, persons, passwords, tries),
        by_sms=BySms(base.sql, base.clock, persons, who.codes, base.limits, aside, tries),
        by_code=ByOwnCode(base.sql, persons, totp, recovery, tries),
        passkeys=Passkeys(
            base.settings.issuer,
            base.settings.site.name_zh,
            credentials,
            base.box("passkey_challenge", PasskeyChallenge, PASSKEY_SECONDS),
            base.settings.passkeys,
            base.clock,
        ),
        qr=QrSignIns(base.box("qr_sign_in", QrSignIn, QR_SECONDS)),
        humanity=_humanity(base),
        ukeys=_ukeys(base, credentials, persons),
        totp=totp,
        recovery=recovery,
        credentials=credentials,
        new_passwords=NewPasswords(base.settings.passwords.breached_file),
        aside=aside,
    )


def _humanity(base: Any) -> Humanity:
    return Humanity(
        base.box("humanity", HumanityChallenge, HUMANITY_SECONDS),
        base.box("humanity_pass", HumanityPass, PASS_SECONDS),
        base.clock,
        base.limits,
    )


def _ukeys(base: Any, credentials: CredentialStore, persons: PersonStore) -> Ukeys:
    challenges = base.box("ukey_challenge", UkeyChallenge, UKEY_SECONDS)
    return Ukeys(
        open_check(base.settings.ukey, base.outbound.signed_content, base.clock),
        UkeyChallenges(challenges, base.clock, base.settings.issuer),
        credentials,
        persons,
    )
