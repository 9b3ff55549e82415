"""Gateways that end TLS in front of the provider: client certificates arrive, forged ones do not."""

import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from OpenSSL import SSL

from tests.support import certificate_echo, rfc8998
from tests.support.gateway import HEADER, granian, nginx
from tests.support.openssl_ca import Pair, Parties, parties
from tests.support.provider import SqliteTemplate

ECHO = "tests.support.certificate_echo:create_app"
PROVIDER = "idp.main:create_public_app"
CALLER = "127.0.0.3"
"""An address of the loopback network that is not the gateway's."""
DISCOVERY = "/.well-known/openid-configuration"
HEALTH = "/health/ready"


@dataclass(frozen=True, slots=True)
class Front:
    """nginx as a caller at 127.0.0.3 sees it, the header that it sets, and the folder of its logs."""

    port: int
    met: Parties
    header: str
    folder: Path

    def get(
        self, path: str, pair: Pair | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """GET through the gateway, showing `pair`."""
        context = ssl.create_default_context(cafile=str(self.met.gateway_root.certificate))
        if pair is not None:
            context.load_cert_chain(pair.certificate, pair.key)
        return _get(f"https://127.0.0.1:{self.port}{path}", headers, context)


def _get(
    url: str,
    headers: dict[str, str] | None = None,
    verify: ssl.SSLContext | bool = False,
    address: str = CALLER,
) -> httpx.Response:
    transport = httpx.HTTPTransport(verify=verify, local_address=address)
    with httpx.Client(transport=transport, timeout=20, follow_redirects=True) as client:
        return client.get(url, headers=headers)


def _web(header: str, form: str) -> dict[str, object]:
    """The section `web` behind a gateway at 127.0.0.1."""
    return {
        "trusted_proxies": ["127.0.0.1/32"],
        "client_certificate_header": header,
        "client_certificate_format": form,
        "client_certificate_proxies": ["127.0.0.1/32"],
    }


def _as_environment(web: dict[str, object]) -> dict[str, str]:
    return {
        f"YIHAO_WEB__{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in web.items()
    }


@pytest.fixture(scope="module")
def ec(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    """Parties with keys on P-256."""
    return parties(tmp_path_factory.mktemp("ec"), "ec")


@pytest.fixture(scope="module")
def sm2(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    """Parties with SM2 keys."""
    return parties(tmp_path_factory.mktemp("sm2"), "sm2")


@pytest.fixture(scope="module", params=[HEADER, "Client-Cert"])
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, ec: Parties
) -> Iterator[Front]:
    """The product's edge behind nginx, with a header name without and with a hyphen."""
    folder = tmp_path_factory.mktemp("nginx")
    settings = {certificate_echo.SETTINGS: json.dumps(_web(request.param, "escaped-pem"))}
    with (
        granian(ECHO, settings, folder / "echo.log") as upstream,
        nginx(folder / "n", ec.gateway, ec.department_root, upstream, request.param) as port,
    ):
        yield Front(port, ec, request.param, folder / "n")


@pytest.fixture(scope="module")
def sm_gateway(tmp_path_factory: pytest.TempPathFactory, sm2: Parties) -> Iterator[int]:
    """The port of a gateway under RFC 8998 with the product's edge behind it."""
    folder = tmp_path_factory.mktemp("rfc8998")
    settings = {certificate_echo.SETTINGS: json.dumps(_web("Client-Cert", "rfc9440"))}
    with (
        granian(ECHO, settings, folder / "echo.log") as upstream,
        rfc8998.gateway(sm2.gateway, sm2.department_root, upstream) as port,
    ):
        yield port


def test_nginx_hands_on_the_certificate_that_was_shown(front: Front) -> None:
    """The edge sees the very certificate of the handshake, and the caller's own address."""
    assert front.get("/", front.met.department).json() == {
        "certificate": front.met.department.sha256,
        "address": CALLER,
    }


def test_a_caller_without_a_certificate_is_served_without_one(front: Front) -> None:
    """Mutual TLS is an offer at this address: persons sign in without it."""
    assert front.get("/").json() == {"certificate": None, "address": CALLER}


@pytest.mark.sec("SEC-36")
def test_nginx_drops_a_certificate_header_of_the_caller(front: Front) -> None:
    """In no spelling, alone or beside a certificate of his own, does a caller's own header get through."""
    forged = quote(front.met.department.certificate.read_text(), safe="")
    spellings = {front.header, front.header.lower(), front.header.upper(), front.header.replace("-", "_")}
    for name in sorted(spellings | {"Yihao_Client_Cert", "Yihao-Client-Cert"}):
        assert front.get("/", headers={name: forged}).json()["certificate"] is None, name
        assert front.get("/", headers={name: "garbage"}).json()["certificate"] is None, name
        both = front.get("/", front.met.department, {name: "garbage"})
        assert both.json()["certificate"] == front.met.department.sha256, name


def test_nginx_refuses_a_certificate_of_a_stranger(front: Front) -> None:
    """Neither an unknown root nor addresses in headers reach the edge as something else."""
    refused = front.get("/", front.met.stranger)
    assert refused.status_code == 400
    assert "certificate" in refused.text.lower()
    named = front.get("/", headers={"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"})
    assert named.json()["address"] == CALLER


@pytest.mark.sec("SEC-43")
def test_nginx_keeps_queries_out_of_its_log(front: Front) -> None:
    """Codes and states travel in queries: the log has the path alone."""
    front.get("/oauth/authorize?code=canary-in-query&state=canary")
    log = (front.folder / "access.log").read_text()
    assert "/oauth/authorize" in log
    assert "canary" not in log


def test_probes_are_not_for_outside(front: Front) -> None:
    """The health addresses answer the load balancer and nobody else."""
    context = ssl.create_default_context(cafile=str(front.met.gateway_root.certificate))
    url = f"https://127.0.0.1:{front.port}{HEALTH}"
    assert _get(url, verify=context).status_code == 403
    assert _get(url, verify=context, address="127.0.0.1").status_code == 200


@pytest.mark.sec("SEC-36")
def test_the_provider_behind_nginx_serves_and_refuses_who_goes_around_it(
    sqlite_template: SqliteTemplate, tmp_path: Path, ec: Parties
) -> None:
    """Pages and discovery pass with and without a certificate; the header from elsewhere is 400, named in the log."""
    settings = sqlite_template.copy(tmp_path) | _as_environment(_web(HEADER, "escaped-pem"))
    log = tmp_path / "provider.log"
    with (
        granian(PROVIDER, settings, log) as upstream,
        nginx(tmp_path / "n", ec.gateway, ec.department_root, upstream) as port,
    ):
        behind = Front(port, ec, HEADER, tmp_path / "n")
        for pair in (None, ec.department):
            assert behind.get(DISCOVERY, pair).json()["issuer"] == settings["YIHAO_ISSUER"]
            assert behind.get("/login", pair, {"Accept-Language": "zh-CN"}).status_code == 200
        around = f"http://127.0.0.1:{upstream}"
        assert _get(around + DISCOVERY).status_code == 200
        for value in (quote(ec.department.certificate.read_text(), safe=""), "garbage", ""):
            refused = _get(around + DISCOVERY, {HEADER: value})
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
            reference = refused.json()["reference"]
            assert refused.headers["X-Request-ID"] == reference
            assert _get(around + "/login", {HEADER: value}).status_code == 400
    events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    named = [event for event in events if event["event"] == "client_certificate.foreign_sender"]
    assert len(named) == 6
    assert reference in {event["request_id"] for event in named}


def test_a_department_reaches_the_edge_under_national_cryptography(sm_gateway: int, sm2: Parties) -> None:
    """TLS 1.3 with TLS_SM4_GCM_SM3, curveSM2 and SM2 certificates on both sides; the client's arrives whole."""
    answer = rfc8998.call(sm_gateway, sm2.gateway_root, "/", sm2.department)
    assert (answer.version, answer.suite, answer.group) == ("TLSv1.3", "TLS_SM4_GCM_SM3", "curveSM2")
    told = json.loads(answer.body)
    assert told["certificate"] == sm2.department.sha256
    assert told["address"] == "127.0.0.1"


@pytest.mark.sec("SEC-36")
def test_the_national_gateway_drops_a_forged_header(sm_gateway: int, sm2: Parties) -> None:
    """Without a certificate no spelling of the header makes one; beside a certificate it changes nothing."""
    for name in ("Client-Cert", "client-cert", "Client_Cert", "CLIENT_CERT"):
        line = f"{name}: :MAA=:\r\n"
        bare = rfc8998.call(sm_gateway, sm2.gateway_root, "/", headers=line)
        assert json.loads(bare.body)["certificate"] is None, name
        own = rfc8998.call(sm_gateway, sm2.gateway_root, "/", sm2.department, line)
        assert json.loads(own.body)["certificate"] == sm2.department.sha256, name


def test_the_national_handshake_fails_for_strangers_and_ordinary_tls(
    sm_gateway: int, sm2: Parties, ec: Parties
) -> None:
    """A certificate of an unknown root, an unknown gateway, and a client without SM suites get no connection."""
    with pytest.raises(SSL.Error):
        rfc8998.call(sm_gateway, sm2.gateway_root, "/", sm2.stranger)
    with pytest.raises(SSL.Error):
        rfc8998.call(sm_gateway, ec.gateway_root, "/")
    context = ssl.create_default_context(cafile=str(sm2.gateway_root.certificate))
    with (
        socket.create_connection(("127.0.0.1", sm_gateway), timeout=10) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def test_the_provider_is_reached_through_the_national_gateway(
    sqlite_template: SqliteTemplate, tmp_path: Path, sm2: Parties
) -> None:
    """Discovery of the whole provider under RFC 8998, from a caller with an SM2 certificate."""
    settings = sqlite_template.copy(tmp_path) | _as_environment(_web("Client-Cert", "rfc9440"))
    with (
        granian(PROVIDER, settings, tmp_path / "provider.log") as upstream,
        rfc8998.gateway(sm2.gateway, sm2.department_root, upstream) as port,
    ):
        answer = rfc8998.call(port, sm2.gateway_root, DISCOVERY, sm2.department)
        assert (answer.status, answer.suite) == (200, "TLS_SM4_GCM_SM3")
        assert json.loads(answer.body)["issuer"] == settings["YIHAO_ISSUER"]
