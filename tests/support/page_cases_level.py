"""The pages of the level of assurance, in every state."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from idp.oauth.endpoints.level import ShownMatter
from idp.portal.level import ShownProof, ShownWay
from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, NOW, PageCase

DAY = timedelta(days=1)
BANK = ShownWay("bank", 2, "银行卡核验", "约 1 分钟，需要本人银行卡和银行预留的手机号", False)
FACE = ShownWay("face", 2, "人脸核验", "约 2 分钟，在光线较好的地方用手机完成", False)
PROOFS = [
    ShownProof("公安人口库比对", 1, NOW - 90 * DAY, None, "counts"),
    ShownProof("银行卡核验", 2, NOW - 30 * DAY, NOW + 900 * DAY, "counts"),
    ShownProof("人脸核验", 2, NOW - 800 * DAY, NOW - 70 * DAY, "expired"),
    ShownProof("窗口当面核实", 3, NOW - 400 * DAY, None, "revoked"),
]


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    page: dict[str, Any] = {
        "level": 1,
        "until": None,
        "following": 0,
        "is_raised": False,
        "proofs": PROOFS[:1],
        "ways": [BANK, FACE],
        "missing": [(2, 1), (3, 2)],
        "action": "/account/level/prove",
        "request_id": None,
    }
    lacking = ShownWay("bank", 2, "银行卡核验", "约 1 分钟", True)
    states: dict[str, dict[str, Any]] = {
        "first": {"level": 0, "proofs": [], "ways": [lacking, FACE]},
        "one": {},
        "raised": {
            "level": 2,
            "until": NOW + 900 * DAY,
            "following": 1,
            "is_raised": True,
            "proofs": PROOFS,
            "request_id": "abcdefghijklmnopqrstuvwxyz",
        },
        "highest": {"level": 3, "ways": [], "missing": []},
    }
    for state, values in states.items():
        yield PageCase(f"level-{state}", "portal/level.html", page | values, True)
    yield from _proving()
    yield from _stepping_up()


def _proving() -> Iterator[PageCase]:
    form: dict[str, Any] = {
        "way": FACE,
        "asks": ["result_token"],
        "needs_consent": True,
        "has_agreed": False,
        "errors": [],
        "outcome": "",
        "differs": [],
        "action": "/account/level/prove",
        "back_url": "/account/level",
        "request_id": None,
    }
    empty = [
        FieldError(name, CATALOGUE.text(f"assurance.empty.{name}", "zh-CN"))
        for name in ("result_token", "consent")
    ]
    bank = {"way": BANK, "asks": ["card_number"], "needs_consent": False}
    forms: dict[str, dict[str, Any]] = {
        "face": {},
        "empty": {"errors": empty},
        "unproved": bank | {"outcome": "unproved", "differs": ["name", "mobile"]},
        "down": bank | {"outcome": "down"},
        "credential": {"asks": ["credential"], "has_agreed": True, "request_id": "abcdefghijklmnopqrst"},
        "receipt": {"asks": ["receipt"], "needs_consent": False},
    }
    for state, values in forms.items():
        yield PageCase(f"prove-{state}", "portal/prove.html", form | values, True)


def _stepping_up() -> Iterator[PageCase]:
    step_up: dict[str, Any] = {
        "application": "公积金查询",
        "matters": [ShownMatter("不动产登记", "涉及重大财产权益", 3)],
        "level": 1,
        "needed": 3,
        "ways": [("窗口当面核实", "已在窗口核实的，填写回执编号即可")],
        "request_id": "r1",
        "raise_url": "/account/level?request=r1",
        "resume_url": "/oauth/authorize/resume?request=r1",
        "action": "/oauth/step-up",
    }
    yield PageCase("step-up", "login/step_up.html", step_up)
    several = [*step_up["matters"], ShownMatter("社会保险登记", "", 2)]
    yield PageCase("step-up-several", "login/step_up.html", step_up | {"matters": several, "ways": []})
