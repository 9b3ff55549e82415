"""The pages of the ways to sign in, in every state."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from idp.authenticators.evidence import Way
from idp.login.code_views import CODE_PARTS, CodeWords
from idp.login.more_views import OfferedWay
from idp.oauth.endpoints.device import ShownMachine
from idp.web.page_values import Choice, FieldError
from tests.support.page_case import APPLICATION, CATALOGUE, NOW, PageCase

OVER = {"title": "", "text": "_text"}
TRANSACTION = {"application": APPLICATION, "transaction": "abc"}


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    yield from _sms()
    yield from _codes()
    yield from _passkey()
    yield from _more()
    yield from _qr()
    yield from _ukey()
    yield from _recover()
    yield from _machines()
    retry = {"application": APPLICATION, "retry_url": "/login?transaction=abc", "reference": "7H2K-93QF"}
    yield PageCase("other-person", "login/other_person.html", retry)
    for state, until in {"wait": NOW + timedelta(seconds=45), "refused": None}.items():
        yield PageCase(f"too-unusual-{state}", "login/too_unusual.html", {**retry, "until": until})


def _machines() -> Iterator[PageCase]:
    enter: dict[str, Any] = {"user_code": "", "errors": [], "action": "/device"}
    machine = ShownMachine("BCDF-GHJK", "192.0.2.0/24", NOW)
    yield PageCase("device-enter", "device/enter.html", enter)
    for state, typed in {"unknown": "BCDF-GHJK", "empty": ""}.items():
        errors = _error("user_code", f"device.{state}")
        yield PageCase(
            f"device-enter-{state}", "device/enter.html", enter | {"user_code": typed, "errors": errors}
        )
    look = {"application": APPLICATION, "look": "abc", "machine": machine, "action": "/device"}
    yield PageCase("device-confirm", "device/confirm.html", look)
    for how in ("approved", "denied", "late"):
        words = {key: CATALOGUE.text(f"device.{how}{part}", "zh-CN") for key, part in OVER.items()}
        yield PageCase(f"device-{how}", "device/over.html", {"application": APPLICATION, **words})


def _error(field: str, key: str) -> list[FieldError]:
    return [FieldError(field, CATALOGUE.text(key, "zh-CN"))]


def _sms() -> Iterator[PageCase]:
    page: dict[str, Any] = {
        **TRANSACTION,
        "challenge": None,
        "masked": None,
        "identifier": "",
        "is_sent_again": False,
        "errors": [],
        "human": None,
        "another_url": "/login/sms?transaction=abc",
        "tries_left": None,
        "may_trust": False,
        "action": "/login/sms",
        "other_url": "/login?transaction=abc",
    }
    waiting = {"challenge": "def"}
    states: dict[str, dict[str, Any]] = {
        "first": {"human": "abc"},
        "mistyped": {
            "human": "abc",
            "identifier": "123",
            "errors": [*_error("identifier", "id.format"), *_error("human", "humanity.over")],
        },
        "human": {
            "human": "abc",
            "identifier": "19900008401",
            "errors": [FieldError("human", CATALOGUE.text("humanity.wrong", "zh-CN", n=2))],
        },
        "known": {"masked": "138******78"},
        "sent": waiting,
        "sent-known": {**waiting, "masked": "138******78", "may_trust": True},
        "again": {**waiting, "is_sent_again": True},
        "wrong": {**waiting, "errors": _error("code", "code.bad"), "tries_left": 4},
        "over": {**waiting, "errors": _error("code", "code.over")},
        "empty": {**waiting, "errors": _error("code", "code.empty"), "application": None},
    }
    for state, values in states.items():
        yield PageCase(f"sms-{state}", "login/sms.html", page | values)


def _codes() -> Iterator[PageCase]:
    page: dict[str, Any] = {
        **TRANSACTION,
        "errors": [],
        "tries_left": None,
        "may_trust": True,
        "other_url": "/login/more?transaction=abc",
    }
    for way, action in ((Way.TOTP, "/login/totp"), (Way.RECOVERY_CODE, "/login/recovery-code")):
        said = (CATALOGUE.text(f"way.{way.value}{part}", "zh-CN") for part in CODE_PARTS)
        fixed = page | {"words": CodeWords(*said), "action": action}
        yield PageCase(f"code-{way.value}", "login/code.html", fixed)
        bad = {"errors": _error("code", f"way.{way.value}.bad"), "tries_left": 2, "may_trust": False}
        yield PageCase(f"code-{way.value}-wrong", "login/code.html", fixed | bad)


def _passkey() -> Iterator[PageCase]:
    page: dict[str, Any] = {
        **TRANSACTION,
        "fault": None,
        "unknown_id": None,
        "rp_id": "id.demo.example",
        "is_possible": True,
        "action": "/login/passkey",
        "options_url": "/login/passkey/options?transaction=abc",
        "other_url": "/login?transaction=abc",
    }
    states: dict[str, dict[str, Any]] = {
        "first": {},
        "cancelled": {"fault": CATALOGUE.text("passkey.fault.cancelled", "zh-CN")},
        "failed": {"fault": CATALOGUE.text("passkey.fault.failed", "zh-CN"), "application": None},
        "unknown": {"fault": CATALOGUE.text("passkey.fault.unknown", "zh-CN"), "unknown_id": "abcd"},
        "impossible": {"is_possible": False},
    }
    for state, values in states.items():
        yield PageCase(f"passkey-{state}", "login/passkey.html", page | values)


def _more() -> Iterator[PageCase]:
    ways = [
        OfferedWay(
            way,
            CATALOGUE.text(f"way.{way.value}", "zh-CN"),
            CATALOGUE.text(f"way.{way.value}.needs", "zh-CN"),
        )
        for way in (Way.PASSKEY, Way.TOTP, Way.SMS, Way.RECOVERY_CODE)
    ]
    page: dict[str, Any] = {
        **TRANSACTION,
        "why": CATALOGUE.text("more.why.application", "zh-CN", app=APPLICATION.name),
        "level": CATALOGUE.text("aal.1", "zh-CN"),
        "needed": CATALOGUE.text("aal.2", "zh-CN"),
        "ways": ways,
        "is_unmet": False,
        "errors": [],
        "action": "/login/more",
        "cancel_action": "/login/cancel",
        "other_url": "/login?transaction=abc&as=other",
    }
    states: dict[str, dict[str, Any]] = {
        "application": {},
        "usual": {
            "why": CATALOGUE.text("more.why.usual", "zh-CN"),
            "application": None,
            "ways": ways[1:],
        },
        "unpicked": {"errors": _error("way-passkey", "more.pick")},
        "unmet": {"needed": CATALOGUE.text("aal.3", "zh-CN"), "ways": [], "is_unmet": True},
    }
    for state, values in states.items():
        yield PageCase(f"more-{state}", "login/more.html", page | values)


def _qr() -> Iterator[PageCase]:
    page: dict[str, Any] = {
        **TRANSACTION,
        "picture": "https://id.demo.example/qr?c=abcdefghijklmnopqrstuvwxyz",
        "code": "abc",
        "number": "47",
        "progress": CATALOGUE.text("qr.state.waiting", "zh-CN"),
        "is_refused": False,
        "minutes": 2,
        "action": "/login/qr",
        "status_url": "/login/qr/status?transaction=abc&code=abc",
        "new_url": "/login/qr?transaction=abc",
        "sms_url": "/login/sms?transaction=abc",
        "other_url": "/login?transaction=abc",
    }
    states: dict[str, dict[str, Any]] = {
        "waiting": {},
        "scanned": {"progress": CATALOGUE.text("qr.state.scanned", "zh-CN"), "application": None},
        "refused": {"progress": CATALOGUE.text("qr.state.refused", "zh-CN"), "is_refused": True},
    }
    for state, values in states.items():
        yield PageCase(f"qr-{state}", "login/qr.html", page | values)
    phone: dict[str, Any] = {
        "application": APPLICATION,
        "device": "Chrome · Windows",
        "place": "192.0.2.0/24",
        "begun_at": NOW,
        "numbers": ["15", "47", "82"],
        "is_lacking": False,
        "code": "abc",
        "action": "/qr",
    }
    for state, values in {
        "asked": {},
        "centre": {"application": None},
        "unpicked": {"is_lacking": True},
    }.items():
        yield PageCase(f"qr-phone-{state}", "login/qr_phone.html", phone | values, True)
    for how in ("confirmed", "refused", "over"):
        said = {
            "title": CATALOGUE.text(f"qr.phone.{how}", "zh-CN"),
            "text": CATALOGUE.text(f"qr.phone.{how}.text", "zh-CN"),
        }
        yield PageCase(f"qr-phone-{how}", "login/qr_over.html", said, True)


def _ukey() -> Iterator[PageCase]:
    page: dict[str, Any] = {
        **TRANSACTION,
        "fault": None,
        "is_unbound": False,
        "is_on": True,
        "challenge": "abc",
        "line": "v1|n0nce|公积金查询|https://id.demo.example|2026-11-23T01:12:00Z",
        "port": 22470,
        "action": "/login/ukey",
        "shown_action": "/login/certificate",
        "other_url": "/login?transaction=abc",
    }
    faults = ("failed", "over", "revoked", "unknown", "untrusted", "unbound", "none")
    said = {fault: CATALOGUE.text(f"ukey.fault.{fault}", "zh-CN") for fault in faults}
    yield PageCase("ukey-first", "login/ukey.html", page)
    yield PageCase("ukey-off", "login/ukey.html", page | {"is_on": False, "application": None})
    for fault, words in said.items():
        values = {"fault": words, "is_unbound": fault == "unbound"}
        yield PageCase(f"ukey-{fault}", "login/ukey.html", page | values)
    own = {
        "fault": None,
        "certificates": [("h1", "张*明", "SM2", "1F2E3D4C5B6A7988"), ("h2", "张*明", "RSA", "0A0B")],
        "is_on": True,
        "challenge": "abc",
        "line": page["line"],
        "port": 22470,
        "action": "/account/security/certificate",
        "back_url": "/account/security",
    }
    states: dict[str, dict[str, Any]] = {
        "some": {},
        "none": {"certificates": []},
        "other": {"fault": CATALOGUE.text("ukey.fault.other_person", "zh-CN")},
        "off": {"is_on": False},
    }
    for state, changes in states.items():
        yield PageCase(f"certificate-{state}", "portal/certificate.html", own | changes, True)


def _recover() -> Iterator[PageCase]:
    options = [
        Choice(
            one,
            CATALOGUE.text(f"recover.have.{one}", "zh-CN"),
            CATALOGUE.text(f"recover.then.{one}", "zh-CN"),
        )
        for one in ("mobile", "passkey", "ukey", "nothing")
    ]
    page: dict[str, Any] = {
        **TRANSACTION,
        "options": options,
        "errors": [],
        "is_nothing": False,
        "action": "/recover",
        "sign_in_url": "/login?transaction=abc",
    }
    states: dict[str, dict[str, Any]] = {
        "first": {},
        "no-application": {"application": None, "transaction": ""},
        "unpicked": {"errors": _error("have-mobile", "recover.pick")},
        "nothing": {"is_nothing": True},
    }
    for state, values in states.items():
        yield PageCase(f"recover-{state}", "login/recover.html", page | values)
