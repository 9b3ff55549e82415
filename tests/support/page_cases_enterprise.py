"""The pages of organisations in every state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from idp.claiming.service import Refusal
from idp.enterprise.claim import Refused
from idp.enterprise.offer import MATTER, TypedOffer
from idp.enterprise.page_values import (
    CapacityRow,
    Counts,
    GrantRow,
    HappeningRow,
    MatterChoice,
    MatterGroup,
    OrganisationCard,
)
from idp.identifiers.capacity import Capacity
from idp.organisations.models import OrganisationType, RegistrationStatus
from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, NOW, PageCase

DAY = timedelta(days=1)
CLAIM = "/account/organisations/claim"
FIRM = OrganisationCard(
    "o1",
    "示范科技有限公司",
    "91140100MA0T00011A",
    OrganisationType.ENTERPRISE,
    RegistrationStatus.REGISTERED,
    None,
)
HELD = replace(FIRM, id="o2", name="样板个体工商户", uscc="921*************17", frozen_for="dispute")
AGENT = GrantRow(
    "g1",
    "王*例",
    Capacity.AGENT,
    ["企业所得税申报", "社会保险登记"],
    NOW - 30 * DAY,
    NOW + 300 * DAY,
    "active",
    NOW,
    True,
)
BOSS = replace(
    AGENT, id="g2", who="张*示", capacity=Capacity.LEGAL_REPRESENTATIVE, matters=[], ends_at=None, is_own=True
)
INVITED = replace(AGENT, id="g3", who="199******02", state="invited", last_used_at=None, may_delegate=False)
RESTS = replace(AGENT, id="g4", state="handover", capacity=Capacity.ADMINISTRATOR, matters=[], ends_at=None)
OVER = replace(AGENT, id="g5", state="ended")


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    yield from _list()
    yield from _home()
    yield from _claim()
    yield from _history()
    yield from _close()
    yield from _agents()
    yield from _invite()
    yield from _invitation()
    yield from _grant()


def _case(name: str, template: str, values: dict[str, object]) -> PageCase:
    return PageCase(f"enterprise-{name}", f"enterprise/{template}.html", values, True)


def _list() -> Iterator[PageCase]:
    rows = [
        CapacityRow(FIRM, Capacity.LEGAL_REPRESENTATIVE, None, None),
        CapacityRow(HELD, Capacity.AGENT, NOW + DAY, "代理记账有限公司"),
    ]
    over = [replace(FIRM, id="o3", status=RegistrationStatus.DEREGISTERED)]
    yield _case("list", "list", {"capacities": rows, "invitations": [(INVITED, FIRM)], "over": over})
    yield _case("list-empty", "list", {"capacities": [], "invitations": [], "over": []})


def _history() -> Iterator[PageCase]:
    signed_in = HappeningRow(NOW, "王*例", "signed_in", Capacity.AGENT, "", "公积金查询")
    acts = ("invited", "accepted", "declined", "withdrawn", "expired", "ended", "chosen", "switched")
    rows = [signed_in, *(replace(signed_in, act=act, to="李*", application="") for act in acts)]
    values = {"organisation": FIRM, "rows": rows, "chosen": "", "older": "1764172800000000.abc", "days": 180}
    yield _case("history", "history", values)
    yield _case("history-empty", "history", values | {"rows": [], "chosen": "uses", "older": None})


def _close() -> Iterator[PageCase]:
    values: dict[str, Any] = {
        "organisation": FIRM,
        "state": "active",
        "until": None,
        "days": 90,
        "was_refused": False,
    }
    yield _case("close", "close", values)
    gone = replace(FIRM, status=RegistrationStatus.DEREGISTERED)
    ended = {"organisation": gone, "state": "read_only", "until": NOW + 90 * DAY}
    yield _case("close-read-only", "close", values | ended | {"was_refused": True})
    yield _case("close-closed", "close", values | ended | {"state": "closed"})


def _claim() -> Iterator[PageCase]:
    plain = {"typed": "", "errors": [], "needed": None, "action": CLAIM}
    wrong = [FieldError("code", CATALOGUE.text("uscc.check", "zh-CN"))]
    yield _case("claim", "claim", plain)
    yield _case("claim-wrong", "claim", plain | {"typed": "91140199MA0T84032Q", "errors": wrong})
    yield _case("claim-level", "claim", plain | {"needed": 2})
    check = {"name": FIRM.name, "uscc": FIRM.uscc, "typed": "MA0T84032", "action": CLAIM}
    yield _case("claim-check", "claim_check", check)
    managers = (replace(BOSS, is_own=False), replace(AGENT, capacity=Capacity.ADMINISTRATOR))
    for why in Refusal:
        whom = managers if why is Refusal.MISMATCH else ()
        refused = Refused(why, None if why is Refusal.SEVERAL else FIRM.uscc, whom)
        values = {"refused": refused, "back_url": CLAIM}
        yield _case(f"claim-{why.value.replace('_', '-')}", "claim_refused", values)


def _home() -> Iterator[PageCase]:
    counts = Counts(administrator=1, agent=12, invited=2)
    alerts = [CATALOGUE.text("organisation.alert.handover", "zh-CN", n=3)]
    values = {
        "organisation": FIRM,
        "capacity": Capacity.LEGAL_REPRESENTATIVE,
        "manages": True,
        "is_representative": True,
        "alerts": alerts,
        "counts": counts,
    }
    yield _case("home", "home", values)
    plain = {
        "organisation": HELD,
        "capacity": Capacity.AGENT,
        "manages": False,
        "is_representative": False,
        "alerts": [],
    }
    yield _case("home-agent", "home", values | plain)


def _agents() -> Iterator[PageCase]:
    values = {"organisation": FIRM, "rows": [BOSS, AGENT, INVITED, RESTS, OVER], "chosen": "", "mark": "end-"}
    yield _case("agents", "agents", values)
    yield _case("agents-empty", "agents", values | {"rows": [], "chosen": "over"})
    yield _case("end", "end", {"organisation": FIRM, "rows": [AGENT, RESTS], "mark": "end-"})


def _invite() -> Iterator[PageCase]:
    tax = [MatterChoice("TAX-001", "企业所得税申报", True), MatterChoice("TAX-002", "增值税申报", False)]
    security = [MatterChoice("SI-001", "社会保险登记", False)]
    groups = [MatterGroup("示范省税务局", tax), MatterGroup("示范省人力资源和社会保障厅", security)]
    form = TypedOffer("19900008402", "agent", "chosen", frozenset({"TAX-001"}), "2026-11-23", "2027-11-23")
    values = {
        "organisation": FIRM,
        "form": form,
        "groups": groups,
        "may_name_administrators": True,
        "mark": MATTER,
        "errors": [],
    }
    yield _case("invite", "invite", values)
    errors = [
        FieldError("who", CATALOGUE.text("invite.who", "zh-CN")),
        FieldError("matters", CATALOGUE.text("invite.no_matters", "zh-CN")),
        FieldError("ends", CATALOGUE.text("invite.day", "zh-CN")),
    ]
    wrong = {
        "form": replace(form, who="12", ends="32"),
        "errors": errors,
        "groups": [],
        "may_name_administrators": False,
    }
    yield _case("invite-wrong", "invite", values | wrong)
    check = {
        "organisation": FIRM,
        "who": "199******02",
        "capacity": Capacity.AGENT,
        "matters": ["企业所得税申报"],
        "starts_at": NOW,
        "ends_at": NOW + 365 * DAY,
        "may_delegate": False,
        "draft": "d1",
    }
    yield _case("invite-check", "invite_check", check)
    yield _case(
        "invite-check-all", "invite_check", check | {"matters": [], "may_delegate": True, "ends_at": None}
    )
    refused = {
        "text": CATALOGUE.text("delegation.refused.too_many", "zh-CN"),
        "back_url": "/organisation/invite?id=o1",
    }
    yield _case("refused", "refused", refused)


def _invitation() -> Iterator[PageCase]:
    values = {
        "organisation": FIRM,
        "capacity": Capacity.AGENT,
        "matters": ["企业所得税申报", "社会保险登记"],
        "starts_at": NOW,
        "ends_at": NOW + 365 * DAY,
        "may_delegate": False,
        "is_open": True,
        "needed": None,
        "refused": None,
        "id": "g3",
        "action": "/account/invitation/answer",
    }
    yield _case("invitation", "invitation", values)
    low = {"needed": 2, "refused": CATALOGUE.text("delegation.refused.level", "zh-CN"), "may_delegate": True}
    yield _case("invitation-level", "invitation", values | low)
    yield _case("invitation-over", "invitation", values | {"is_open": False})


def _grant() -> Iterator[PageCase]:
    values = {
        "organisation": FIRM,
        "row": AGENT,
        "is_open": True,
        "is_invited": False,
        "is_handover": False,
        "may_narrow": True,
        "errors": [],
        "refused": None,
        "action": "/organisation/grant",
    }
    yield _case("grant", "grant", values)
    wrong = [FieldError("ends", CATALOGUE.text("invite.day", "zh-CN"))]
    refused = CATALOGUE.text("delegation.refused.only_narrower", "zh-CN")
    yield _case("grant-wrong", "grant", values | {"errors": wrong, "refused": refused})
    yield _case("grant-invited", "grant", values | {"row": INVITED, "is_open": False, "is_invited": True})
    yield _case("grant-handover", "grant", values | {"row": RESTS, "is_handover": True})
    yield _case("grant-over", "grant", values | {"row": OVER, "is_open": False})
    yield _case("handover", "handover", {"organisation": FIRM, "rows": [RESTS, AGENT], "may_decide": True})
    yield _case("handover-none", "handover", {"organisation": FIRM, "rows": [], "may_decide": False})
