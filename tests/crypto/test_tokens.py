"""Random tokens, their stored form, and references for people."""

import re

import pytest

from crypto import base64url, tokens
from crypto.sm import sm3


def test_tokens_have_the_asked_entropy_and_never_repeat() -> None:
    """A token decodes to the bytes asked for, and a thousand of them differ."""
    made = {tokens.random_token() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(base64url.decode(token)) for token in made} == {32}
    assert len(base64url.decode(tokens.random_token(16))) == 16
    assert len(tokens.random_bytes(7)) == 7


def test_digest_is_sm3_of_the_text() -> None:
    """What is stored is SM3, 32 bytes, and reveals no token."""
    assert tokens.digest("abc") == sm3.digest(b"abc")
    assert tokens.digest("口令") == sm3.digest("口令".encode())


def test_short_references_can_be_read_out() -> None:
    """Two groups of four without the letters and digits that are easily mistaken; all 32 signs occur."""
    made = [tokens.short_reference() for _ in range(500)]
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", reference) for reference in made)
    assert len(set("".join(made))) == 33
    assert len(set(made)) == 500


@pytest.mark.clause("RFC 4648", "3.5")
@pytest.mark.parametrize("text", ["YQ==", "Y", "YR", "Y Q", "Y+", "YQ\n", "ＹＱ", "Y/==", "YQ.", "-_8\u0661"])
def test_second_forms_of_base64url_are_refused(text: str) -> None:
    """Padding, spare bits, foreign letters, other digits and white space are refused."""
    with pytest.raises(ValueError, match="base64url"):
        base64url.decode(text)


def test_base64url_comes_back_for_every_length() -> None:
    """Bytes of lengths 0 to 64 survive."""
    for size in range(65):
        data = bytes(range(255, 255 - size, -1))
        assert base64url.decode(base64url.encode(data)) == data


def test_a_handle_is_never_taken_for_an_option() -> None:
    """Ids that operators type are plain hexadecimal: none begins with a dash."""
    handles = {tokens.random_handle() for _ in range(500)}
    assert len(handles) == 500
    assert all(re.fullmatch(r"[0-9a-f]{32}", handle) for handle in handles)
