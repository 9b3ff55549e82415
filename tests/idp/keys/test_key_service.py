"""The key service: a real one over mutual TLS, and its WSGI callable where time and bytes must be chosen."""

import io
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from wsgiref.types import WSGIEnvironment

import httpx
import pytest
from click.testing import CliRunner

from crypto import base64url
from crypto.errors import DeviceUnavailable, KeyUnusable, SealError
from crypto.keys import jwk
from crypto.keys import remote_messages as messages
from crypto.keys.handle import SM2
from crypto.keys.remote import PATH, RemoteKeys
from crypto.keys.remote_messages import MAX_BYTES, WINDOW, MessageKey
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.sm.sm2 import Sm2PrivateKey, Sm2PublicKey
from idp.clock import SystemClock
from idp.errors import SettingsRefused
from idp.keys import key_service
from idp.keys.commands_service import key_service as commands
from idp.keys.device_settings import RemoteKeysSettings
from idp.keys.devices import open_remote
from idp.keys.identity import create_identity, open_identity, read_public
from idp.keys.key_service import KeyService, Seen
from idp.keys.key_transport import KeyTransport, NoAnswer
from idp.outbound import Outbound, OutboundSettings
from tests.support.clock import StandingClock
from tests.support.key_service import DirectTransport, RealKeyService
from tests.support.openssl_ca import OpensslCa
from tests.support.sdf.device import SdfTestDevice


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKeyService]:
    """One real service for the tests that do not end it."""
    made = RealKeyService(tmp_path_factory.mktemp("key-service") / "service")
    made.start()
    yield made
    if made.process is not None:
        made.stop()


def test_a_node_signs_and_wraps_through_the_service(service: RealKeyService) -> None:
    """A key made behind the service signs for the node, and a data key comes back as it went."""
    keys = service.keys()
    made = keys.generate(SM2)
    signature = keys.signer(made.handle, made.wrapped).sign(b"data")
    Sm2PublicKey(jwk.elliptic_public(made.handle.public_jwk)).verify(b"data", signature)
    assert keys.unwrap(keys.wrap(b"k" * 16, "data:seal:1"), "data:seal:1") == b"k" * 16


def test_settings_lead_a_node_to_the_service(service: RealKeyService) -> None:
    """What an operator writes down is enough to sign."""
    settings = RemoteKeysSettings(
        url=service.origin,
        service_key=service.public.hex(),
        identity_file=service.folder / "node.key",
        certificate=service.node.certificate,
        certificate_key=service.node.key,
        authority=service.ca.root.certificate,
    )
    outbound = Outbound(OutboundSettings(), allow_loopback=False)
    with closing(open_remote(settings, outbound, SystemClock())) as keys:
        assert keys.algorithms == {"ES256", SM2}
        _eventually(lambda: keys.random(16))


def test_without_a_certificate_nobody_comes_to_the_service(service: RealKeyService) -> None:
    """TLS ends before a request is read, also for who would have the right SM2 key."""
    tls = ssl.create_default_context(cafile=str(service.ca.root.certificate))
    with httpx.Client(verify=tls) as client, pytest.raises(httpx.TransportError):
        client.post(f"{service.origin}{PATH}{service.node_key.handle.kid}", content=b"x")


def test_a_certificate_of_another_authority_is_refused(service: RealKeyService, tmp_path: Path) -> None:
    """Whoever certified it, it is not ours."""
    stranger = OpensslCa(tmp_path / "other", "ec", "Other Root").issue("node", "clientAuth")
    keys = service.keys(service.transport(stranger))
    with pytest.raises(DeviceUnavailable, match="does not answer"):
        keys.check()


def test_a_service_of_another_authority_is_not_spoken_to(service: RealKeyService, tmp_path: Path) -> None:
    """The node sends nothing to a server that its own authority did not certify."""
    other = OpensslCa(tmp_path / "other", "ec", "Other Root").root.certificate
    with pytest.raises(NoAnswer):
        service.transport(authority=other).post(PATH, b"x")


