"""Messages between a node and a key service: who signed, for whom, when, and to what."""

import pytest

from crypto.errors import (
    CertificateRejected,
    CryptoError,
    DeviceUnavailable,
    KeyUnusable,
    SealError,
    TokenRejected,
    VerificationError,
)
from crypto.jose import jwt
from crypto.keys import remote_messages as messages
from crypto.keys.handle import KeyHandle
from crypto.keys.remote_messages import ANSWER, REQUEST, WINDOW, MessageKey, Request
from crypto.sm.sm2 import Sm2PrivateKey

NOW = 1_800_000_000.0
NODE, OTHER_NODE, SERVICE, OTHER_SERVICE = (MessageKey(Sm2PrivateKey.generate()) for _ in range(4))


def request(key: MessageKey = NODE, service: MessageKey = SERVICE, now: float = NOW) -> bytes:
    """A request to unwrap."""
    return messages.write_request(key, service.handle, "request-1", "unwrap", {"wrapped": "AA"}, now)


def read(body: bytes, node: MessageKey = NODE, service: MessageKey = SERVICE, now: float = NOW) -> Request:
    """The request as the service reads it."""
    return messages.read_request(body, node.handle, service.handle, now)


def claims(**changes: object) -> dict[str, object]:
    """The claims of a good request, changed; None leaves one out."""
    good: dict[str, object] = {
        "iss": NODE.handle.kid,
        "aud": SERVICE.handle.kid,
        "iat": int(NOW),
        "exp": int(NOW) + WINDOW,
        "jti": "request-1",
        "op": "unwrap",
        "args": {},
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def test_a_request_comes_as_it_was_sent() -> None:
    """Node, id, time, operation and arguments arrive."""
    assert read(request()) == Request(NODE.handle.kid, "request-1", int(NOW), "unwrap", {"wrapped": "AA"})


@pytest.mark.parametrize("late", [-WINDOW, 0, WINDOW - 1])
def test_a_request_is_good_within_the_window(late: int) -> None:
    """Clocks that differ a little do not matter."""
    assert read(request(), now=NOW + late).request_id == "request-1"


@pytest.mark.parametrize("late", [-WINDOW - 1, WINDOW, WINDOW + 1, 3600])
def test_a_request_of_another_time_is_refused(late: int) -> None:
    """Older or further ahead than the window is not of now."""
    with pytest.raises(TokenRejected):
        read(request(), now=NOW + late)


def test_a_request_of_another_key_for_another_service_or_altered_is_refused() -> None:
    """Every altered character of it, too."""
    body = request()
    with pytest.raises(TokenRejected):
        read(body, node=OTHER_NODE)
    with pytest.raises(TokenRejected):
        read(body, service=OTHER_SERVICE)
    for place in range(0, len(body), 7):
        with pytest.raises(TokenRejected):
            read(body[:place] + bytes((body[place] ^ 2,)) + body[place + 1 :])
    for wrong in (b"", body[:-1], body + b"A", b"\xff" * 40, body + b"." + body, b"{}"):
        with pytest.raises(TokenRejected):
            read(wrong)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"iss": None},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"op": None},
        {"args": None},
        {"args": []},
        {"op": 1},
        {"jti": 1},
        {"iat": int(NOW) - 3600, "exp": int(NOW) + 3600},
        {"iat": True},
        {"iat": str(NOW)},
    ],
)
def test_a_signed_request_of_another_form_is_refused(changes: dict[str, object]) -> None:
    """A node of ours cannot lengthen the time of a request, nor leave anything out."""
    read(jwt.encode(claims(), NODE, REQUEST).encode())
    with pytest.raises(TokenRejected):
        read(jwt.encode(claims(**changes), NODE, REQUEST).encode())


def test_requests_answers_and_other_tokens_do_not_stand_for_each_other() -> None:
    """A signature made for something else is no request and no answer."""
    for typ in (ANSWER, "JWT", "at+jwt"):
        with pytest.raises(TokenRejected):
            read(jwt.encode(claims(), NODE, typ).encode())


def answer_to(request_id: str = "request-1", key: MessageKey = SERVICE, now: float = NOW) -> bytes:
    """An answer with a result."""
    made = Request(NODE.handle.kid, request_id, int(now), "unwrap", {})
    return messages.write_result(key, made, {"key": "AA"}, now)


def read_answer(body: bytes, node: KeyHandle = NODE.handle, now: float = NOW) -> object:
    """The answer as the node reads it."""
    return messages.read_answer(body, node, SERVICE.handle, "request-1", now)


def test_an_answer_is_bound_to_request_node_service_and_time() -> None:
    """The answer to another request, of another service, for another node or of another time gives no result."""
    assert read_answer(answer_to()) == {"key": "AA"}
    for body in (answer_to("request-2"), answer_to(key=OTHER_SERVICE), answer_to(now=NOW - 60), request()):
        with pytest.raises(VerificationError):
            read_answer(body)
    with pytest.raises(VerificationError):
        read_answer(answer_to(), node=OTHER_NODE.handle)
    empty = jwt.encode(
        {
            "iss": SERVICE.handle.kid,
            "aud": NODE.handle.kid,
            "iat": int(NOW),
            "exp": int(NOW) + WINDOW,
            "req": "request-1",
        },
        SERVICE,
        ANSWER,
    )
    with pytest.raises(VerificationError, match="no result"):
        read_answer(empty.encode())


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (SealError("a reason"), SealError),
        (KeyUnusable("a reason"), KeyUnusable),
        (DeviceUnavailable("a reason"), DeviceUnavailable),
        (CertificateRejected("a reason"), KeyUnusable),
    ],
)
def test_a_refusal_arrives_as_the_error_it_was(error: CryptoError, raised: type[CryptoError]) -> None:
    """With its sentence; an error that has no word of its own says that the key does not serve."""
    made = Request(NODE.handle.kid, "request-1", int(NOW), "unwrap", {})
    with pytest.raises(raised, match="a reason") as caught:
        read_answer(messages.write_refusal(SERVICE, made, error, NOW))
    assert type(caught.value) is raised


def test_a_message_key_shows_nothing_of_itself() -> None:
    """Neither printed nor in its handle."""
    d = bytes(range(1, 33))
    key = MessageKey(Sm2PrivateKey(d))
    assert d.hex() not in f"{key!r}{key}{key.handle!r}"
    assert "d" not in key.handle.public_jwk
