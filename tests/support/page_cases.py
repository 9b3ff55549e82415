"""Every page in every state it has, with synthetic values: what the page tests render, look at and attack."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, NamedTuple

from idp.web.page_values import (
    FAILURE_STATUSES,
    ConsentItem,
    FieldError,
    LogoutResult,
    PausedUntil,
    SignInForm,
    failure_words,
)
from tests.support import (
    page_cases_acting,
    page_cases_data,
    page_cases_enterprise,
    page_cases_family,
    page_cases_level,
    page_cases_login,
    page_cases_methods,
    page_cases_portal,
    page_cases_profile,
    page_cases_publication,
    page_cases_registration,
)
from tests.support.page_case import APPLICATION, CATALOGUE, NOW, PageCase

PARTS: tuple[ModuleType, ...] = (
    page_cases_acting,
    page_cases_data,
    page_cases_enterprise,
    page_cases_family,
    page_cases_level,
    page_cases_login,
    page_cases_methods,
    page_cases_portal,
    page_cases_profile,
    page_cases_publication,
    page_cases_registration,
)
"""Modules `page_cases_<part>` with a function `cases`: the pages of one package each."""


def page_cases() -> list[PageCase]:
    """Give every case, each name once."""
    return [
        *_sign_in(),
        *_around_sign_in(),
        *_consent(),
        *_hand_off(),
        *_failures(),
        *_logout(),
        *_status(),
        *(case for part in PARTS for case in part.cases()),
    ]


def _sign_in() -> Iterator[PageCase]:
    plain: dict[str, Any] = {
        "application": APPLICATION,
        "form": SignInForm("/login"),
        "tries_left": None,
        "human": None,
        "transaction": "abc",
        "has_passkeys": True,
        "has_ukeys": True,
    }
    wrong = [FieldError("password", CATALOGUE.text("cred.bad", "zh-CN", n=7))]
    empty = [FieldError("identifier", CATALOGUE.text("id.empty", "zh-CN"))]
    code_wrong = [FieldError("code", CATALOGUE.text("uscc.format", "zh-CN"))]
    states: dict[str, dict[str, Any]] = {
        "first": {},
        "no-application": {"application": None, "has_passkeys": False, "has_ukeys": False},
        "wrong": {"form": SignInForm("/login", "138****5678", wrong), "tries_left": 7},
        "empty": {"form": SignInForm("/login", "", empty)},
        "organisation": {"form": SignInForm("/login", kind="organisation")},
        "organisation-wrong": {
            "form": SignInForm("/login", "138****5678", code_wrong, "organisation", "91X")
        },
        "human": {"human": "abc"},
        "human-wrong": {
            "form": SignInForm(
                "/login", "138****5678", [FieldError("human", CATALOGUE.text("humanity.wrong", "zh-CN", n=2))]
            ),
            "human": "abc",
        },
    }
    for name, change in states.items():
        yield PageCase(f"sign-in-{name}", "login/sign_in.html", plain | change)
    old = {"code": "MA0T84072", "onward_url": "/account"}
    theirs = {"name": "示范科技有限公司", "uscc": "91140199MA0T84032P"}
    yield PageCase("sign-in-organisation-old-code", "login/organisation.html", old | theirs, True)
    nobody = {"name": None, "uscc": None}
    yield PageCase("sign-in-organisation-nobody", "login/organisation.html", old | nobody, True)


def _around_sign_in() -> Iterator[PageCase]:
    action = {"action": "/login", "transaction": "abc"}
    for application in (APPLICATION, None):
        suffix = "" if application else "-no-application"
        yield PageCase(
            f"continue{suffix}", "login/continue.html", {"application": application, "name": "张*明"} | action
        )
        for reason in ("idle", "absolute", "cookies"):
            values = {"application": application, "reason": reason}
            yield PageCase(f"timed-out-{reason}{suffix}", "login/timed_out.html", values)
    resting = PausedUntil("密码登录", NOW + timedelta(minutes=12))
    for name, paused, retry in (("method", resting, "/login?transaction=abc"), ("person", None, None)):
        yield PageCase(
            f"paused-{name}",
            "login/paused.html",
            {"application": APPLICATION, "paused": paused, "retry_url": retry, "reference": "7H2K-93QF"},
        )


def _consent() -> Iterator[PageCase]:
    name = ConsentItem("name", "姓名", "张晓明", "核对申请人", required=True, is_new=False)
    number = ConsentItem("id_number", "身份证号码", "990101********123X", "查询您的缴存账户", True, False)
    mobile = ConsentItem("mobile", "手机号", "138****5678", "办理进度通知", required=False, is_new=False)
    address = ConsentItem("address", "住址", "示范省示范市示范区示范路 1 号", "邮寄材料", False, is_new=True)
    fixed = {"application": APPLICATION, "acting_for": None, "action": "/consent", "transaction": "abc"}
    states: dict[str, tuple[list[ConsentItem], datetime | None]] = {
        "first": ([replace(item, is_new=True) for item in (name, number, mobile)], None),
        "new-items": ([name, number, mobile, address], NOW + timedelta(days=180)),
        "required-only": ([name, number], None),
        "optional-only": ([mobile], None),
    }
    firm = {"items": [name], "until": None, "acting_for": "示范科技有限公司"}
    yield PageCase("consent-for-another", "consent/consent.html", fixed | firm, True)
    for state, (items, until) in states.items():
        yield PageCase(
            f"consent-{state}", "consent/consent.html", fixed | {"items": items, "until": until}, True
        )


def _hand_off() -> Iterator[PageCase]:
    for name, target in (
        ("web", "https://gjj.demo.example/cb?code=a&state=b"),
        ("scheme", "demo.app:/cb?code=a"),
    ):
        yield PageCase(
            f"hand-off-{name}", "login/hand_off.html", {"application": APPLICATION.name, "target_url": target}
        )
    fields = {"action": "https://gjj.demo.example/cb", "fields": {"code": "a", "state": "b"}}
    yield PageCase("form-post", "login/form_post.html", fields | {"application": APPLICATION.name})
    yield PageCase("form-post-plain", "login/form_post.html", fields)


def _failures() -> Iterator[PageCase]:
    fixed = {"reference": "7H2K-93QF", "time": NOW}
    known = {
        "application": APPLICATION.name,
        "home_url": APPLICATION.home_url,
        "message": "返回地址没有登记，我们没有跳转。",
        "details": ["error: invalid_request", "parameter: redirect_uri"],
    }
    unknown: dict[str, Any] = {
        "application": None,
        "home_url": None,
        "message": "这个应用没有登记。",
        "details": [],
    }
    yield PageCase("bad-request", "failures/bad_request.html", known | fixed)
    yield PageCase("bad-request-unknown", "failures/bad_request.html", unknown | fixed)
    answered = {key: known[key] for key in ("application", "home_url", "message")}
    yield PageCase("answered", "login/answered.html", answered)
    for status in FAILURE_STATUSES:
        words = failure_words(CATALOGUE, status, "zh-CN")
        yield PageCase(f"failure-{status}", "failures/failure.html", vars(words) | fixed)


def _logout() -> Iterator[PageCase]:
    told, silent = LogoutResult("公积金查询", "told"), LogoutResult("不动产登记", "silent")
    for application in (APPLICATION, None):
        suffix = "" if application else "-no-application"
        values: dict[str, Any] = {
            "application": application,
            "action": "/oauth/logout",
            "transaction": "abc",
            "cancel_url": "/account",
        }
        yield PageCase(f"logout{suffix}", "logout/confirm.html", values, True)
    for name, results in (("told", [told]), ("silent", [told, silent]), ("local", [])):
        values = {
            "application": APPLICATION,
            "results": results,
            "sign_in_url": "/account",
            "return_url": None,
        }
        yield PageCase(f"signed-out-{name}", "logout/signed_out.html", values)


class _Key(NamedTuple):
    algorithm: str
    kid: str


def _status() -> Iterator[PageCase]:
    values = {
        "issuer": "https://id.demo.example",
        "version": "0.1.0",
        "keys": [_Key("ES256", "synthetic-key-1")],
        "time": NOW,
    }
    checks = {"ready": [("database", "ok")], "not-ready": [("database", "ok"), ("ephemeral", "unreachable")]}
    for name, found in checks.items():
        yield PageCase(
            f"status-{name}", "status/status.html", values | {"is_ready": name == "ready", "checks": found}
        )
