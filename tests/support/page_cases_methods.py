"""The pages of a person's own ways to sign in, in every state."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from idp.authenticators.passkey import Passkey
from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, NOW, PageCase

BACK = {"back_url": "/account/security"}


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    yield from _passkeys()
    yield from _app()
    yield from _codes()
    page: dict[str, Any] = {"is_wanted": False, "has_app": False, "may_want": True, **BACK}
    page |= {"action": "/account/security/second-step"}
    states: dict[str, dict[str, Any]] = {
        "off": {},
        "on": {"is_wanted": True},
        "app": {"has_app": True},
        "nothing": {"may_want": False},
    }
    for state, values in states.items():
        yield PageCase(f"second-step-{state}", "portal/second_step.html", page | values, True)


def _passkeys() -> Iterator[PageCase]:
    own = Passkey("k1", "abcd", "我的手机", is_bound=False, is_backed_up=True, added_at=NOW, last_used_at=NOW)
    key = Passkey("k2", "efgh", "安全密钥", True, False, added_at=NOW - timedelta(days=90), last_used_at=None)
    page: dict[str, Any] = {
        "passkeys": [own, key],
        "done": None,
        "removed_id": None,
        "rp_id": "id.demo.example",
        "add_url": "/account/passkeys/add",
        "is_possible": True,
        "rename_action": "/account/passkeys/rename",
        "remove_action": "/account/passkeys/remove",
        **BACK,
    }
    states: dict[str, dict[str, Any]] = {
        "none": {"passkeys": []},
        "some": {},
        "added": {"done": CATALOGUE.text("methods.passkey.added", "zh-CN")},
        "removed": {
            "done": CATALOGUE.text("methods.passkey.removed", "zh-CN"),
            "removed_id": "abcd",
            "passkeys": [key],
        },
        "full": {"add_url": None},
        "impossible": {"add_url": None, "is_possible": False},
    }
    for state, values in states.items():
        yield PageCase(f"passkeys-{state}", "portal/passkeys.html", page | values, True)
    adding = {
        "fault": None,
        "is_possible": True,
        "name": "Chrome · Windows",
        "action": "/account/passkeys/add",
    }
    adding |= {"options_url": "/account/passkeys/options", "back_url": "/account/passkeys"}
    for state, changes in {
        "first": {},
        "fault": {"fault": CATALOGUE.text("methods.passkey.not_added", "zh-CN")},
        "impossible": {"is_possible": False},
    }.items():
        yield PageCase(f"passkey-add-{state}", "portal/passkey_add.html", adding | changes, True)
    removing = {"name": "我的手机", "handle": "k1", "action": "/account/passkeys/remove", **BACK}
    for state, is_last in {"asked": False, "last": True}.items():
        yield PageCase(
            f"passkey-remove-{state}", "portal/passkey_remove.html", removing | {"is_last": is_last}, True
        )


def _app() -> Iterator[PageCase]:
    page: dict[str, Any] = {
        "enrolment": "abc",
        "has_app": False,
        "address": "otpauth://totp/x:y?secret=JBSWY3DPEHPK3PXP&issuer=x",
        "secret": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
        "algorithm": "SHA1",
        "errors": [],
        "action": "/account/security/app",
        "sm3_url": "/account/security/app?algorithm=SM3",
        **BACK,
    }
    bad = [FieldError("code", CATALOGUE.text("way.totp.bad", "zh-CN"))]
    for state, values in {
        "first": {},
        "wrong": {"errors": bad},
        "change": {"has_app": True},
        "sm3": {"algorithm": "SM3"},
    }.items():
        yield PageCase(f"app-{state}", "portal/app.html", page | values, True)


def _codes() -> Iterator[PageCase]:
    page: dict[str, Any] = {"codes": [], "left": 0, "action": "/account/security/codes", **BACK}
    made = [f"ABCD{n}-EFGH{n}" for n in range(2, 10)]
    for state, values in {"first": {}, "some": {"left": 7}, "made": {"codes": made, "left": 8}}.items():
        yield PageCase(f"recovery-codes-{state}", "portal/recovery_codes.html", page | values, True)
