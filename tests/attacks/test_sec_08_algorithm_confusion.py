"""SEC-08: at no place where a token comes in does the token choose by what it is verified."""

import json
from collections.abc import Callable, Iterator

import pytest

from crypto import base64url
from crypto.jose import jwe, mac, nested
from crypto.jose.profile import ENC_OF
from crypto.keys.handle import Algorithm
from tests.support.forging import SM2, Signing, der_form, hmac_token, part
from tests.support.provider import Provider
from tests.support.recipients import Recipient
from tests.support.token_readers import Reader, access_readers, assertion_reader, hint_reader
from tests.support.tokens import published_keys

pytestmark = [pytest.mark.sec("SEC-08"), pytest.mark.clause("RFC 8725", "3.1")]
ALGORITHMS: tuple[Algorithm, Algorithm] = ("ES256", "SGD_SM3_SM2")
NONES: tuple[object, ...] = (
    "none",
    "None",
    "NONE",
    "nOnE",
    "nonE",
    " none",
    "none ",
    "n\u043ene",
    "null",
    "",
    None,
    0,
    [],
    ["none"],
)
HASHES = {
    "HS384": "sha384",
    "HS512": "sha512",
    "hs256": "sha256",
    "SGD_SM3_HMAC": "sm3",
    "ES256": "sha256",
    "SGD_SM3_SM2": "sm3",
}
IDENTITIES = (b"", b"1234567812345679", b"12345678123456781", b"ALICE123@YAHOO.COM", b"\0" * 16)

Attack = tuple[str, str]


def unsigned(reader: Reader) -> Iterator[Attack]:
    """No algorithm, in every spelling, with no signature, an empty one, a good one."""
    for alg in NONES:
        good = reader.signing.token({**reader.header, "alg": alg}, reader.claims())
        body, _, signature = good.rpartition(".")
        for name, end in (("empty", "."), ("good", f".{signature}"), ("missing", ""), ("some", ".AA")):
            yield f"alg {alg!r}, signature {name}", body + end
    bare = {name: value for name, value in reader.header.items() if name != "alg"}
    yield "no alg at all", f"{part(bare)}.{part(reader.claims())}."


def symmetric(reader: Reader) -> Iterator[Attack]:
    """HMAC with what everybody knows of our key."""
    for key in (reader.signing, reader.other):
        secrets = key.public_secrets()
        header = {**reader.header, "kid": key.handle.kid}
        for name, secret in secrets.items():
            token = hmac_token({**header, "alg": "HS256"}, reader.claims(), secret, "sha256")
            yield f"HS256 by {name}", token
        for alg, hash_name in HASHES.items():
            token = hmac_token({**header, "alg": alg}, reader.claims(), secrets["PEM"], hash_name)
            yield f"{alg} by PEM", token


def embedded(reader: Reader) -> Iterator[Attack]:
    """A stranger's key that the header brings along, names or points to."""
    for algorithm in ALGORITHMS:
        stranger = Signing.fresh(algorithm)
        chain = [base64url.encode(stranger.public_secrets()["DER"])]
        members: dict[str, object] = {
            "jwk": stranger.jwk,
            "jku": "https://evil.test/jwks",
            "x5u": "https://evil.test/chain",
            "x5c": chain,
            "x5t#S256": "A" * 43,
            "jwks": {"keys": [stranger.jwk]},
        }
        for kid in (reader.header["kid"], stranger.handle.kid, None, "../../../dev/null"):
            base = {**reader.header, "alg": algorithm, "kid": kid}
            if kid is None:
                del base["kid"]
            yield f"stranger, kid {kid}", stranger.token(base, reader.claims())
            for name, value in members.items():
                yield f"stranger's {name}, kid {kid}", stranger.token({**base, name: value}, reader.claims())
            yield f"all of them, kid {kid}", stranger.token({**base, **members}, reader.claims())


