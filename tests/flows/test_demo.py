"""`yihao demo` as a person meets it: seven processes, two departments, one sign-in, one sign-out."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.support.beeps import count_beeps
from tests.support.demo import (
    COMMAND,
    ENDED_SECONDS,
    STEP_SECONDS,
    demo,
    environment,
    free_ports,
    listens,
    started,
    wait_ready,
)

_FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_REFRESH = re.compile(r'http-equiv="refresh" content="0;url=([^"]*)"')


class Person:
    """A browser with one cookie jar for all ports, as browsers have; follows redirects and hand-off pages."""

    def __init__(self) -> None:
        self._client = httpx.Client(follow_redirects=True, timeout=20, headers={"Accept-Language": "zh-CN"})
        self.url = self.page = ""
        self.seen: list[str] = []

    def open(self, url: str) -> "Person":
        """Go to an address."""
        return self._arrive(self._client.get(url))

    def heard(self) -> str:
        """The answer to the proof of humanity on the page, from its sound."""
        sound = re.search(r'<audio[^>]* src="([^"]*)"', self.page)
        assert sound is not None
        return count_beeps(self._client.get(urljoin(self.url, unescape(sound.group(1)))).content)

    def submit(self, action: str, **fields: str) -> "Person":
        """Send the form of the page that leads to `action`, with its hidden fields."""
        for target, inside in _FORM.findall(self.page):
            if unescape(target) == action:
                inputs = (dict(_ATTRIBUTE.findall(tag)) for tag in re.findall(r"<input\b([^>]*)>", inside))
                hidden = {
                    one["name"]: unescape(one["value"]) for one in inputs if one.get("type") == "hidden"
                }
                origin = str(httpx.URL(self.url).copy_with(raw_path=b"/")).rstrip("/")
                return self._arrive(
                    self._client.post(
                        urljoin(self.url, action), data={**hidden, **fields}, headers={"Origin": origin}
                    )
                )
        raise AssertionError(f"no form to {action} at {self.url}: {self.page}")

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def _arrive(self, answer: httpx.Response) -> "Person":
        while True:
            self.seen += [str(step.url) for step in (*answer.history, answer)]
            self.url, self.page = str(answer.url), answer.text
            onward = _REFRESH.search(answer.text)
            if onward is None:
                return self
            answer = self._client.get(unescape(onward.group(1)))


def test_a_newcomer_registers_on_the_way_to_a_department(tmp_path: Path) -> None:
    """From the sign-in page through register and telephone to an account, then on to the department without a password."""
    with demo(tmp_path) as instance, person() as somebody:
        newcomer = instance["newcomers"][0]
        somebody.open(f"{instance['departments'][0]}/login")
        link = re.search(r'id="register" href="([^"]*)"', somebody.page)
        assert link is not None
        somebody.open(instance["issuer"] + unescape(link.group(1)))
        somebody.submit("/register", kind="111")
        somebody.submit("/register", name=newcomer["name"], id_number=newcomer["id_number"])
        somebody.submit("/register", mobile=newcomer["mobile"], human=somebody.heard())
        texts = httpx.get(instance["phone"]).text
        code = re.search(rf"{newcomer['mobile']}.*?(?<![0-9])([0-9]{{6}})(?![0-9])", texts, re.DOTALL)
        assert code is not None
        somebody.submit("/register", code=code.group(1))
        somebody.submit("/register", password="a long enough demo password")
        assert "账户已创建" in somebody.page
        assert "可信等级为 1 级" in somebody.page
        somebody.open(f"{instance['departments'][0]}/login")
        assert 'name="password"' not in somebody.page


def test_a_representative_claims_the_free_enterprise(tmp_path: Path) -> None:
    """By its old organisation code: the register's sandbox answers, the new code is shown, and it is his."""
    with demo(tmp_path) as instance, person() as somebody:
        free = instance["claimable"]
        boss = next(one for one in instance["persons"] if one["name"] == free["legal_representative"])
        page = "/account/organisations/claim"
        somebody.open(instance["issuer"] + page)
        somebody.submit("/login", identifier=boss["id_number"], password=boss["password"])
        somebody.submit(page, code=free["organisation_code"])
        assert free["uscc"] in somebody.page and free["name"] in somebody.page
        somebody.submit(page)
        assert "/organisation?id=" in somebody.url and free["name"] in somebody.page


