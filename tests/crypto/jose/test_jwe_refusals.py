"""Encrypted tokens of strangers: everything that was altered, swapped or blown up is refused with its reason."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

import pytest

from crypto import base64url
from crypto.errors import TokenRejected
from crypto.jose import jwe
from crypto.keys.handle import Decrypter
from tests.crypto.jose.peers import P256_PAIR, SM2_PAIR, P256Reader, Pair, Sm2Reader

_SM2, _P256 = Sm2Reader(), P256Reader()
_CASES: tuple[tuple[Sm2Reader | P256Reader, Pair], ...] = ((_SM2, SM2_PAIR), (_P256, P256_PAIR))
_ALGORITHMS, _ENCRYPTIONS = frozenset({"SGD_SM2_3", "ECDH-ES"}), frozenset({"SGD_SM4_GCM", "A256GCM"})
_BOTH = pytest.mark.parametrize(("reader", "pair"), _CASES, ids=["SM2", "P-256"])


def _reason(token: str, reader: Decrypter, **options: Any) -> str:
    allowed = {"algorithms": _ALGORITHMS, "encryptions": _ENCRYPTIONS}
    with pytest.raises(TokenRejected) as refused:
        jwe.decrypt(token, reader, **{**allowed, **options})
    return refused.value.reason


def _token(reader: Sm2Reader | P256Reader, pair: Pair, payload: bytes = b"payload") -> str:
    return jwe.encrypt(payload, reader.jwk, **pair)


def _header(token: str) -> dict[str, Any]:
    return dict(json.loads(base64url.decode(token.partition(".")[0])))


def _under(token: str, header: Mapping[str, object] | bytes) -> str:
    """The token under another header."""
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{base64url.encode(data)}.{token.partition('.')[2]}"


@pytest.mark.clause("RFC 7516", "5.2")
@_BOTH
def test_an_altered_bit_anywhere_is_refused(reader: Sm2Reader | P256Reader, pair: Pair) -> None:
    """Encrypted key, IV, ciphertext and tag: one bit in any of them, and there is no payload."""
    parts = _token(reader, pair).split(".")
    for index in range(1, 5):
        data = base64url.decode(parts[index])
        for position in (0, len(data) // 2, len(data) - 1) if data else ():
            altered = bytearray(data)
            altered[position] ^= 1
            token = ".".join([*parts[:index], base64url.encode(bytes(altered)), *parts[index + 1 :]])
            assert _reason(token, reader) == "decryption", (index, position)


@pytest.mark.clause("RFC 7516", "5.1")
@_BOTH
def test_the_header_is_authenticated_byte_for_byte(reader: Sm2Reader | P256Reader, pair: Pair) -> None:
    """Another member, another order or another spelling of the same header fails with the tag."""
    token = _token(reader, pair)
    header = _header(token)
    respelled = json.dumps(header).encode()
    for other in ({**header, "cty": "JWT"}, dict(reversed(header.items())), respelled):
        assert _reason(_under(token, other), reader) == "decryption"


@_BOTH
def test_parts_of_two_tokens_do_not_mix(reader: Sm2Reader | P256Reader, pair: Pair) -> None:
    """Each part belongs to its own token."""
    one, other = _token(reader, pair).split("."), _token(reader, pair).split(".")
    for index in range(5):
        mixed = [*one[:index], other[index], *one[index + 1 :]]
        if mixed != one:
            assert _reason(".".join(mixed), reader) == "decryption"


@_BOTH
@pytest.mark.parametrize(
    ("index", "size"), [(2, 0), (2, 11), (2, 13), (2, 16), (4, 0), (4, 12), (4, 15), (4, 17)]
)
def test_iv_and_tag_have_one_size(reader: Sm2Reader | P256Reader, pair: Pair, index: int, size: int) -> None:
    """A short tag is easier to guess and another IV is another construction: neither is tried."""
    parts = _token(reader, pair).split(".")
    parts[index] = base64url.encode(base64url.decode(parts[index])[:size].ljust(size, b"\0"))
    assert _reason(".".join(parts), reader) == "decryption"


@pytest.mark.clause("RFC 8725", "3.1")
@pytest.mark.parametrize(
    ("alg", "enc"),
    [
        ("dir", "A256GCM"),
        ("RSA1_5", "A256GCM"),
        ("RSA-OAEP", "A256GCM"),
        ("A256KW", "A256GCM"),
        ("PBES2-HS256+A128KW", "A256GCM"),
        ("ECDH-ES+A256KW", "A256GCM"),
        ("none", "A256GCM"),
        ("sgd_sm2_3", "SGD_SM4_GCM"),
        ("SGD_SM3_SM2", "SGD_SM4_GCM"),
        ("SGD_SM2_3", "A128CBC-HS256"),
        ("SGD_SM2_3", "none"),
        ("SGD_SM2_3", None),
        (None, "SGD_SM4_GCM"),
        (["SGD_SM2_3"], "SGD_SM4_GCM"),
    ],
)
def test_only_the_algorithms_of_our_tables_exist(alg: object, enc: object) -> None:
    """No caller's list brings back password encryption, PKCS#1 v1.5, wrapping or direct use of a key."""
    token = _under(_token(_SM2, SM2_PAIR), {"alg": alg, "enc": enc})
    every = {name for name in (alg, enc) if isinstance(name, str)}
    lists = {"algorithms": _ALGORITHMS | every, "encryptions": _ENCRYPTIONS | every}
    assert _reason(token, _SM2, **lists) == "algorithm"


