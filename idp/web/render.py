"""Pages: templates compiled at boot, filled with values, given out as UTF-8 bytes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from idp.clock import Clock, SystemClock, instant
from idp.web.i18n import Catalogue, Language, format_datetime, format_day, format_relative, full_minute
from idp.web.qr import qr_svg
from idp.web.static_files import StaticFiles

A_MOMENT = timedelta(seconds=1)
"""An end is the first instant that is over; the last day before it is what people write."""
TEMPLATE_FOLDER = Path(__file__).parent / "templates"
WEB_SCHEMES = frozenset({"http", "https"})
# What runs or reads something in this origin or on this machine, and is never an application's own scheme.
CLOSED_SCHEMES = frozenset(
    {"", "javascript", "data", "vbscript", "file", "blob", "about", "view-source", "filesystem"}
)


@dataclass(frozen=True)
class Site:
    """What the deploying authority fills in; an empty slot is not shown.

    `contact_*` is a sentence that names the counter or hotline; the filing numbers stand in the footer.
    """

    name_zh: str
    name_en: str
    department_zh: str = ""
    department_en: str = ""
    contact_zh: str = ""
    contact_en: str = ""
    site_code: str = ""
    icp_filing: str = ""
    police_filing: str = ""
    accessibility_url: str = ""
    privacy_url: str = ""

    def name(self, language: str) -> str:
        """The platform's name."""
        return self.name_zh if language == Language.ZH else self.name_en

    def department(self, language: str) -> str:
        """The department that runs it."""
        return self.department_zh if language == Language.ZH else self.department_en

    def contact(self, language: str) -> str:
        """Where a person finds help."""
        return self.contact_zh if language == Language.ZH else self.contact_en

    def has_foot(self, language: str) -> bool:
        """Whether anything is filled in that stands in the footer."""
        facts = (
            self.site_code,
            self.icp_filing,
            self.police_filing,
            self.accessibility_url,
            self.privacy_url,
        )
        return any((self.contact(language), self.department(language), *facts))


@dataclass(frozen=True)
class ActingBar:
    """Whom the person acts for: shown first on every page. `name` None: that is over, and nobody is acted for."""

    name: str | None
    capacity: str
    until: datetime | None


@dataclass(frozen=True)
class ViewContext:
    """What every page knows of its request.

    `theme` is auto, light or dark; `size` normal or large; `path` the path and query to come back to after a
    change of language or looks; `signed_in_as` a masked name. What comes from cookies the caller has checked.
    """

    language: str
    theme: str
    size: str
    csrf_token: str
    path: str
    signed_in_as: str | None
    request_id: str
    acting: ActingBar | None = None


class Renderer:
    """Fills templates. All of them are compiled here, so a broken one stops the boot and not a citizen."""

    def __init__(
        self,
        catalogue: Catalogue,
        site: Site,
        static_files: StaticFiles | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._site = site
        self._clock = clock or SystemClock()
        environment = Environment(
            loader=FileSystemLoader(TEMPLATE_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals["static_url"] = (static_files or StaticFiles()).url
        environment.globals["qr"] = qr_svg
        environment.filters["web_url"] = web_url
        environment.filters["application_url"] = application_url
        environment.filters["full_minute"] = full_minute
        environment.tests["web_url"] = _is_web
        self._templates = {name: environment.get_template(name) for name in environment.list_templates()}

    def page(self, template: str, view: ViewContext, **values: object) -> bytes:
        """Fill `template` ("login/sign_in.html") with `values`; page_values.py lists what each needs.

        An unknown template or text key raises KeyError, a value not given jinja2.UndefinedError.
        """
        language = view.language
        now = instant(self._clock)
        frame = {
            "view": view,
            "site": self._site,
            "t": partial(self._catalogue.text, language=language),
            "when": lambda moment: format_datetime(moment, language, now),
            "day": lambda moment: format_day(moment, language),
            "last_day": lambda end: format_day(end - A_MOMENT, language),
            "distance": lambda moment: format_relative(moment, language, now),
            "preference_url": partial(preference_url, view.path),
        }
        return self._templates[template].render(values | frame).encode()


def preference_url(back: str, **choice: str) -> str:
    """Give the address that stores one choice (`language="en"`) and returns to `back`, if that is ours."""
    ((name, value),) = choice.items()
    return "/preferences?" + urlencode({"set": f"{name}:{value}", "back": local_path(back)})


def local_path(path: str) -> str:
    """Give `path` if it is an absolute path within this origin, else "/".

    Browsers drop tabs and line ends and read a backslash as a slash, so `/\\host` and `/<tab>/host` would
    leave (WHATWG URL §4.4).
    """
    is_local = path.startswith("/") and not path.startswith("//")
    return path if is_local and "\\" not in path and path.isprintable() else "/"


def web_url(url: str) -> str:
    """Let an http or https address through and raise ValueError for any other."""
    if not _is_web(url):
        raise ValueError("address of another scheme than http and https")
    return url


def application_url(url: str) -> str:
    """Let the address of an application through, also one of its own scheme (RFC 8252 §7.1).

    Raises ValueError for schemes that would run or read something here.
    """
    if urlsplit(url).scheme in CLOSED_SCHEMES:
        raise ValueError("address of a scheme that no application may use")
    return url


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in WEB_SCHEMES
