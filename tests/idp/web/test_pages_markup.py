"""What the pages hold, read with a parser: policy, escaping, frame, stable names, addresses."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from html.parser import HTMLParser
from typing import Any

import pytest
from jinja2 import UndefinedError

from idp.web.page_values import SignInForm
from idp.web.render import Renderer, application_url, local_path, preference_url, web_url
from idp.web.static_files import StaticFiles
from tests.support.page_case import APPLICATION, CATALOGUE, MARKUP, RENDERER, SITE, VIEW, PageCase
from tests.support.page_cases import page_cases

CASES = {case.name: case for case in page_cases()}
URL_NAMES = ("home_url", "target_url", "action", "privacy_url", "accessibility_url")
OWN = ("/static/", "/humanity/")
CHOICES = (
    "reason",
    "act",
    "status",
    "field",
    "state",
    "chosen",
    "scope",
    "capacity",
    "kind",
    "kinds",
    "asks",
    "differs",
    "outcome",
    "standing",
    "algorithm",
    "key",
)


class Reader(HTMLParser):
    """Collects the tags, the text and the title of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of every tag of this name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def ids(self) -> list[str]:
        """Give every id."""
        return [str(attributes["id"]) for _, attributes in self.tags if "id" in attributes]

    def title(self) -> str:
        """Give the words of the title."""
        text = "".join(self.words).strip()
        return text.split("\n")[0]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.sec("SEC-35")
def test_page_holds_nothing_that_the_policy_refuses(name: str, language: str) -> None:
    """No inline script, style or handler, and nothing loaded from elsewhere."""
    page = Reader(CASES[name].render(language))
    for tag, attributes in page.tags:
        assert tag not in ("style", "iframe", "object", "embed", "base"), tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"], attributes
    loaded = [*page.all("script"), *page.all("img"), *page.all("audio"), *page.all("link")]
    assert all(str(item.get("src") or item.get("href")).startswith(OWN) for item in loaded)
    assert page.all("html")[0]["lang"] == language


@pytest.mark.parametrize("name", CASES)
def test_page_has_the_frame(name: str) -> None:
    """One heading of the first rank, one main, a skip link to it, named navigation, and each id once."""
    page = Reader(CASES[name].render())
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("footer")) == 1
    assert page.all("a")[0]["href"] == "#main"
    assert page.all("main")[0]["id"] == "main"
    assert page.all("nav")
    assert all(nav.get("aria-label") for nav in page.all("nav"))
    assert len(page.ids()) == len(set(page.ids()))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sign-in-first", "登录 - 公积金查询 - 示范省统一身份认证平台"),
        ("sign-in-wrong", "错误：登录 - 公积金查询 - 示范省统一身份认证平台"),
        ("sign-in-no-application", "登录 - 示范省统一身份认证平台"),
        ("consent-first", "同意提供信息 - 公积金查询 - 示范省统一身份认证平台"),
        ("hand-off-web", "正在返回 - 公积金查询 - 示范省统一身份认证平台"),
        ("bad-request", "错误：请求有误 - 公积金查询 - 示范省统一身份认证平台"),
    ],
)
def test_title_says_step_application_platform(name: str, title: str) -> None:
    """The title tells a listener where they are, and begins with the error when there is one."""
    assert Reader(CASES[name].render()).title() == title


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("sign-in-first", {"identifier", "password", "submit"}),
        ("continue", {"continue", "other-account"}),
        ("consent-first", {"deny", "allow"}),
        ("hand-off-web", {"continue"}),
        ("hand-off-scheme", {"continue"}),
        ("form-post", {"continue"}),
        ("confirm-withdraw", {"cancel", "submit"}),
        ("logout", {"cancel", "logout-confirm"}),
    ],
)
def test_automation_finds_its_names(name: str, ids: set[str]) -> None:
    """The names that scripts of departments and tests rely on are there."""
    assert ids <= set(Reader(CASES[name].render("en")).ids())


def dirty(value: Any, name: str = "") -> Any:
    """Give `value` with markup in every text; addresses and choices from a fixed set keep their shape."""
    if name in CHOICES or isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return f"{value}?{MARKUP}" if name in URL_NAMES and ":" in value else MARKUP
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{item.name: dirty(getattr(value, item.name), item.name) for item in fields(value)}
        )
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return type(value)(**{key: dirty(item, key) for key, item in value._asdict().items()})
    if isinstance(value, Mapping):
        return {f"{key}{MARKUP}": dirty(item) for key, item in value.items()}
    return [dirty(item) for item in value] if isinstance(value, Iterable) else value


