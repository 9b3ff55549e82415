"""Comparison of secrets."""

from crypto import compare


def test_only_the_same_bytes_are_equal() -> None:
    """Equality is of content and length."""
    assert compare.equal(b"secret", b"".join([b"sec", b"ret"]))
    assert not compare.equal(b"secret", b"secreT")
    assert not compare.equal(b"secret", b"secret\x00")
    assert not compare.equal(b"", b"x")
