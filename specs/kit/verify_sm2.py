"""Checks the SM2 signature (SGD_SM3_SM2, GM/T 0125.2) of an ID token of the platform. 验证一号签发的 SM2 身份令牌。

    python verify_sm2.py --issuer https://id.example.gov.cn --token token.txt
    python verify_sm2.py --jwks jwks.json --token -  --digest out/

Needs Python 3.11 and the PyPI package gmssl 3.2.2, nothing else. gmssl does the curve arithmetic; what it leaves out
is done here before it is asked: the length of the signature, the ranges of r and s, the key on its curve and handed
over unchanged (its constructor strips leading digits 0 and 4). It verifies only: never sign or decrypt with gmssl 3.2.2.

Prints the claims as one line of JSON. Exit: 0 the signature holds, 1 the token is refused, 2 it could not be checked.
The signature and, with --issuer, the claim `iss` are judged; time, audience and nonce are for the application.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

try:
    from gmssl import sm2
    from gmssl import sm3 as slow_sm3
except ImportError:
    sm2 = slow_sm3 = None

ALGORITHM = "SGD_SM3_SM2"
CURVES = frozenset({"SM2", "SM2-P-256", "sm2p256v1"})
IDENTITY = b"1234567812345678"
"""The default identity of GM/T 0009 §10."""
FORBIDDEN = ("b64", "crit", "jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u", "zip")
MAX_TOKEN = 16 * 1024
MAX_DOCUMENT = 256 * 1024
SECONDS = 5

# The curve of GM/T 0003.5-2012.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""SubjectPublicKeyInfo up to the point: id-ecPublicKey 1.2.840.10045.2.1, curve 1.2.156.10197.1.301, point 04‖x‖y."""
OPENSSL = "openssl pkeyutl -verify -pubin -inkey pub.pem -sigfile sig.der -in e.bin"

_BASE64URL = re.compile("[A-Za-z0-9_-]+", re.ASCII)


class Refused(Exception):
    """The token is not one that the platform signed under SM2."""


class NotChecked(Exception):
    """Nothing can be said about the token: no keys, no library, no file."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_named: object) -> None:
        """Follow none: keys come from the address that the issuer names."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="verify_sm2.py", description="验证一号签发的 SM2 身份令牌")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--issuer", help="address of the platform; keys are found by discovery")
    source.add_argument("--jwks", help="file with the platform's key set (/oauth/jwks)")
    parser.add_argument("--token", required=True, help="file with the ID token, or - for standard input")
    parser.add_argument(
        "--digest", metavar="DIR", help="also write e.bin, pub.pem, sig.der for OpenSSL there"
    )
    given = parser.parse_args(arguments)
    try:
        for line in run(given.issuer, given.jwks, given.token, given.digest):
            sys.stdout.write(line + "\n")
    except Refused as reason:
        sys.stderr.write(f"refused 拒绝: {reason}\n")
        return 1
    except NotChecked as reason:
        sys.stderr.write(f"not checked 未能验证: {reason}\n")
        return 2
    return 0


def run(issuer: str | None, jwks: str | None, token: str, folder: str | None) -> list[str]:
    """The lines to print for a token that holds. Raises Refused or NotChecked."""
    require_gmssl()
    text = sys.stdin.read(MAX_TOKEN + 2) if token == "-" else _file(token).decode("utf-8", "replace")  # noqa: S105 - the word for standard input
    header, payload, signed, signature = parse(text.strip())
    keys = discover(issuer) if issuer is not None else _json(_file(jwks or ""), NotChecked)
    public = public_key(chosen(keys, header["kid"]))
    e = digest(public, signed)
    _require_form(signature)
    further = write_for_openssl(Path(folder), e, public, signature) if folder is not None else []
    if not holds(public, e, signature):
        raise Refused("the signature does not hold under the published key")
    if issuer is not None and payload.get("iss") != issuer:
        raise Refused("iss is not this issuer")
    return [json.dumps(payload, ensure_ascii=False), *further]


def parse(token: str) -> tuple[dict[str, object], dict[str, object], bytes, bytes]:
    """Header, payload, signed octets and signature of a compact JWS with a permitted header (RFC 7515 §3.1)."""
    parts = token.split(".")
    if len(token) > MAX_TOKEN or len(parts) != 3:
        raise Refused("not a token of three parts; an encrypted one has five and is decrypted first")
    header = _json(_decode(parts[0]), Refused)
    if header.get("alg") != ALGORITHM:
        raise Refused(f"alg is {str(header.get('alg'))[:20]!r}; only {ALGORITHM} is checked here")
    present = [name for name in FORBIDDEN if name in header]
    if present:
        raise Refused(f"the header brings {present[0]}")
    if header.get("typ", "JWT") != "JWT":
        raise Refused("typ is not JWT: this is no ID token")
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise Refused("the header names no key (kid)")
    return header, _json(_decode(parts[1]), Refused), f"{parts[0]}.{parts[1]}".encode(), _decode(parts[2])


def discover(issuer: str) -> dict[str, object]:
    """The key set of an issuer, from the same origin (OpenID Connect Discovery 1.0 §4)."""
    parts = urlsplit(issuer)
    is_loopback = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    if not (parts.scheme == "https" or is_loopback) or parts.path or parts.query or not parts.hostname:
        raise NotChecked("the issuer is an https origin without a path")
    metadata = _json(_get(issuer + "/.well-known/openid-configuration"), NotChecked)
    if metadata.get("issuer") != issuer:
        raise NotChecked("the metadata is of another issuer")
    address = metadata.get("jwks_uri")
    if not isinstance(address, str) or urlsplit(address)[:2] != parts[:2]:
        raise NotChecked("jwks_uri is not at the issuer's own origin")
    return _json(_get(address), NotChecked)