def test_one_sign_in_opens_both_departments_and_one_sign_out_closes_both(tmp_path: Path) -> None:
    """Password once, consent at each department, the second (SM2) without a password; sign-out ends both."""
    with demo(tmp_path) as instance, person() as somebody:
        zhang = instance["persons"][0]
        affairs, welfare = instance["departments"]

        somebody.open(f"{affairs}/login")
        somebody.submit("/login", identifier=zhang["id_number"], password=zhang["password"])
        somebody.submit("/consent", decision="allow", **{"item-mobile": "on"})
        assert somebody.url == f"{affairs}/"
        assert "您好，张*" in somebody.page
        assert "140*************14" in somebody.page and zhang["id_number"] not in somebody.page
        assert "199******01" in somebody.page, "the optional item was ticked"

        somebody.open(f"{welfare}/login")
        assert 'name="password"' not in somebody.page
        somebody.submit("/consent", decision="allow")
        assert somebody.url == f"{welfare}/"
        assert "您好，张*" in somebody.page
        assert "199******01" not in somebody.page, "the optional item was left out"

        somebody.submit("/refresh")
        assert "信息已更新" in somebody.page

        somebody.submit("/logout")
        somebody.submit("/oauth/logout/confirm")
        assert somebody.url == f"{welfare}/?notice=signed_out"
        assert "使用一号登录" in somebody.page
        assert "使用一号登录" in somebody.open(f"{affairs}/").page, (
            "the first department was told from behind"
        )
        assert 'name="password"' in somebody.open(f"{affairs}/login").page


def test_person_who_does_not_agree_is_not_signed_in(tmp_path: Path) -> None:
    """Refusing on the consent page leads back to the department, which says so and signs nobody in."""
    with demo(tmp_path) as instance, person() as somebody:
        wang = instance["persons"][1]
        department = instance["departments"][0]
        somebody.open(f"{department}/login")
        somebody.submit("/login", identifier=wang["mobile"], password=wang["password"])
        somebody.submit("/consent", decision="deny")
        assert somebody.url.startswith(f"{department}/callback?")
        assert "您没有同意提供信息" in somebody.page
        assert "使用一号登录" in somebody.open(department).page


@pytest.mark.parametrize("change", ["state", "iss", "browser"])
@pytest.mark.clause("RFC 9207", "2.4")
def test_department_refuses_an_answer_that_is_not_its_own(
    shared: dict[str, Any], somebody: Person, change: str
) -> None:
    """A callback with another state, another issuer, or in another browser signs nobody in."""
    department, issuer = shared["departments"][0], shared["issuer"]
    with httpx.Client() as client:
        begun = httpx.URL(client.get(f"{department}/login").headers["Location"])
        jar = client.cookies if change != "browser" else httpx.Cookies()
        parameters = {"code": "x" * 43, "state": begun.params["state"], "iss": issuer}
        if change != "browser":
            parameters[change] = "https://other.example"
        answer = httpx.get(f"{department}/callback", params=parameters, cookies=jar)
    assert answer.status_code == 400
    assert ("wrong_issuer" if change == "iss" else "wrong_state") in answer.text
    assert not any("_session" in name for name in answer.cookies)


@pytest.mark.parametrize("token", ["", "a.b.c", "e30.e30.", "x" * 5000])
def test_department_refuses_a_logout_token_that_the_provider_did_not_sign(
    shared: dict[str, Any], token: str
) -> None:
    """Anybody can reach the back channel; only the provider's signature ends sessions there."""
    for department in shared["departments"]:
        answer = httpx.post(f"{department}/backchannel-logout", data={"logout_token": token})
        assert answer.status_code == 400
        assert answer.headers["Cache-Control"] == "no-store"


def test_frozen_and_closed_personas_cannot_sign_in(shared: dict[str, Any], somebody: Person) -> None:
    """The right password of a frozen or closed account leads to no department."""
    barred = [one for one in shared["persons"] if one["state"] != "active"]
    assert {one["state"] for one in barred} == {"frozen", "closed"}
    for one in barred:
        somebody.open(f"{shared['departments'][0]}/login")
        somebody.submit("/login", identifier=one["id_number"], password=one["password"])
        assert somebody.url.startswith(shared["issuer"])