def test_the_right_certificate_with_a_wrong_sm2_key_is_refused(service: RealKeyService) -> None:
    """An unknown key by its name, and a stranger's signature under a known name."""
    stranger = MessageKey(Sm2PrivateKey.generate())
    with pytest.raises(DeviceUnavailable, match="refuses this node"):
        service.keys(key=stranger).check()
    known = service.node_key.handle
    body = messages.write_request(
        stranger, messages.peer(service.public), "request-1", "check", {}, now=_machine_time()
    )
    assert service.transport().post(PATH + known.kid, body) == (403, b"")


def test_a_service_with_another_sm2_key_is_not_believed(service: RealKeyService) -> None:
    """The right certificate alone does not make a key service."""
    stranger = MessageKey(Sm2PrivateKey.generate())
    keys = RemoteKeys(service.transport(), service.node_key, stranger.public, frozenset({SM2}))
    with pytest.raises(DeviceUnavailable):
        keys.check()


def test_a_replayed_request_gets_nothing(service: RealKeyService) -> None:
    """What was recorded on the way is worth nothing, although every signature in it holds."""
    transport, node = service.transport(), service.node_key
    body = messages.write_request(
        node, messages.peer(service.public), "recorded", "check", {}, _machine_time()
    )
    assert transport.post(PATH + node.handle.kid, body)[0] == 200
    assert transport.post(PATH + node.handle.kid, body) == (403, b"")


def test_a_service_that_went_is_missed_and_noticed_when_it_is_back(tmp_path: Path) -> None:
    """DeviceUnavailable while it is down; the same signer works again once it is back, and it ends cleanly."""
    service = RealKeyService(tmp_path / "service")
    service.start()
    keys = service.keys()
    made = keys.generate(SM2)
    signer = keys.signer(made.handle, made.wrapped)
    assert service.stop() == 0
    for _ in range(3):
        with pytest.raises(DeviceUnavailable):
            signer.sign(b"data")
    service.start()
    try:
        signature = _eventually(lambda: signer.sign(b"data"))
        Sm2PublicKey(jwk.elliptic_public(made.handle.public_jwk)).verify(b"data", signature)
        written = service.log()
        assert "key_service.used" in written
        assert "Traceback" not in written
        assert base64url.encode(made.wrapped) not in written
    finally:
        assert service.stop() == 0


