"""The published vectors: accepted here, verified by OpenSSL, and the same on the page for those who write helpers."""

import base64
import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crypto.sm.sm2 import DEFAULT_IDENTITY, message_digest, z_value
from crypto.x509 import certificate
from crypto.x509.identity import IdentityTable
from crypto.x509.revocation import Checker
from idp.ukey.answer import read_answer
from idp.ukey.check import Holder, UkeyCheck, Why
from tests.idp.ukey.house import RULES, why
from tests.support.clock import StandingClock
from tests.support.ukey_helper import PIN, SoftwareKey, UkeyHelper

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "specs/integration/ukey-helper.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    """The one answer."""
    text = (ROOT / "tests/vectors/ukey/answer.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def check_at(vector: dict[str, Any]) -> UkeyCheck:
    """A check in the minute of the vectors, with their anchor and their list."""
    clock = StandingClock()
    clock.advance(datetime.fromisoformat(vector["at"]).timestamp() - clock.timestamp())
    anchor = certificate.parse(base64.b64decode(vector["anchor"]))
    table = IdentityTable.from_entries([{"issuer": anchor.subject.text, "rules": RULES}])
    return UkeyCheck([anchor], table, Checker(lambda _url, _body: base64.b64decode(vector["crl"])), clock)


def test_the_answer_of_the_vectors_names_its_holder(vector: dict[str, Any]) -> None:
    """By r‖s and by DER; under the empty identity the signature does not hold."""
    check, field = check_at(vector), " ".join(vector["answer"]["certificates"])
    der = base64.b64encode(bytes.fromhex(vector["signature_der_hex"])).decode()
    for signature in (vector["answer"]["signature"], der):
        holder = check.check_answer(vector["text"], read_answer(field, signature))
        assert isinstance(holder, Holder)
        assert {each.kind: each.value for each in holder.identities} == vector["holder"]
    other = read_answer(field, vector["signature_under_empty_identity"])
    assert why(check.check_answer(vector["text"], other)) is Why.SIGNATURE


def test_the_steps_of_the_vectors_are_right(vector: dict[str, Any]) -> None:
    """Z and e as a helper computes them on the way."""
    public, line = bytes.fromhex(vector["public_key_hex"])[1:], vector["text"].encode()
    assert z_value(public, DEFAULT_IDENTITY).hex() == vector["z_hex"]
    assert message_digest(public, line, DEFAULT_IDENTITY).hex() == vector["e_hex"]
    assert base64.b64decode(vector["answer"]["signature"]).hex() == vector["signature_rs_hex"]


def test_openssl_verifies_the_vectors(vector: dict[str, Any], tmp_path: Path) -> None:
    """A reader that shares no code with us takes the signature for what it is."""
    leaf = certificate.parse(base64.b64decode(vector["answer"]["certificates"][0]))
    (tmp_path / "leaf.pem").write_text(leaf.pem())
    (tmp_path / "line").write_text(vector["text"], encoding="utf-8")
    (tmp_path / "signature").write_bytes(bytes.fromhex(vector["signature_der_hex"]))
    command = (
        "openssl pkeyutl -verify -rawin -digest sm3 -certin -inkey leaf.pem -in line -sigfile signature "
        f"-pkeyopt distid:{DEFAULT_IDENTITY.decode()}"
    )
    done = subprocess.run(command.split(), check=False, capture_output=True, cwd=tmp_path)
    assert b"Verified Successfully" in done.stdout, done.stderr


def test_the_page_shows_the_vectors(vector: dict[str, Any]) -> None:
    """What a helper's author reads is what the tests hold."""
    for name in ("text", "public_key_hex", "z_hex", "e_hex", "signature_rs_hex", "signature_der_hex"):
        assert vector[name] in PAGE, name


def test_the_page_and_the_software_key_know_the_same_errors(vector: dict[str, Any]) -> None:
    """Each error by its status and body; the line of the page is one that a helper signs."""
    origin = "https://id.example.test"
    table = {
        (int(status), json.dumps(json.loads(body)))
        for status, body in re.findall(r"^\| (\d{3}) \| `(\{.*?\})` \|", PAGE, re.MULTILINE)
    }
    key = SoftwareKey(lambda _line: b"", (), tries_left=3)
    typed: list[str | None] = ["000000", None, PIN]
    helper = UkeyHelper({origin}, key, lambda _shown: typed.pop(0))
    met = [helper.sign(origin, "x")] + [helper.sign(origin, vector["text"]) for _ in range(3)]
    key.tries_left = 0
    met.append(helper.sign(origin, vector["text"]))
    helper.key = None
    met.append(helper.sign(origin, vector["text"]))
    assert met.pop(3)[0] == 200
    assert {(status, json.dumps(body)) for status, body in met} | {(409, '{"error": "busy"}')} == table