def test_old_number_of_15_digits_signs_its_holder_in(shared: dict[str, Any], somebody: Person) -> None:
    """Somebody who only knows the number of the old card gets in."""
    chen = next(one for one in shared["persons"] if one["name"] == "陈旧号")
    somebody.open(f"{shared['departments'][0]}/login")
    somebody.submit("/login", identifier="140199000615127", password=chen["password"])
    assert "陈旧号" in somebody.page


def test_machine_client_gets_a_token_and_sees_what_it_is(shared: dict[str, Any]) -> None:
    """The service client of `demo.json` works as it is printed: client credentials, then introspection."""
    service = next(one for one in shared["clients"] if one["kind"] == "service")
    own = (service["client_id"], service["client_secret"])
    issuer = shared["issuer"]
    answer = httpx.post(f"{issuer}/oauth/token", data={"grant_type": "client_credentials"}, auth=own)
    token = answer.json()["access_token"]
    about = httpx.post(f"{issuer}/oauth/introspect", data={"token": token}, auth=own).json()
    assert about["active"] is True
    assert about["client_id"] == service["client_id"]


def test_second_run_keeps_people_and_secrets(tmp_path: Path) -> None:
    """What a developer copied from the first run still works after the second."""
    port = free_ports()
    with demo(tmp_path, port) as first:
        pass
    with demo(tmp_path, port) as second:
        assert second == first


def test_two_demos_run_beside_each_other(shared: dict[str, Any], tmp_path: Path) -> None:
    """Another port and another directory are another instance, with secrets of its own."""
    with demo(tmp_path) as other:
        assert other["issuer"] != shared["issuer"]
        for one in (other, shared):
            document = httpx.get(f"{one['issuer']}/.well-known/openid-configuration").json()
            assert document["issuer"] == one["issuer"]
        own, others = (
            {c["client_secret"] for c in one["clients"] if "client_secret" in c} for one in (shared, other)
        )
        assert own.isdisjoint(others)


def test_taken_port_is_said_in_one_sentence(shared: dict[str, Any], tmp_path: Path) -> None:
    """A port in use ends the command at once, with exit code 1 and without a trace."""
    port = int(shared["issuer"].rpartition(":")[2])
    ended = subprocess.run(
        COMMAND, env=environment(tmp_path, port), capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"端口 {port} 已被占用")
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "demo.json").exists()


def test_dead_server_ends_the_demo(tmp_path: Path) -> None:
    """A server that dies is not started again behind anybody's back: the rest ends too, and the name is said."""
    with started(tmp_path, free_ports()) as process:
        wait_ready(process, tmp_path)
        os.kill(children_of(process.pid)["worker"], signal.SIGKILL)
        assert process.wait(ENDED_SECONDS) == 1
        assert "worker" in (tmp_path / "stderr").read_text("utf-8")


def test_killed_demo_leaves_no_server_behind(tmp_path: Path) -> None:
    """Even after SIGKILL of the command itself nothing keeps listening."""
    with started(tmp_path, free_ports()) as process:
        instance = wait_ready(process, tmp_path)
        process.kill()
        process.wait()
        addresses = [instance["issuer"], instance["console"], *instance["departments"]]
        deadline = time.monotonic() + ENDED_SECONDS
        while any(map(listens, addresses)):
            assert time.monotonic() < deadline, "somebody still listens"
            time.sleep(STEP_SECONDS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """One running demo for the tests that change nothing in it."""
    with demo(tmp_path_factory.mktemp("demo")) as instance:
        yield instance


@pytest.fixture
def somebody() -> Iterator[Person]:
    """A fresh browser."""
    with person() as browser:
        yield browser


@contextmanager
def person() -> Iterator[Person]:
    """A fresh browser, closed afterwards."""
    browser = Person()
    try:
        yield browser
    finally:
        browser.close()


def children_of(pid: int) -> dict[str, int]:
    """The process ids of a demo's servers by the word of their command that names them."""
    found = {}
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        words = Path(f"/proc/{line}/cmdline").read_text("utf-8").split("\0")
        found[next((word for word in ("worker", "serve", "granian") if word in words), "")] = int(line)
    return found