def headers(reader: Reader) -> Iterator[Attack]:
    """Headers that our own reading must refuse even over a signature that holds."""
    extras: tuple[dict[str, object], ...] = (
        {"jwk": reader.signing.jwk},
        {"jku": "https://id.province.test/oauth/jwks"},
        {"x5u": "https://id.province.test/chain"},
        {"x5c": []},
        {"crit": []},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"crit": ["urn:unknown"], "urn:unknown": 1},
        {"crit": "b64"},
        {"crit": None},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"kid": None},
        {"kid": 7},
        {"kid": [reader.header["kid"]]},
        {"kid": reader.header["kid"] + " "},
        {"kid": reader.header["kid"].swapcase()},
        {"kid": reader.other.handle.kid},
        {"kid": "unknown"},
    )
    for extra in extras:
        yield f"header {extra}", reader.signing.token({**reader.header, **extra}, reader.claims())
    twice = json.dumps(reader.header)[:-1] + ', "alg": "none"}'
    signed = f"{part(twice)}.{part(reader.claims())}"
    signature = base64url.encode(reader.signing.sign(signed.encode()))
    yield "alg twice", f"{signed}.{signature}"
    raw = f"{part({**reader.header, 'b64': False, 'crit': ['b64']})}.{json.dumps(reader.claims())}"
    yield "payload not encoded", f"{raw}.{base64url.encode(reader.signing.sign(raw.encode()))}"


def swapped(reader: Reader) -> Iterator[Attack]:
    """Key, name of the key and name of the algorithm that do not belong together, SM2 against ES256."""
    names = (
        "ES256",
        "SGD_SM3_SM2",
        "es256",
        "sgd_sm3_sm2",
        "ES256K",
        "ES384",
        "ES512",
        "RS256",
        "PS256",
        "EdDSA",
    )
    for alg in (*names, "SM2", "SM3withSM2", ["ES256"], {"alg": "ES256"}):
        for kid in (reader.signing.handle.kid, reader.other.handle.kid):
            for signing in (reader.signing, reader.other):
                if signing.handle.kid == kid and signing.handle.algorithm == alg:
                    continue
                header = {**reader.header, "alg": alg, "kid": kid}
                yield f"alg {alg}, kid {kid}", signing.token(header, reader.claims())
    if reader.signing.handle.algorithm == SM2:
        for identity in (*IDENTITIES, reader.signing.handle.kid.encode()):
            token = reader.signing.token_under(identity, reader.header, reader.claims())
            yield f"SM2 identity {identity!r}", token


def malformed(reader: Reader) -> Iterator[Attack]:
    """Signatures in another form or of other content, and tokens in another serialisation."""
    forms: dict[str, Callable[[bytes], bytes]] = {
        "DER": der_form,
        "nothing": lambda rs: b"",
        "zeros": lambda rs: bytes(64),
        "r zero": lambda rs: bytes(32) + rs[32:],
        "s zero": lambda rs: rs[:32] + bytes(32),
        "all ones": lambda rs: b"\xff" * 64,
        "cut": lambda rs: rs[:63],
        "longer": lambda rs: rs + b"\0",
        "s‖r": lambda rs: rs[32:] + rs[:32],
        "twice": lambda rs: rs + rs,
        "hexadecimal": lambda rs: rs.hex().encode(),
    }
    for name, form in forms.items():
        yield f"signature as {name}", reader.signing.token(reader.header, reader.claims(), form)
    header, payload, signature = reader.signing.token(reader.header, reader.claims()).split(".")
    wider = part({**reader.claims(), "scope": "openid idcard mobile", "admin": True})
    yield "other claims", f"{header}.{wider}.{signature}"
    yield "padded", f"{header}.{payload}.{signature}="
    yield "blank", f"{header}.{payload}. {signature}"
    yield "four parts", f"{header}.{payload}.{signature}.{signature}"
    yield "as JWE", f"{part({'alg': 'dir', 'enc': 'A256GCM'})}..{header}.{payload}.{signature}"
    yield "as JSON", json.dumps({"protected": header, "payload": payload, "signature": signature})
    yield "letters outside", f"{header}.{payload}.é"
    yield "claims twice", _twice(reader)


def _twice(reader: Reader) -> str:
    body = json.dumps(reader.claims())
    signed = f"{part(reader.header)}.{part(body[:-1] + ', ' + body[1:])}"
    return f"{signed}.{base64url.encode(reader.signing.sign(signed.encode()))}"