class Called:
    """A service in this process over software keys, with a clock that stands, and a node."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        self.node, self.own, self.stranger = (MessageKey(Sm2PrivateKey.generate()) for _ in range(3))
        self.keys = SoftwareKeys(new_root_key())
        self.service = KeyService(self.keys, self.own, {"node": self.node.public}, self.clock)

    def body(self, operation: str = "check", request_id: str = "request-1", **arguments: object) -> bytes:
        """A request of the node as of now."""
        now = self.clock.timestamp()
        return messages.write_request(self.node, self.own.handle, request_id, operation, arguments, now)

    def post(self, body: bytes, path: str | None = None, **changes: str) -> tuple[str, bytes]:
        """Status and body of the answer."""
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": PATH + self.node.handle.kid if path is None else path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **changes,
        }
        statuses: list[str] = []

        def start(status: str, _headers: object, _exc: object = None) -> Callable[[bytes], object]:
            statuses.append(status)
            return lambda _data: None

        answer = b"".join(self.service(environ, start))
        return statuses[0][:3], answer

    def read(self, body: bytes, request_id: str = "request-1") -> object:
        """The result of an answer."""
        now = self.clock.timestamp()
        return messages.read_answer(body, self.node.handle, self.own.handle, request_id, now)


@pytest.fixture
def called() -> Called:
    """A service in this process."""
    return Called()


def test_a_request_of_another_time_is_refused(called: Called) -> None:
    """Before and after its window; within it is carried out."""
    body = called.body()
    called.clock.advance(WINDOW + 1)
    assert called.post(body) == ("403", b"")
    assert called.post(called.body())[0] == "200"


def test_a_request_from_before_a_restart_is_refused(called: Called) -> None:
    """What the service no longer remembers cannot be played to it again."""
    body = called.body()
    called.clock.advance(2)
    assert called.post(body)[0] == "200"
    called.service = KeyService(called.keys, called.own, {"node": called.node.public}, called.clock)
    assert called.post(body) == ("403", b"")
    assert called.post(called.body())[0] == "200"


def test_a_tampered_request_is_refused_and_does_not_burn_the_good_one(called: Called) -> None:
    """Any changed character; the untouched request is then still carried out."""
    body = called.body()
    for place in range(0, len(body), 11):
        assert called.post(body[:place] + bytes((body[place] ^ 2,)) + body[place + 1 :]) == ("403", b"")
    assert called.read(called.post(body)[1]) == {}


def test_what_is_no_request_is_refused_before_it_is_read(called: Called) -> None:
    """Other paths, methods and lengths."""
    body = called.body()
    assert called.post(body, path="/")[0] == "404"
    assert called.post(body, path=PATH)[0] == "403"
    assert called.post(body, path=PATH + called.stranger.handle.kid)[0] == "403"
    assert called.post(body, REQUEST_METHOD="GET")[0] == "405"
    assert called.post(body, CONTENT_LENGTH="")[0] == "411"
    assert called.post(body, CONTENT_LENGTH="-1")[0] == "411"
    assert called.post(body, CONTENT_LENGTH=str(MAX_BYTES + 1))[0] == "413"
    assert called.post(body[:40])[0] == "403"


def test_unknown_operations_and_bad_arguments_are_answered_as_refusals(called: Called) -> None:
    """A node of another version gets a signed refusal, never an error page."""
    made = called.keys.generate(SM2)
    key = messages.write_key(made.handle, made.wrapped)
    bad: list[tuple[str, dict[str, object]]] = [
        ("export", {}),
        ("__class__", {}),
        ("generate", {"algorithm": "none"}),
        ("generate", {}),
        ("random", {"n": -1}),
        ("random", {"n": 1 << 30}),
        ("random", {"n": True}),
        ("sign", {"data": "AA"}),
        ("sign", {**key, "data": "not base64url!"}),
        ("sign", {**key, "public_jwk": {"x": 1}, "data": "AA"}),
        ("decrypt", {**key, "ciphertext": "AA"}),
        ("unwrap", {"wrapped": 5, "purpose": "p"}),
        ("unwrap", {"wrapped": "AA"}),
    ]
    for number, (operation, arguments) in enumerate(bad):
        status, answer = called.post(called.body(operation, f"request-{number}", **arguments))
        assert status == "200"
        with pytest.raises(KeyUnusable):
            called.read(answer, f"request-{number}")
    status, answer = called.post(called.body("unwrap", "last", wrapped="AAAA", purpose="p"))
    with pytest.raises(SealError):
        called.read(answer, "last")


def test_destroying_makes_the_service_forget_what_it_had_loaded(called: Called) -> None:
    """A key is loaded once and used often, until somebody destroys one."""
    loads: list[str] = []

    class Counting(SoftwareKeys):
        def signer(self, handle, wrapped):  # type: ignore[no-untyped-def] # as the provider's
            loads.append(handle.kid)
            return super().signer(handle, wrapped)

    called.keys = Counting(new_root_key())
    called.service = KeyService(called.keys, called.own, {"node": called.node.public}, called.clock)
    made = called.keys.generate(SM2)
    key = messages.write_key(made.handle, made.wrapped)
    for number in range(3):
        called.post(called.body("sign", f"request-{number}", **key, data="AA"))
    assert len(loads) == 1
    called.post(called.body("destroy", "destroy", **key))
    called.post(called.body("sign", "again", **key, data="AA"))
    assert len(loads) == 2


def test_a_service_stands_before_a_device(called: Called, tmp_path: Path) -> None:
    """SM2 keys of an SDF device serve a node; what only an officer can do is told to the node with the index."""
    device = SdfTestDevice(tmp_path / "device")
    device.make_pairs(4)
    behind = device.open()
    called.service = KeyService(behind, called.own, {"node": called.node.public}, called.clock)
    time_now = called.clock.timestamp
    keys = RemoteKeys(
        DirectTransport(called.service), called.node, called.own.public, frozenset({SM2}), time_now
    )
    made = keys.generate(SM2)
    signature = keys.signer(made.handle, made.wrapped).sign(b"data")
    Sm2PublicKey(jwk.elliptic_public(made.handle.public_jwk)).verify(b"data", signature)
    with pytest.raises(KeyUnusable, match="index 4 "):
        keys.destroy(made.handle, made.wrapped)
    device.unplug()
    with pytest.raises(DeviceUnavailable, match="SDR_COMMFAIL"):
        keys.check()
    behind.close()


def test_what_was_seen_is_bounded_and_never_forgotten_early(
    called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no room left further requests are refused; room comes back as time passes."""
    monkeypatch.setattr(key_service, "MAX_SEEN", 3)
    seen = Seen(called.clock)
    made = [
        messages.read_request(
            called.body(request_id=f"request-{number}"),
            called.node.handle,
            called.own.handle,
            called.clock.timestamp(),
        )
        for number in range(4)
    ]
    assert [seen.add(request) for request in made] == [True, True, True, False]
    called.clock.advance(2 * WINDOW - 1)
    assert [seen.add(request) for request in made] == [False] * 4
    called.clock.advance(2)
    assert seen.add(made[3])


