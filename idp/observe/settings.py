"""Settings of what this process tells its operators."""

from typing import Literal

from pydantic import Field

from idp.settings import Section


class ObserveSettings(Section):
    """Section `observe`."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Least level that is logged; requests that succeed are logged at `debug` only.",
    )
