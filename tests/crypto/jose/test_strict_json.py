"""JSON from strangers."""

import pytest

from crypto.jose.strict_json import read_object


def test_an_object_is_read_as_it_stands() -> None:
    """Nested values, Chinese text, escapes and numbers come out."""
    data = '{"a":[1,-2.5,{"b":null}],"名":"\\u4e00号","big":123456789012345678901234567890}'
    value = {"a": [1, -2.5, {"b": None}], "名": "一号", "big": 123456789012345678901234567890}
    assert read_object(data.encode()) == value


@pytest.mark.clause("RFC 7519", "4")
@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b'"text"',
        b"null",
        b"",
        b"{",
        b"{}x",
        b"{} {}",
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":[{"b":1,"b":2}]}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":01}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":"\n"}',
        b'{"a":' + b"[" * 4000 + b"]" * 4000 + b"}",
        b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"a":' * 4000 + b"1" + b"}" * 4000,
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_what_two_readers_might_read_differently_is_refused(data: bytes) -> None:
    """Duplicates, special numbers, bad text, deep nesting and anything but one object are refused."""
    with pytest.raises(ValueError):
        read_object(data)
