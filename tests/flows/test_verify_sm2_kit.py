"""The kit's script checks our SM2 ID tokens with gmssl alone, and OpenSSL's command line agrees with it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crypto import base64url
from tests.support.gateway import ROOT, granian
from tests.support.journey import Browser, RelyingParty
from tests.support.openssl_ca import openssl
from tests.support.provider import Provider, SqliteTemplate
from tests.support.servers import free_port
from tests.support.tokens import published_keys

SCRIPT = ROOT / "specs" / "kit" / "verify_sm2.py"
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


def run(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """The script as a department runs it: no product code on its path."""
    plain = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(
        [sys.executable, "-I", "-W", "error", str(SCRIPT), *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        env=plain,
        check=False,
    )


def tokens(provider: Provider, algorithm: str = "SGD_SM3_SM2") -> dict[str, str]:
    """The tokens of a sign-in under this algorithm."""
    client = provider.make.client(
        f"dept-{algorithm.lower().replace('_', '-')}",
        id_token_signed_response_alg=algorithm,
        access_token_signed_response_alg=algorithm,
    )
    return RelyingParty(provider, client).tokens(Browser(provider), provider.make.person())


@pytest.fixture
def key_set(provider: Provider, tmp_path: Path) -> str:
    """The published key set in a file."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": published_keys(provider)}))
    return str(file)


def with_header(token: str, **changes: object) -> str:
    """The token with header members set, or left out by None; the signature stays."""
    head, payload, signature = token.split(".")
    header = json.loads(base64url.decode(head)) | changes
    kept = {name: value for name, value in header.items() if value is not None}
    return f"{base64url.encode(json.dumps(kept).encode())}.{payload}.{signature}"


def with_signature(token: str, change: Callable[[bytes], bytes]) -> str:
    """The token with another signature."""
    head, payload, signature = token.split(".")
    return f"{head}.{payload}.{base64url.encode(change(base64url.decode(signature)))}"


@pytest.mark.clause("GM/T 0125.2", "5")
def test_a_good_token_holds_and_its_claims_are_printed(
    provider: Provider, key_set: str, tmp_path: Path
) -> None:
    """From a file and from standard input: exit 0 and the claims."""
    token = tokens(provider)["id_token"]
    (tmp_path / "token").write_text(token + "\n")
    for done in (
        run("--jwks", key_set, "--token", str(tmp_path / "token")),
        run("--jwks", key_set, "--token", "-", given=token),
    ):
        assert (done.returncode, done.stderr) == (0, "")
        claims = json.loads(done.stdout)
        assert claims["iss"] == provider.issuer


def test_the_sample_of_the_standards_study_holds(tmp_path: Path) -> None:
    """Token, e and DER signature that were reckoned without this project's code come out the same."""
    sample = json.loads((ROOT / "tests" / "vectors" / "jose" / "sm2_jws.json").read_text())
    (tmp_path / "jwks").write_text(json.dumps({"keys": [sample["jwk"]]}))
    token = f"{sample['input']}.{sample['rs64']}"
    done = run("--jwks", str(tmp_path / "jwks"), "--token", "-", "--digest", str(tmp_path), given=token)
    assert done.returncode == 0, done.stderr
    claims, e, _ = done.stdout.splitlines()
    assert json.loads(claims) == sample["claims"]
    assert e == f"e = {sample['e']}"
    assert (tmp_path / "sig.der").read_bytes() == base64url.decode(sample["der"])


def test_openssl_agrees_on_the_extracted_digest(provider: Provider, key_set: str, tmp_path: Path) -> None:
    """The command that the script prints verifies e by the written key and signature, and refuses another e."""
    out = tmp_path / "out"
    done = run("--jwks", key_set, "--token", "-", "--digest", str(out), given=tokens(provider)["id_token"])
    assert done.returncode == 0, done.stderr
    _, digest, command = done.stdout.splitlines()
    assert digest == "e = " + (out / "e.bin").read_bytes().hex()
    program, *arguments = command.split(" ")
    assert program == "openssl"
    placed = [str(out / word) if (out / word).is_file() else word for word in arguments]
    assert b"Signature Verified Successfully" in openssl(*placed)
    assert b"Public-Key: (256 bit)" in openssl("pkey", "-pubin", "-in", out / "pub.pem", "-noout", "-text")
    assert b"SM2" in openssl("pkey", "-pubin", "-in", out / "pub.pem", "-noout", "-text")
    (out / "e.bin").write_bytes(bytes(31) + b"\x01")
    refused = subprocess.run(["openssl", *placed], capture_output=True, check=False, timeout=30)
    assert refused.returncode != 0


def test_keys_are_found_by_discovery(sqlite_template: SqliteTemplate, tmp_path: Path) -> None:
    """--issuer asks the running platform for its keys and holds the token to this issuer."""
    port = free_port()
    settings = sqlite_template.copy(tmp_path) | {"YIHAO_ISSUER": f"http://127.0.0.1:{port}"}
    provider = Provider(settings)
    token = tokens(provider)["id_token"]
    with granian("idp.main:create_public_app", settings, tmp_path / "log", port):
        done = run("--issuer", provider.issuer, "--token", "-", given=token)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["iss"] == provider.issuer
        alias = run("--issuer", f"http://localhost:{port}", "--token", "-", given=token)
        assert (alias.returncode, alias.stdout) == (2, "")
        assert "another issuer" in alias.stderr
    provider.close()
    gone = run("--issuer", provider.issuer, "--token", "-", given=token)
    assert (gone.returncode, gone.stdout) == (2, "")


