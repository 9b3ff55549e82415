"""The pages of registering oneself in every state."""

from collections.abc import Iterator
from typing import Any

from idp.identifiers.document import DOCUMENT_NAMES
from idp.web.page_values import FieldError
from tests.support.page_case import CATALOGUE, PageCase

FAULTS = {
    "identity": ("id_number", "id.check"),
    "mobile": ("mobile", "mobile.format"),
    "code": ("code", "code.bad"),
    "password": ("password", "password.short"),
}


def cases() -> Iterator[PageCase]:
    """Every page of this package."""
    fixed: dict[str, Any] = {
        "total": 5,
        "registration": "r1",
        "action": "/register",
        "errors": [],
        "kind": "111",
        "kinds": list(DOCUMENT_NAMES),
        "name": "阿依努尔·示范",
        "id_number": "650199190106217088",
        "mobile": "19900008407",
        "masked_mobile": "199******07",
        "masked_number": "650*************88",
        "human": "abc",
        "another_url": "/register?registration=r1&step=mobile",
    }
    for number, step in enumerate(("document", "identity", "mobile", "code", "password"), start=1):
        back = None if number == 1 else "/register?registration=r1&step=document"
        values = fixed | {"number": number, "back_url": back}
        yield PageCase(f"register-{step}", f"registration/{step}.html", values)
        if step in FAULTS:
            field, key = FAULTS[step]
            errors = [FieldError(field, CATALOGUE.text(key, "zh-CN"))]
            yield PageCase(f"register-{step}-wrong", f"registration/{step}.html", values | {"errors": errors})
    for is_proved in (True, False):
        values = {"is_proved": is_proved, "next_url": "/account"}
        yield PageCase(f"register-created-{int(is_proved)}", "registration/created.html", values)
    for is_owner in (True, False):
        values = {"is_owner": is_owner, "login_url": "/login", "again_url": "/register?registration=r1"}
        yield PageCase(f"register-not-created-{int(is_owner)}", "registration/not_created.html", values)
    yield PageCase("register-too-young", "registration/too_young.html", {})