@pytest.mark.clause("RFC 8725", "3.2")
@_BOTH
def test_what_the_caller_did_not_list_is_refused(reader: Sm2Reader | P256Reader, pair: Pair) -> None:
    """The caller's lists decide, even for a genuine token."""
    token = _token(reader, pair)
    assert _reason(token, reader, algorithms=_ALGORITHMS - {pair["alg"]}) == "algorithm"
    assert _reason(token, reader, encryptions=_ENCRYPTIONS - {pair["enc"]}) == "algorithm"
    assert _reason(token, reader, algorithms=frozenset()) == "algorithm"


@pytest.mark.clause("RFC 7518", "4.8.1")
@_BOTH
@pytest.mark.parametrize(
    "member",
    [
        {"jwk": {"kty": "EC"}},
        {"jku": "https://elsewhere.example.test/jwks"},
        {"x5u": "https://elsewhere.example.test/chain"},
        {"x5c": ["MII"]},
        {"crit": ["exp"], "exp": 1},
        {"b64": False},
        {"zip": "DEF"},
        {"p2s": "AAAA", "p2c": 2_000_000_000},
        {"kid": 7},
    ],
)
def test_headers_that_choose_keys_or_cost_much_are_refused(
    reader: Sm2Reader | P256Reader, pair: Pair, member: dict[str, object]
) -> None:
    """Embedded keys, addresses, critical extensions, compression and iteration counts are refused before any key is used."""
    token = _token(reader, pair)
    assert _reason(_under(token, {**_header(token), **member}), reader) == "header"


@pytest.mark.clause("RFC 7516", "4.1.3")
def test_a_compressed_bomb_is_never_unpacked() -> None:
    """A payload that would unpack to a hundred times its size is refused by the header alone."""
    bomb = _token(_SM2, SM2_PAIR, zlib.compress(bytes(1_000_000))[2:-4])
    assert _reason(_under(bomb, {**_header(bomb), "zip": "DEF"}), _SM2) == "header"
    assert len(bomb) < 16 * 1024


def test_sizes_are_bounded_before_anything_is_decoded() -> None:
    """A token or a header over its limit is refused, whatever stands in it."""
    token = _token(_SM2, SM2_PAIR)
    assert _reason(token, _SM2, max_bytes=len(token) - 1) == "oversize"
    assert _reason("A" * 20_000, _SM2) == "oversize"
    assert _reason(_under(token, {**_header(token), "pad": "A" * 4096}), _SM2) == "oversize"


