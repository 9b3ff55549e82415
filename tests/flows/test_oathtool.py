"""An app of somebody else's making: the secret from the page goes into oathtool, and its codes sign in."""

import re
import shutil
import subprocess

import pytest

from tests.support.journey import Browser
from tests.support.provider import Provider

APP = "/account/security/app"


def _shown(secret: str, at: float) -> str:
    """What oathtool shows at a time, from a secret as the page writes it."""
    oathtool = shutil.which("oathtool")
    assert oathtool is not None
    words = [oathtool, "--totp=sha1", "-b", f"--now=@{int(at)}", secret.replace(" ", "")]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.clause("RFC 6238", "4.2")
def test_a_code_of_oathtool_enrols_and_signs_in_once(any_provider: Provider) -> None:
    """Enrolled from the page's own text; the next sign-in asks for a code; the same one a second time is refused."""
    person = any_provider.make.person()
    browser = Browser(any_provider).open(APP).sign_in(person)
    found = re.search(r"(?<![A-Z2-7])(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}(?![A-Z2-7])", browser.page)
    assert found is not None
    secret = found.group(0)
    browser.submit(code=_shown(secret, any_provider.clock.timestamp()))
    assert browser.path == "/account/security" and "验证器应用" in browser.page
    any_provider.clock.advance(60)
    code = _shown(secret, any_provider.clock.timestamp())
    again = Browser(any_provider).open("/account").sign_in(person)
    assert again.path in {"/login/totp", "/login/more"} and again.cookie("yh_session") is None
    again.open(again_page(again)).submit(code=code)
    assert again.path == "/account"
    other = Browser(any_provider).open("/account").sign_in(person)
    other.open(again_page(other)).submit(code=code)
    assert other.cookie("yh_session") is None and "验证码不正确" in other.page


def again_page(browser: Browser) -> str:
    """The page that takes a code of an app, for the transaction of the page that is shown."""
    found = re.search(r'name="transaction" value="([^"]+)"', browser.page)
    assert found is not None
    return f"/login/totp?transaction={found.group(1)}"