ATTACKS = (unsigned, symmetric, embedded, headers, swapped, malformed)


def readers(provider: Provider, algorithm: Algorithm) -> list[Reader]:
    """Every reader of tokens."""
    return [
        *access_readers(provider, algorithm),
        hint_reader(provider, algorithm),
        assertion_reader(provider, algorithm),
    ]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_reader_takes_a_forged_token(provider: Provider, algorithm: Algorithm) -> None:
    """Each kind of forgery at each place: refused in the usual words, while the genuine token next to it is taken."""
    taken = []
    for reader in readers(provider, algorithm):
        for attack in ATTACKS:
            assert reader.accepts(reader.signing.token(reader.header, reader.claims())), reader.name
            taken += [(reader.name, name) for name, token in attack(reader) if reader.accepts(token)]
        assert reader.accepts(reader.signing.token(reader.header, reader.claims())), reader.name
    assert taken == []


def sealed(reader: Reader, key: dict[str, str]) -> Iterator[Attack]:
    """Forgeries inside an encryption to our own published key, and encryptions that no reader of ours opens."""
    alg, enc = key["alg"], ENC_OF[key["alg"]]
    good = reader.signing.token(reader.header, reader.claims())
    body = good.rpartition(".")[0]
    forgeries = {
        "unsigned": f"{part({**reader.header, 'alg': 'none'})}.{part(reader.claims())}.",
        "without signature": f"{body}.",
        "a stranger's": Signing.fresh(reader.signing.handle.algorithm).token(reader.header, reader.claims()),
        "bare claims": json.dumps(reader.claims()),
        "HMAC by the key of the encryption": mac.encode(
            reader.claims(), mac.MacKey(key["kid"], base64url.decode(key["x"]) + base64url.decode(key["y"]))
        ),
        "a second encryption": nested.wrap(good, key, alg=alg, enc=enc),
    }
    for name, content in forgeries.items():
        yield f"{name}, encrypted to us", jwe.encrypt(content.encode(), key, cty="JWT", alg=alg, enc=enc)
    yield "genuine, of no content type", jwe.encrypt(good.encode(), key, alg=alg, enc=enc)
    yield "genuine, of another content type", jwe.encrypt(good.encode(), key, cty="at+jwt", alg=alg, enc=enc)
    yield "genuine, to somebody else", Recipient.fresh("ECDH-ES").wrapped(good)
    whole = nested.wrap(good, key, alg=alg, enc=enc)
    header = json.loads(base64url.decode(whole.partition(".")[0]))
    changes: tuple[dict[str, object], ...] = (
        {"zip": "DEF"},
        {"crit": ["exp"], "exp": 1},
        {"jwk": key},
        {"alg": "dir"},
        {"alg": "RSA1_5"},
        {"alg": "PBES2-HS256+A128KW", "p2s": "AAAAAAAAAAA", "p2c": 1_000_000_000},
        {"enc": "A128CBC-HS256"},
        {"kid": reader.signing.handle.kid},
        {"kid": "unknown"},
    )
    for change in changes:
        yield f"genuine, under {change}", f"{part({**header, **change})}.{whole.partition('.')[2]}"


@pytest.mark.clause("RFC 8725", "2.4")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_encryption_makes_no_forgery_a_token(provider: Provider, algorithm: Algorithm) -> None:
    """Anybody can encrypt to us, so that proves nothing; an encrypted token is read at sign-out and nowhere else."""
    keys = [key for key in published_keys(provider) if key["use"] == "enc"]
    assert {key["alg"] for key in keys} == set(ENC_OF)
    taken = []
    for reader in readers(provider, algorithm):
        for key in keys:
            good = reader.signing.token(reader.header, reader.claims())
            genuine = nested.wrap(good, key, alg=key["alg"], enc=ENC_OF[key["alg"]])
            assert reader.accepts(genuine) is (reader.name == "id_token_hint"), reader.name
            taken += [(reader.name, name) for name, token in sealed(reader, key) if reader.accepts(token)]
    assert taken == []
