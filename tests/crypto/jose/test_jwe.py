"""Encrypted tokens: what is written, that its reader and other libraries read it, and that we read theirs."""

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from gmssl import sm2 as gmssl_sm2
from joserfc import jwe as reference
from joserfc.jwk import ECKey

from crypto import base64url
from crypto.errors import KeyUnusable
from crypto.jose import jwe
from crypto.jose.content import CIPHERS
from crypto.keys.handle import Decrypter
from crypto.sm import sm4
from crypto.sm.encoding import der_to_ciphertext
from tests.crypto.jose.peers import P256_PAIR, SM2_PAIR, P256Reader, Pair, Sm2Reader

_VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "jose" / "jwe.json").read_text())
_PAYLOAD = "事项 一号".encode()
_ALGORITHMS, _ENCRYPTIONS = frozenset({"SGD_SM2_3", "ECDH-ES"}), frozenset({"SGD_SM4_GCM", "A256GCM"})
_PKCS8_SM2 = bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420")


def _decrypt(token: str, reader: Decrypter, **options: object) -> bytes:
    return jwe.decrypt(token, reader, algorithms=_ALGORITHMS, encryptions=_ENCRYPTIONS, **options)  # type: ignore[arg-type] # options of a test


def _parts(token: str) -> tuple[dict[str, object], list[bytes]]:
    header, *rest = token.split(".")
    return json.loads(base64url.decode(header)), [base64url.decode(part) for part in rest]


@pytest.mark.clause("RFC 7516", "A.1")
def test_the_content_of_the_rfcs_sample_opens() -> None:
    """A256GCM with the protected header as associated data gives the sample's plaintext, and its ciphertext again."""
    sample = _VECTORS["a256gcm"]
    key, iv, ciphertext, tag = (base64url.decode(sample[name]) for name in ("cek", "iv", "ciphertext", "tag"))
    cipher, associated = CIPHERS["A256GCM"], sample["protected"].encode()
    assert cipher.open(key, iv, ciphertext + tag, associated).decode() == sample["plaintext"]
    assert cipher.seal(key, iv, sample["plaintext"].encode(), associated) == ciphertext + tag


@pytest.mark.clause("RFC 7516", "7.1")
def test_what_is_written_for_sm2_is_read_by_its_holder_alone() -> None:
    """The header names algorithm, cipher, key and content type; the five parts have their sizes; nobody else reads it."""
    reader = Sm2Reader()
    token = jwe.encrypt(_PAYLOAD, reader.jwk, **SM2_PAIR, cty="JWT")
    header, (encrypted, iv, ciphertext, tag) = _parts(token)
    assert header == {**SM2_PAIR, "kid": "sm2-enc", "cty": "JWT"}
    # SM2 ciphertext 04‖x‖y‖C3‖C2 of a key of 16 bytes (GM/T 0125.3).
    assert (len(encrypted), encrypted[0], len(iv), len(ciphertext), len(tag)) == (
        113,
        4,
        12,
        len(_PAYLOAD),
        16,
    )
    assert _decrypt(token, reader) == _PAYLOAD
    with pytest.raises(Exception, match="decryption"):
        _decrypt(token, Sm2Reader())


@pytest.mark.clause("RFC 7518", "4.6.1")
def test_what_is_written_by_agreement_carries_a_fresh_key() -> None:
    """No encrypted key, an ephemeral key of public members alone, and another one for every token."""
    reader = P256Reader()
    tokens = [jwe.encrypt(_PAYLOAD, reader.jwk, **P256_PAIR) for _ in range(2)]
    headers = [_parts(token)[0] for token in tokens]
    epks = [header.pop("epk") for header in headers]
    assert headers == [{**P256_PAIR, "kid": "p256-enc"}] * 2
    assert all(isinstance(epk, dict) and set(epk) == {"kty", "crv", "x", "y"} for epk in epks)
    assert epks[0] != epks[1]
    assert all(_parts(token)[1][0] == b"" for token in tokens)
    assert [_decrypt(token, reader) for token in tokens] == [_PAYLOAD] * 2


def test_two_tokens_of_one_payload_share_nothing() -> None:
    """Key and IV are fresh each time."""
    reader = Sm2Reader()
    first, second = (_parts(jwe.encrypt(_PAYLOAD, reader.jwk, **SM2_PAIR))[1] for _ in range(2))
    assert all(one != other for one, other in zip(first, second, strict=True))


def test_an_empty_and_a_long_payload_come_back() -> None:
    """Nothing at all and ten thousand bytes are both contents."""
    for reader, pair in ((Sm2Reader(), SM2_PAIR), (P256Reader(), P256_PAIR)):
        for payload in (b"", b"x" * 10_000):
            assert _decrypt(jwe.encrypt(payload, reader.jwk, **pair), reader) == payload


def test_joserfc_reads_what_we_write_by_agreement() -> None:
    """An independent reader opens our ECDH-ES token."""
    key = ECKey.generate_key("P-256", {"kid": "p256-enc"})
    token = jwe.encrypt(_PAYLOAD, key.as_dict(private=False), **P256_PAIR, cty="JWT")
    opened = reference.decrypt_compact(token, key, algorithms=["ECDH-ES", "A256GCM"])
    assert opened.plaintext == _PAYLOAD


