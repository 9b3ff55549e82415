"""What the bench sends and reads: whole answers, checked ones, and requests that say how long they are."""

import pytest

from tests.bench.messages import Answer, Unexpected, get, post, read


def test_an_answer_is_read_when_it_is_whole() -> None:
    """Half an answer is waited for; two answers in one buffer are told apart; header names have no case."""
    raw = b"HTTP/1.1 200 OK\r\nContent-LENGTH: 2\r\nSet-Cookie: a=b; Path=/\r\n\r\nok"
    assert read(raw[:20]) is None
    assert read(raw[:-1]) is None
    found = read(raw + b"HTTP/1.1 ")
    assert found is not None
    answer, rest = found
    assert (answer.status, answer.body, answer.cookies, rest) == (200, b"ok", {"a": "b"}, b"HTTP/1.1 ")


def test_a_wrong_answer_voids_the_measurement() -> None:
    """Status and content are both asked for, and an answer of unknown length is none."""
    answer = Answer(200, b"HTTP/1.1 200 OK\r\n", b'{"active":false}')
    assert answer.expect(200, b'"active":') is answer
    for status, part in ((303, b""), (200, b'"active":true')):
        with pytest.raises(Unexpected):
            answer.expect(status, part)
    with pytest.raises(Unexpected):
        read(b"HTTP/1.1 200 OK\r\n\r\n")


def test_requests_say_how_long_they_are() -> None:
    """A form's length is that of its bytes; a GET has no body."""
    assert post("/x", {"a": "测"}).endswith(b"Content-Length: 11\r\n\r\na=%E6%B5%8B")
    assert get("/x", X_Forwarded_For="198.18.0.1").endswith(b"X-Forwarded-For: 198.18.0.1\r\n\r\n")