def test_tampered_tokens_are_refused(provider: Provider, key_set: str) -> None:
    """Another payload, header or signature, and signatures out of form or range: exit 1 and no claims."""
    token = tokens(provider)["id_token"]
    head, payload, signature = token.split(".")
    claims = json.loads(base64url.decode(payload)) | {"sub": "somebody-else"}
    forged = {
        f"{head}.{base64url.encode(json.dumps(claims).encode())}.{signature}": "does not hold",
        with_header(token, typ=None): "does not hold",
        with_signature(token, lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])): "does not hold",
        with_signature(token, lambda raw: raw[32:] + raw[:32]): "does not hold",
        with_signature(token, lambda raw: raw + b"\0"): "64 octets",
        with_signature(token, lambda raw: raw[:-1]): "64 octets",
        with_signature(token, lambda raw: bytes(32) + raw[32:]): "out of range",
        with_signature(token, lambda raw: raw[:32] + bytes(32)): "out of range",
        with_signature(token, lambda raw: N.to_bytes(32, "big") + raw[32:]): "out of range",
        with_signature(
            token, lambda raw: raw[:32] + (N - int.from_bytes(raw[:32], "big")).to_bytes(32, "big")
        ): "out of range",
        token + "=": "base64url",
        f"{head}.{payload}": "three parts",
        f"{token}.a.b": "three parts",
        "": "three parts",
    }
    for text, reason in forged.items():
        done = run("--jwks", key_set, "--token", "-", given=text)
        assert (done.returncode, done.stdout) == (1, ""), text
        assert reason in done.stderr


@pytest.mark.sec("SEC-08")
@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"},
        {"alg": "ES256"},
        {"alg": "SM2"},
        {"alg": None},
        {"kid": None},
        {"kid": "unknown"},
        {"kid": 7},
        {"typ": "at+jwt"},
        {"crit": ["exp"]},
        {"jwk": {"kty": "EC"}},
        {"jku": "https://evil.test/jwks"},
        {"x5u": "https://evil.test/"},
        {"x5c": []},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
def test_a_header_that_is_not_ours_is_refused(
    provider: Provider, key_set: str, changes: dict[str, object]
) -> None:
    """Algorithms, keys and extensions that a header brings along are named and refused before any arithmetic."""
    token = with_header(tokens(provider)["id_token"], **changes)
    done = run("--jwks", key_set, "--token", "-", given=token)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("refused 拒绝: ")
    assert "does not hold" not in done.stderr


def test_other_tokens_are_refused_by_name(provider: Provider, key_set: str) -> None:
    """An ES256 ID token and an SM2 access token: the reason names algorithm and type."""
    es256, sm2 = tokens(provider, "ES256"), tokens(provider)
    other = run("--jwks", key_set, "--token", "-", given=es256["id_token"])
    assert (other.returncode, other.stdout) == (1, "")
    assert "'ES256'" in other.stderr
    access = run("--jwks", key_set, "--token", "-", given=sm2["access_token"])
    assert (access.returncode, access.stdout) == (1, "")
    assert "no ID token" in access.stderr


def test_a_wrong_key_is_refused(provider: Provider, tmp_path: Path) -> None:
    """Another key under the same name, one off the curve, one doubled and one of another curve verify nothing."""
    token = tokens(provider)["id_token"]
    kid = json.loads(base64url.decode(token.split(".")[0]))["kid"]
    keys = published_keys(provider)
    own = next(key for key in keys if key["kid"] == kid)
    p256 = next(key for key in keys if key["crv"] == "P-256")
    generator = {
        "x": base64url.encode(
            bytes.fromhex("32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7")
        ),
        "y": base64url.encode(
            bytes.fromhex("bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0")
        ),
    }
    sets: list[tuple[list[dict[str, object]], str]] = [
        ([own | generator], "does not hold"),
        ([own | {"y": own["x"]}], "on the curve"),
        ([own | {"x": base64url.encode(base64url.decode(own["x"])[1:])}], "length"),
        ([own, own], "several keys"),
        ([p256 | {"kid": kid}], "no SM2 key"),
        ([own | {"d": own["x"]}], "not a public"),
        ([own | {"use": "enc"}], "not a public"),
        ([], "no key"),
    ]
    for number, (listed, reason) in enumerate(sets):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps({"keys": listed}))
        done = run("--jwks", str(file), "--token", "-", given=token)
        assert (done.returncode, done.stdout) == (1, ""), reason
        assert reason in done.stderr


def test_what_cannot_be_checked_is_said_apart_from_a_refusal(provider: Provider, tmp_path: Path) -> None:
    """A missing file, no key set and an issuer that is no origin end with 2."""
    token = tokens(provider)["id_token"]
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "none.json").write_text("{}")
    for arguments in (
        ("--jwks", str(tmp_path / "missing.json")),
        ("--jwks", str(tmp_path / "list.json")),
        ("--jwks", str(tmp_path / "none.json")),
        ("--issuer", "http://id.province.test"),
        ("--issuer", "https://id.province.test/path"),
        ("--issuer", "file:///etc/hostname"),
        (),
    ):
        done = run(*arguments, "--token", "-", given=token)
        assert (done.returncode, done.stdout) == (2, ""), arguments
