"""A provider behind a key service, where the other side misbehaves; the contract suite runs on a real one."""

from collections.abc import Callable

import pytest

from crypto import base64url
from crypto.errors import DeviceUnavailable, KeyUnusable
from crypto.keys import remote_messages as messages
from crypto.keys.handle import ES256, RS256, SM2
from crypto.keys.remote import PATH, QUIET_SECONDS, RemoteKeys
from crypto.keys.remote_messages import MessageKey, Request
from crypto.keys.software import SoftwareKeys, new_root_key
from crypto.sm.sm2 import Sm2PrivateKey
from tests.support.clock import StandingClock

NODE, SERVICE, STRANGER = (MessageKey(Sm2PrivateKey.generate()) for _ in range(3))

Answerer = Callable[[Request], tuple[int, bytes]]


class Wire:
    """A transport whose other side is a function; it counts what passes."""

    def __init__(self, clock: StandingClock, answer: Answerer | None = None) -> None:
        self.clock = clock
        self.requests: list[Request] = []
        self.answer = answer or (lambda request: (200, self.result(request)))

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """As the protocol has it."""
        assert path == PATH + NODE.handle.kid
        request = messages.read_request(body, NODE.handle, SERVICE.handle, self.clock.timestamp())
        self.requests.append(request)
        return self.answer(request)

    def close(self) -> None:
        """Nothing is held."""

    def result(self, request: Request, key: MessageKey = SERVICE, **members: object) -> bytes:
        """A signed result."""
        return messages.write_result(key, request, members, self.clock.timestamp())

    def fail(self, _request: Request) -> tuple[int, bytes]:
        """Nothing comes back."""
        raise ConnectionResetError

    @property
    def operations(self) -> list[str]:
        """What was asked for."""
        return [request.operation for request in self.requests]


@pytest.fixture
def wire() -> Wire:
    """A wire with a service that answers everything with an empty result."""
    return Wire(StandingClock())


@pytest.fixture
def keys(wire: Wire) -> RemoteKeys:
    """A provider at the wire's end."""
    time = wire.clock.timestamp
    return RemoteKeys(wire, NODE, SERVICE.public, frozenset({ES256, SM2}), time, time)


def test_what_may_be_repeated_is_asked_for_twice_and_no_more(wire: Wire, keys: RemoteKeys) -> None:
    """One lost answer is mended unseen, each request under an id of its own; two are a refusal."""
    lost = iter([True, False])
    wire.answer = lambda request: (
        wire.fail(request) if next(lost) else (200, wire.result(request, key=SERVICE))
    )
    keys.check()
    assert wire.operations == ["check", "check"]
    assert wire.requests[0].request_id != wire.requests[1].request_id
    wire.answer = wire.fail
    with pytest.raises(DeviceUnavailable, match="does not answer"):
        keys.check()
    assert len(wire.requests) == 4


def test_what_changes_something_is_asked_for_once(wire: Wire, keys: RemoteKeys) -> None:
    """A second key pair is not made, nor a key destroyed twice, because an answer was lost."""
    made = SoftwareKeys(new_root_key()).generate(SM2)
    wire.answer = wire.fail
    with pytest.raises(DeviceUnavailable):
        keys.generate(SM2)
    wire.clock.advance(QUIET_SECONDS)
    with pytest.raises(DeviceUnavailable):
        keys.destroy(made.handle, made.wrapped)
    assert wire.operations == ["generate", "destroy"]


def test_a_service_that_is_down_is_left_alone_for_a_moment(wire: Wire, keys: RemoteKeys) -> None:
    """Everybody gets the refusal at once instead of waiting one after the other, and later it is tried again."""
    wire.answer = wire.fail
    with pytest.raises(DeviceUnavailable, match="does not answer"):
        keys.random(8)
    for _ in range(5):
        with pytest.raises(DeviceUnavailable, match="a moment ago"):
            keys.random(8)
    assert len(wire.requests) == 2
    wire.answer = lambda request: (200, wire.result(request))
    wire.clock.advance(QUIET_SECONDS)
    keys.check()


def test_whoever_else_answers_is_not_believed(wire: Wire, keys: RemoteKeys) -> None:
    """Another key, an older answer, no answer at all, an error page: never a result, always the same refusal."""
    kept: list[bytes] = []

    def keep(request: Request) -> tuple[int, bytes]:
        kept.append(wire.result(request))
        return 200, kept[-1]

    wire.answer = keep
    keys.check()
    answers: list[Answerer] = [
        lambda request: (200, wire.result(request, key=STRANGER)),
        lambda _request: (200, kept[0]),
        lambda _request: (200, b""),
        lambda _request: (200, b"<html>"),
        lambda _request: (403, b""),
        lambda request: (502, wire.result(request)),
        lambda request: (302, wire.result(request)),
    ]
    for answer in answers:
        wire.answer = answer
        with pytest.raises(DeviceUnavailable):
            keys.check()
    wire.answer = lambda request: (200, wire.result(request))
    keys.check()


@pytest.mark.parametrize(
    "members", [{}, {"random": 5}, {"random": "not base64url!"}, {"random": "AAA"}, {"random": "AAAA"}]
)
def test_a_result_of_another_form_is_a_refusal(
    wire: Wire, keys: RemoteKeys, members: dict[str, object]
) -> None:
    """A service of another version never leads to a wrong number of bytes or an error of another kind."""
    wire.answer = lambda request: (200, wire.result(request, **members))
    with pytest.raises(DeviceUnavailable):
        keys.random(8)


def test_a_key_that_is_not_what_its_handle_says_is_refused(wire: Wire, keys: RemoteKeys) -> None:
    """kid, algorithm and use follow from the public key; a service that says otherwise is not followed."""
    software = SoftwareKeys(new_root_key())
    one, two = software.generate(SM2), software.generate(ES256)
    good = messages.write_key(one.handle, one.wrapped)
    wrong = [
        messages.write_key(two.handle, two.wrapped),
        {**good, "kid": two.handle.kid},
        {**good, "public_jwk": {**one.handle.public_jwk, "use": "enc"}},
        {**good, "public_jwk": {**one.handle.public_jwk, "d": "AA"}},
        {**good, "public_jwk": {}},
    ]
    for members in wrong:
        wire.answer = lambda request, members=members: (200, wire.result(request, **members))  # type: ignore[misc]
        with pytest.raises(KeyUnusable):
            keys.generate(SM2)
    wire.answer = lambda request: (200, wire.result(request, **good))
    assert keys.generate(SM2) == one


def test_an_algorithm_that_the_service_is_not_there_for_is_refused_here(wire: Wire, keys: RemoteKeys) -> None:
    """Nothing is sent."""
    with pytest.raises(KeyUnusable):
        keys.generate(RS256)
    assert wire.requests == []


def test_no_private_key_and_only_named_bytes_are_sent(wire: Wire, keys: RemoteKeys) -> None:
    """A signature costs the handle, its stored part and the data; nothing else of the node."""
    made = SoftwareKeys(new_root_key()).generate(SM2)
    signer = keys.signer(made.handle, made.wrapped)
    wire.answer = lambda request: (200, wire.result(request, signature=base64url.encode(bytes(64))))
    assert signer.sign(b"data") == bytes(64)
    assert wire.operations == ["load", "sign"]
    assert set(wire.requests[1].arguments) == {"kid", "algorithm", "public_jwk", "wrapped", "data"}