def chosen(keys: Mapping[str, object], kid: object) -> Mapping[str, object]:
    """The one key of the set that `kid` names."""
    listed = keys.get("keys")
    if not isinstance(listed, list):
        raise NotChecked("no key set")
    found = [key for key in listed if isinstance(key, dict) and key.get("kid") == kid]
    if len(found) != 1:
        raise Refused("kid names no key of the platform" if not found else "kid names several keys")
    return dict(found[0])


def public_key(jwk: Mapping[str, object]) -> bytes:
    """x‖y of an SM2 key that is on the curve (GM/T 0003.1 §6.2)."""
    if jwk.get("kty") != "EC" or jwk.get("crv") not in CURVES or jwk.get("alg", ALGORITHM) != ALGORITHM:
        raise Refused("the key named is no SM2 key")
    if jwk.get("use", "sig") != "sig" or "d" in jwk:
        raise Refused("the key named is not a public signing key")
    x, y = _decode(jwk.get("x")), _decode(jwk.get("y"))
    if len(x) != 32 or len(y) != 32:
        raise Refused("the key has a wrong length")
    a, b = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    if a >= P or b >= P or (b * b - (a * a * a + A * a + B)) % P:
        raise Refused("the key is not on the curve")
    return x + y


def digest(public: bytes, signed: bytes) -> bytes:
    """e = SM3(Z ‖ M), Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ G ‖ P) (GM/T 0003.2 §5.5)."""
    curve = A.to_bytes(32, "big") + B.to_bytes(32, "big") + bytes.fromhex(G)
    z = sm3_digest(bytes([0, len(IDENTITY) * 8]) + IDENTITY + curve + public)
    return sm3_digest(z + signed)


def holds(public: bytes, e: bytes, signature: bytes) -> bool:
    """Whether r‖s, whose form was checked, is of this key over e, by gmssl's arithmetic (GM/T 0003.2 §7.1)."""
    engine = sm2.CryptSM2(private_key="", public_key="00" * 64)
    # Set afterwards: the constructor would strip leading digits 0 and 4 of the key.
    engine.public_key = public.hex()
    try:
        return engine.verify(signature.hex(), e) is True
    except (TypeError, ValueError, IndexError):
        # gmssl has no point at infinity; a sum that leads there never verifies.
        return False


def sm3_digest(data: bytes) -> bytes:
    """SM3, by OpenSSL where it has SM3 and by gmssl elsewhere."""
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    return bytes.fromhex(slow_sm3.sm3_hash(list(data)))


def write_for_openssl(folder: Path, e: bytes, public: bytes, signature: bytes) -> list[str]:
    """Write e, the key and the signature in OpenSSL's forms; the lines tell e and the command to run there."""
    key = base64.encodebytes(SPKI + public).decode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "e.bin").write_bytes(e)
    (folder / "pub.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{key}-----END PUBLIC KEY-----\n", "ascii")
    (folder / "sig.der").write_bytes(der(signature))
    return [f"e = {e.hex()}", OPENSSL]


def der(signature: bytes) -> bytes:
    """SEQUENCE {r, s} of two INTEGERs (GM/T 0009 §7.3)."""
    numbers = b"".join(_integer(signature[i : i + 32]) for i in (0, 32))
    return bytes([0x30, len(numbers)]) + numbers


def require_gmssl() -> None:
    """Raise NotChecked unless the package is gmssl 3.2.2 with the curve above (`gmssl-python` has the same name)."""
    try:
        found = version("gmssl")
        table = sm2.default_ecc_table
    except (PackageNotFoundError, AttributeError):
        raise NotChecked("the package gmssl is missing: pip install gmssl==3.2.2") from None
    numbers = tuple(int(table[name], 16) for name in ("p", "a", "b", "n", "g"))
    if found != "3.2.2" or numbers != (P, A, B, N, int(G, 16)):
        raise NotChecked(f"gmssl {found} is not the 3.2.2 that this script knows")


def _require_form(signature: bytes) -> None:
    if len(signature) != 64:
        raise Refused("the signature is not r‖s of 64 octets")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N) or (r + s) % N == 0:
        raise Refused("r or s is out of range")


def _integer(octets: bytes) -> bytes:
    value = octets.lstrip(b"\0")
    value = b"\0" + value if value[0] & 0x80 else value
    return bytes([0x02, len(value)]) + value


def _decode(text: object) -> bytes:
    """base64url without padding, in its only right writing (RFC 7515 §2)."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise Refused("base64url is malformed")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Refused("base64url is malformed")
    return data


def _json(data: bytes, error: type[Exception]) -> dict[str, object]:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise error("not JSON, or a name twice") from None
    if not isinstance(value, dict):
        raise error("not a JSON object")
    return value


def _file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_DOCUMENT)
    except OSError:
        raise NotChecked(f"cannot read {name}") from None


def _get(address: str) -> bytes:
    opener = urllib.request.build_opener(_NoRedirect())
    try:
        with opener.open(address, timeout=SECONDS) as answer:
            data = bytes(answer.read(MAX_DOCUMENT + 1))
    except (OSError, ValueError, urllib.error.URLError):
        raise NotChecked(f"no answer from {address}") from None
    if len(data) > MAX_DOCUMENT:
        raise NotChecked(f"too long an answer from {address}")
    return data


if __name__ == "__main__":
    sys.exit(main())