@pytest.mark.parametrize("name", CASES)
@pytest.mark.sec("SEC-35")
def test_markup_in_any_value_stays_text(name: str) -> None:
    """A name, error, reference, path or field that is markup shows as what it is and makes no element."""
    case = CASES[name]
    clean = Reader(case.render("en"))
    values = {key: dirty(value, key) for key, value in case.values.items()}
    signed = VIEW.signed_in_as if not case.is_signed_in else MARKUP
    view = replace(
        VIEW,
        language="en",
        csrf_token=MARKUP,
        path=MARKUP,
        signed_in_as=signed,
        request_id=MARKUP,
        acting=dirty(case.acting),
    )
    page = Renderer(CATALOGUE, dirty(SITE)).page(case.template, view, **values)
    found = Reader(page)
    expected = [tag for tag, _ in clean.tags]
    assert [tag for tag, _ in found.tags] == expected
    assert not [attributes for _, attributes in found.tags if "onerror" in attributes]
    assert MARKUP in "".join(found.words)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//elsewhere.example",
        "",
        "/path",
        "blob:https://x",
        "file:///etc/passwd",
        "\x01javascript:x",
    ],
)
@pytest.mark.sec("SEC-35")
def test_page_never_leads_to_an_address_that_runs(address: str) -> None:
    """Neither a hand-off nor a home link can be made of an address that would run here."""
    with pytest.raises(ValueError, match="address of"):
        RENDERER.page("login/hand_off.html", VIEW, application="a", target_url=address)
    with pytest.raises(ValueError, match="address of"):
        RENDERER.page("login/form_post.html", VIEW, action=address, fields={})
    with pytest.raises(ValueError, match="address of"):
        web_url(address)
    if address:
        bad = replace(APPLICATION, home_url=address)
        with pytest.raises(ValueError, match="address of"):
            RENDERER.page("login/timed_out.html", VIEW, application=bad, reason="idle")


def test_only_web_addresses_are_followed_without_a_press() -> None:
    """A native application's own scheme gets a button and no refresh (RFC 8252 §7.1)."""
    assert [item for item in Reader(CASES["hand-off-web"].render()).all("meta") if "http-equiv" in item]
    native = Reader(CASES["hand-off-scheme"].render())
    assert not [item for item in native.all("meta") if "http-equiv" in item]
    assert "demo.app:/cb?code=a" in [item.get("href") for item in native.all("a")]
    assert application_url("demo.app:/cb?code=a") == "demo.app:/cb?code=a"


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "",
        "x",
        "/\n/elsewhere.example",
        "javascript:alert(1)",
        "\\\\elsewhere.example",
    ],
)
def test_preference_links_come_back_to_this_site_only(path: str) -> None:
    """A path that a browser would read as another site is replaced by the root."""
    assert local_path(path) == "/"
    assert preference_url(path, language="en") == "/preferences?set=language%3Aen&back=%2F"


def test_preference_link_keeps_path_and_query() -> None:
    """The page to come back to is kept whole, its query escaped."""
    url = preference_url("/login?transaction=a&b=c", theme="dark")
    assert url == "/preferences?set=theme%3Adark&back=%2Flogin%3Ftransaction%3Da%26b%3Dc"


def test_missing_value_is_refused() -> None:
    """A page that is not given all its values fails instead of showing a gap."""
    with pytest.raises(UndefinedError):
        RENDERER.page("logout/confirm.html", VIEW, application=None, action="/x", transaction="t")
    with pytest.raises(KeyError):
        RENDERER.page("login/nowhere.html", VIEW)


def test_password_is_never_written_back() -> None:
    """The form keeps what was typed as identifier and has no place for the password."""
    values = dict(CASES["sign-in-wrong"].values) | {"form": SignInForm("/login", "typed before")}
    inputs = {
        item.get("id"): item
        for item in Reader(RENDERER.page("login/sign_in.html", VIEW, **values)).all("input")
    }
    assert inputs["identifier"]["value"] == "typed before"
    assert inputs["identifier"]["autocomplete"] == "username webauthn"
    assert inputs["password"].get("value") is None
    assert inputs["password"]["autocomplete"] == "current-password"
    assert not {"maxlength", "pattern"} & inputs["password"].keys()


@pytest.mark.parametrize(("size", "expected"), [("normal", True), ("large", False)])
def test_large_view_moves_no_focus(size: str, expected: bool) -> None:
    """In the large view nothing takes the focus by itself, so that nobody starts in the middle of the page."""
    page = Reader(CASES["sign-in-first"].render(size=size))
    assert any("autofocus" in item for item in page.all("input")) is expected


def test_consent_pushes_nobody() -> None:
    """Refusing stands first and looks like agreeing, and nothing optional is ticked beforehand."""
    page = Reader(CASES["consent-new-items"].render())
    deny, allow = [item for item in page.all("button") if item.get("name") == "decision"]
    assert (deny["value"], allow["value"]) == ("deny", "allow")
    assert deny["class"] == allow["class"]
    boxes = [item for item in page.all("input") if item.get("type") == "checkbox"]
    assert [box["name"] for box in boxes] == ["item-mobile", "item-address"]
    assert not [box for box in boxes if "checked" in box]


def test_empty_slots_of_the_site_are_not_shown() -> None:
    """A deployer who leaves a slot empty gets no empty line, link or label."""
    bare = Renderer(CATALOGUE, replace(SITE, **dict.fromkeys(_optional(), "")))
    case: PageCase = CASES["sign-in-first"]
    page = bare.page(case.template, VIEW, **case.values).decode()
    for gone in ("主办单位", "网站标识码", "隐私政策", "无障碍声明", "12345", "ICP"):
        assert gone not in page


def test_static_files_are_found_by_their_exact_address_only() -> None:
    """An address carries the digest of the content; without it, or with another, there is nothing."""
    static = StaticFiles()
    url = static.url("css/base.css")
    found = static.find(url)
    assert found is not None
    assert found.content_type == "text/css; charset=utf-8"
    assert found.etag.strip('"') in url
    assert "immutable" in found.cache_control
    for path in (
        "/static/css/base.css",
        url + "x",
        "/static/../render.py",
        "/static/",
        url.replace("base", "tokens"),
    ):
        assert static.find(path) is None
    with pytest.raises(KeyError):
        static.url("css/nothing.css")


def _optional() -> list[str]:
    return [item.name for item in fields(SITE) if not item.name.startswith("name_")]