@pytest.mark.clause("RFC 7518", "4.6.2")
@pytest.mark.parametrize("party", [{}, {"apu": "QWxpY2U", "apv": "Qm9i"}])
def test_we_read_what_joserfc_writes_by_agreement(party: dict[str, str]) -> None:
    """Also with names of both parties in the key derivation."""
    reader = P256Reader()
    key = ECKey.import_key({name: reader.jwk[name] for name in ("kty", "crv", "x", "y")})
    token = reference.encrypt_compact(
        {**P256_PAIR, **party}, _PAYLOAD, key, algorithms=["ECDH-ES", "A256GCM"]
    )
    assert _decrypt(token, reader) == _PAYLOAD


def test_gmssl_reads_the_content_key_that_we_encrypt() -> None:
    """An independent SM2 opens the encrypted key as C1C3C2, and the content opens with it."""
    reader = Sm2Reader()
    token = jwe.encrypt(_PAYLOAD, reader.jwk, **SM2_PAIR)
    _, (encrypted, iv, ciphertext, tag) = _parts(token)
    foreign = gmssl_sm2.CryptSM2(private_key="00" * 32, public_key="00" * 64, mode=1)
    foreign.private_key = reader.key._d.hex()
    key = foreign.decrypt(encrypted[1:])
    assert sm4.gcm_open(key, iv, ciphertext + tag, token.partition(".")[0].encode()) == _PAYLOAD


def test_openssl_reads_the_content_key_in_its_asn1_form(tmp_path: Path) -> None:
    """A peer that agreed on ASN.1 gets SEQUENCE{x, y, C3, C2}, which OpenSSL's command line decrypts."""
    reader = Sm2Reader()
    token = jwe.encrypt(_PAYLOAD, reader.jwk, **SM2_PAIR, ek_encoding="asn1")
    _, (encrypted, iv, ciphertext, tag) = _parts(token)
    assert der_to_ciphertext(encrypted)[0] == 4
    public = b"\x04" + reader.key.public_key.raw
    key_file, text = tmp_path / "sm2.der", tmp_path / "ek.der"
    key_file.write_bytes(_PKCS8_SM2 + reader.key._d + b"\xa1\x44\x03\x42\x00" + public)
    text.write_bytes(encrypted)
    command = ["openssl", "pkeyutl", "-decrypt", "-inkey", str(key_file), "-keyform", "DER", "-in", str(text)]
    key = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
    assert sm4.gcm_open(key, iv, ciphertext + tag, token.partition(".")[0].encode()) == _PAYLOAD
    assert _decrypt(token, reader, ek_encoding="asn1") == _PAYLOAD
    with pytest.raises(Exception, match="decryption"):
        _decrypt(token, reader)


@pytest.mark.parametrize(
    ("change", "pair"),
    [
        ({"use": "sig"}, SM2_PAIR),
        ({"alg": "SGD_SM3_SM2"}, SM2_PAIR),
        ({"key_ops": ["verify"]}, SM2_PAIR),
        ({"d": "AAAA"}, SM2_PAIR),
        ({"crv": "P-256"}, SM2_PAIR),
        ({"kty": "OKP"}, SM2_PAIR),
        ({"y": "A" * 43}, SM2_PAIR),
        ({}, {"alg": "ECDH-ES", "enc": "A256GCM"}),
        ({}, {"alg": "SGD_SM2_3", "enc": "A128CBC-HS256"}),
        ({}, {"alg": "RSA-OAEP", "enc": "A256GCM"}),
        ({}, {"alg": "dir", "enc": "A256GCM"}),
    ],
)
def test_keys_that_do_not_serve_are_not_encrypted_to(change: dict[str, object], pair: Pair) -> None:
    """A signature key, a private key, another curve or a broken point never becomes a recipient."""
    with pytest.raises(KeyUnusable):
        jwe.encrypt(_PAYLOAD, {**Sm2Reader().jwk, **change}, **pair)


def test_a_p256_recipient_must_be_on_its_curve() -> None:
    """An SM2 point named P-256, a P-384 key and a point off the curve are refused before anything is agreed on."""
    wide = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    reader = P256Reader()
    for change in (
        {name: Sm2Reader().jwk[name] for name in ("x", "y")},
        {"y": reader.jwk["x"]},
        {"crv": "P-384", "x": base64url.encode(wide.x.to_bytes(48, "big"))},
        {"crv": "SM2"},
    ):
        with pytest.raises(KeyUnusable):
            jwe.encrypt(_PAYLOAD, {**reader.jwk, **change}, **P256_PAIR)


def test_keys_without_hints_and_with_fitting_operations_serve() -> None:
    """kid, alg and use may be missing, and key_ops may name what is done."""
    reader = P256Reader()
    bare = {name: reader.jwk[name] for name in ("kty", "crv", "x", "y")}
    for key in (bare, {**bare, "key_ops": ["deriveKey"]}, {**bare, "key_ops": ["deriveBits"]}):
        assert _decrypt(jwe.encrypt(_PAYLOAD, key, **P256_PAIR), reader) == _PAYLOAD