def test_the_identity_is_made_once_and_shown_by_its_public_half(tmp_path: Path) -> None:
    """The command can be repeated; the file is its owner's only, and one that others may read is refused."""
    path = tmp_path / "keys" / "node.key"
    first, second = (CliRunner().invoke(commands, ["identity", str(path)]) for _ in range(2))
    assert first.exit_code == second.exit_code == 0
    assert first.stdout == second.stdout
    assert read_public(first.stdout.strip(), "x") == open_identity(path, "x").public
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_text().strip() not in first.stdout
    path.chmod(0o640)
    refused = CliRunner().invoke(commands, ["--help"]), CliRunner().invoke(commands, ["identity", str(path)])
    assert refused[0].exit_code == 0
    assert refused[1].exit_code == 2


@pytest.mark.parametrize("text", ["", "AA", "0" * 128, "x" * 128, "0" * 127])
def test_a_public_key_that_is_none_is_refused_by_its_setting(text: str) -> None:
    """The name of the setting stands in the words, the value does not."""
    with pytest.raises(SettingsRefused) as refused:
        read_public(text, "remote_keys.service_key")
    assert refused.value.detail.startswith("remote_keys.service_key: ")
    assert not text or text not in refused.value.detail


@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "https://host/path", "https://host/", "", "host:1"])
def test_only_an_https_origin_is_a_key_service(service: RealKeyService, origin: str) -> None:
    """A typing slip in the settings is said at boot."""
    outbound = Outbound(OutboundSettings(), allow_loopback=False)
    own = service.node
    with pytest.raises(SettingsRefused):
        KeyTransport(outbound, origin, own.certificate, own.key, service.ca.root.certificate)


def test_a_missing_identity_is_said_with_what_to_do(tmp_path: Path) -> None:
    """Neither missing nor malformed nor out of range."""
    path = tmp_path / "node.key"
    for text in (None, "zz", "00" * 32, "ff" * 32, "00" * 31):
        if text is not None:
            path.write_text(text)
            path.chmod(0o600)
        with pytest.raises(SettingsRefused) as refused:
            open_identity(path, "remote_keys.identity_file")
        assert "yihao key-service identity" in refused.value.detail
    path.unlink()
    create_identity(path)
    open_identity(path, "remote_keys.identity_file")


def _machine_time() -> float:
    return time.time()


def _eventually(act: Callable[[], bytes]) -> bytes:
    for _ in range(200):
        try:
            return act()
        except DeviceUnavailable:
            time.sleep(0.05)
    raise AssertionError("the key service did not come back")