@_BOTH
def test_shapes_that_are_no_compact_jwe_are_malformed(reader: Sm2Reader | P256Reader, pair: Pair) -> None:
    """Three parts, four, six, padding, blanks, other bits in the last letter, and members given twice."""
    token = _token(reader, pair)
    head, ek, iv, text, tag = token.split(".")
    twice = json.dumps(_header(token))[:-1] + ', "alg": "dir"}'
    loose = tag[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[tag[-1]]
    for shape in (
        "",
        "....",
        f"{head}.{text}.{tag}",
        f"{head}.{ek}.{iv}.{text}",
        f"{token}.{tag}",
        f"{token}=",
        f"{token}\n",
        f" {token}",
        f"{head}=.{ek}.{iv}.{text}.{tag}",
        f"{head}.{ek}.{iv}.é.{tag}",
        f"{head}.{ek}.{iv}.{text}.{loose}",
        _under(token, twice.encode()),
        _under(token, b"[]"),
        json.dumps({"protected": head, "iv": iv, "ciphertext": text, "tag": tag}),
    ):
        assert _reason(shape, reader) == "malformed", shape[:40]


def test_a_token_for_another_key_is_not_tried() -> None:
    """Another kid, or a key of the other algorithm, is no reader of this token."""
    token = _token(_P256, P256_PAIR)
    used = _P256.agreements
    assert _reason(_under(token, {**_header(token), "kid": "other"}), _P256) == "key"
    assert _reason(token, Sm2Reader("p256-enc")) == "key"
    assert _reason(_token(_SM2, SM2_PAIR), P256Reader("sm2-enc")) == "key"
    assert _P256.agreements == used


@pytest.mark.clause("RFC 7518", "4.6.1.1")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"y": "A" * 43}, "decryption"),
        ({"x": "A" * 43, "y": "A" * 43}, "decryption"),
        ({"x": _SM2.jwk["x"], "y": _SM2.jwk["y"]}, "decryption"),
        ({"crv": "SM2"}, "decryption"),
        ({"crv": "P-384"}, "decryption"),
        ({"crv": "X25519"}, "decryption"),
        ({"kty": "OKP"}, "decryption"),
        ({"x": "AA"}, "decryption"),
        ({"x": 7}, "decryption"),
        ({"d": "A" * 43}, "header"),
        ({"kid": "x"}, "header"),
    ],
)
def test_an_ephemeral_key_that_is_not_on_our_curve_never_meets_our_key(
    change: dict[str, object], reason: str
) -> None:
    """Invalid curves, other curves and private members are refused before the private key is used."""
    token = _token(_P256, P256_PAIR)
    header = _header(token)
    used = _P256.agreements
    assert _reason(_under(token, {**header, "epk": {**header["epk"], **change}}), _P256) == reason
    assert _P256.agreements == used


@pytest.mark.parametrize("epk", [..., None, "x", [], {}, {"kty": "EC"}])
def test_agreement_needs_a_whole_ephemeral_key(epk: object) -> None:
    """Without one, or with half of one, there is nothing to agree with."""
    token = _token(_P256, P256_PAIR)
    header = _header(token)
    if epk is ...:
        del header["epk"]
    else:
        header["epk"] = epk
    assert _reason(_under(token, header), _P256) == "header"


def test_members_of_one_key_management_do_not_serve_the_other() -> None:
    """An encrypted key beside an agreement, an ephemeral key beside SM2, and unreadable party names are refused."""
    token = _token(_P256, P256_PAIR)
    head, _, iv, text, tag = token.split(".")
    assert _reason(f"{head}.AAAA.{iv}.{text}.{tag}", _P256) == "header"
    for name in ("apu", "apv"):
        for value in (7, "A", "A" * 300, "é"):
            assert _reason(_under(token, {**_header(token), name: value}), _P256) == "header"
    sm2 = _token(_SM2, SM2_PAIR)
    for member in ({"epk": _header(token)["epk"]}, {"apu": "QQ"}, {"apv": "QQ"}):
        assert _reason(_under(sm2, {**_header(sm2), **member}), _SM2) == "header"


def test_broken_sm2_ciphertexts_say_nothing() -> None:
    """C1 off the curve or at infinity, C1C2C3 order, C3 altered, cut and lengthened: one answer for all."""
    token = _token(_SM2, SM2_PAIR)
    parts = token.split(".")
    raw = base64url.decode(parts[1])
    c1, c3, c2 = raw[:65], raw[65:97], raw[97:]
    for broken in (
        b"",
        b"\x04",
        c1,
        b"\x04" + bytes(64) + c3 + c2,
        c1[:-1] + bytes([c1[-1] ^ 1]) + c3 + c2,
        b"\x00" + raw[1:],
        raw[1:],
        c1 + c2 + c3,
        c1 + bytes(32) + c2,
        raw[:-1],
        raw + b"\0",
    ):
        parts[1] = base64url.encode(broken)
        assert _reason(".".join(parts), _SM2) == "decryption"
