"""One page in one state, and what renders it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from idp.web.i18n import Catalogue
from idp.web.page_values import (
    Application,
)
from idp.web.render import ActingBar, Renderer, Site, ViewContext

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
CATALOGUE = Catalogue()
SITE = Site(
    name_zh="示范省统一身份认证平台",
    name_en="Demo Province Unified Identity",
    department_zh="示范省行政审批服务管理局",
    department_en="Demo Province Administration Service Bureau",
    contact_zh="需要帮助，可拨打 12345 或到就近的政务服务窗口",
    contact_en="Need help? Call 12345 or go to a government service counter near you",
    site_code="0000000000",
    icp_filing="示ICP备00000000号",
    police_filing="示公网安备00000000000000号",
    privacy_url="https://www.demo.example/privacy",
    accessibility_url="https://www.demo.example/accessibility",
)
VIEW = ViewContext(
    language="zh-CN",
    theme="auto",
    size="normal",
    csrf_token="synthetic-form-token",
    path="/login?transaction=abc",
    signed_in_as=None,
    request_id="7H2K-93QF",
)
APPLICATION = Application("公积金查询", "示范省住房公积金管理中心", "https://gjj.demo.example/")
MARKUP = "<img src=x onerror=alert(1)>\"'"


class StillClock:
    """A clock that stands at NOW."""

    def timestamp(self) -> float:
        return NOW.timestamp()


RENDERER = Renderer(CATALOGUE, SITE, clock=StillClock())


@dataclass(frozen=True)
class PageCase:
    """One page in one state: its name, the template, and the values for it."""

    name: str
    template: str
    values: Mapping[str, Any]
    is_signed_in: bool = False
    acting: ActingBar | None = None

    def render(self, language: str = "zh-CN", theme: str = "auto", size: str = "normal") -> bytes:
        """Render the page as the given person would get it."""
        view = replace(VIEW, language=language, theme=theme, size=size)
        if self.is_signed_in:
            view = replace(view, signed_in_as="张*明", path="/account", acting=self.acting)
        return RENDERER.page(self.template, view, **self.values)
