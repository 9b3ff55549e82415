"""How content keys travel."""

import json
from pathlib import Path
from typing import Any

import pytest

from crypto import base64url
from crypto.errors import KeyUnusable, TokenRejected
from crypto.jose import key_management
from crypto.jose.content import CIPHERS
from crypto.keys import jwk
from crypto.sm.encoding import ciphertext_to_der
from tests.crypto.jose.peers import P256Reader, Sm2Reader

_VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "jose" / "jwe.json").read_text())
_SM4 = CIPHERS["SGD_SM4_GCM"]


@pytest.mark.clause("RFC 7518", "C")
@pytest.mark.parametrize("vector", _VECTORS["concat_kdf"], ids=lambda vector: str(vector["source"]))
def test_the_agreed_key_is_the_one_of_the_rfcs(vector: dict[str, Any]) -> None:
    """Agreement and Concat KDF give the keys of RFC 7518 and RFC 7520, with and without party names."""
    reader = P256Reader(scalar=int.from_bytes(base64url.decode(vector["private"]["d"]), "big"))
    assert reader.jwk["x"] == vector["private"]["x"]
    z = reader.agree(jwk.elliptic_public(vector["public"]))
    parties = (base64url.decode(vector["apu"]), base64url.decode(vector["apv"]))
    key = key_management.derive(z, vector["enc"], vector["key_size"], *parties)
    assert base64url.encode(key) == vector["key"]


@pytest.mark.parametrize("size", [1, 15, 17, 32])
def test_a_content_key_of_another_length_is_refused(size: int) -> None:
    """Whatever an SM2 ciphertext holds, only a key of the cipher's length is used (RFC 7516 §5.2)."""
    reader = Sm2Reader()
    raw = reader.key.public_key.encrypt(bytes(size))
    with pytest.raises(TokenRejected, match="decryption"):
        key_management.receive({"alg": "SGD_SM2_3"}, raw, reader, _SM4, "c1c3c2")


def test_the_two_forms_of_a_ciphertext_are_not_mixed() -> None:
    """A peer's own form is the only one that is read from it."""
    reader = Sm2Reader()
    raw = reader.key.public_key.encrypt(bytes(16))
    header = {"alg": "SGD_SM2_3"}
    assert key_management.receive(header, raw, reader, _SM4, "c1c3c2") == bytes(16)
    assert key_management.receive(header, ciphertext_to_der(raw), reader, _SM4, "asn1") == bytes(16)
    for form, encoding in ((raw, "asn1"), (ciphertext_to_der(raw), "c1c3c2"), (raw + b"\0", "c1c3c2")):
        with pytest.raises(TokenRejected, match="decryption"):
            key_management.receive(header, form, reader, _SM4, encoding)  # type: ignore[arg-type] # one of the two


def test_a_content_key_is_not_printed() -> None:
    """Its printed form shows nothing of it."""
    sent = key_management.send("SGD_SM2_3", Sm2Reader().jwk, _SM4, "c1c3c2")
    assert repr(sent.key) not in repr(sent)


def test_unknown_key_management_is_refused() -> None:
    """There is no way to send a key but the two."""
    with pytest.raises(KeyUnusable):
        key_management.send("PBES2-HS256+A128KW", Sm2Reader().jwk, _SM4, "c1c3c2")
