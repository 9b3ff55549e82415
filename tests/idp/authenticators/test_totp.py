"""Codes from a clock against the vectors of RFC 6238, GM/T 0021 and pyotp's own, and each of them once."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from idp.authenticators.totp import (
    Algorithm,
    Secret,
    app_address,
    matching_step,
    new_secret,
    read_secret,
    token_code,
)
from tests.support.at_once import at_once
from tests.support.methods import app_code, give_app
from tests.support.provider import Provider

VECTORS = Path(__file__).parents[2] / "vectors" / "totp"
SEED_20 = b"12345678901234567890"
SEED_32 = SEED_20 + b"123456789012"


def rows(name: str) -> list[dict[str, Any]]:
    """The vectors of a file."""
    return list(json.loads((VECTORS / name).read_text(encoding="utf-8")))


@pytest.mark.clause("GM/T 0021-2023", "6")
@pytest.mark.parametrize("row", rows("gmt0021.json"), ids=lambda row: row["code"])
def test_a_hardware_token_shows_the_code_of_the_standard(row: dict[str, Any]) -> None:
    """Time, event and challenge factors give the code of the published table."""
    key = bytes.fromhex(row["key"])
    assert token_code(key, row["time"], row["counter"], row["challenge"]) == row["code"]


@pytest.mark.clause("RFC 6238", "B")
@pytest.mark.parametrize("row", rows("rfc6238.json"), ids=lambda row: f"{row['algorithm']}-{row['time']}")
def test_an_app_shows_the_code_of_the_standard(row: dict[str, Any]) -> None:
    """The last six of the eight published digits; SM3 by the same rule with another digest."""
    algorithm = Algorithm(row["algorithm"])
    secret = Secret(algorithm, SEED_20 if algorithm is Algorithm.SHA1 else SEED_32)
    assert secret.code(int(row["time"]) // 30) == row["code"][-6:]


@pytest.mark.parametrize("algorithm", [Algorithm.SHA1, Algorithm.SHA256])
def test_oathtool_shows_the_same_code(algorithm: Algorithm) -> None:
    """Another program, given what an app would read, gives codes that are accepted."""
    secret, now = new_secret(algorithm), 1_800_000_000
    oathtool = shutil.which("oathtool")
    assert oathtool is not None
    told = subprocess.run(
        [oathtool, f"--totp={algorithm.value.lower()}", "-b", f"--now=@{now}", secret.base32],
        capture_output=True,
        text=True,
        check=True,
    )
    assert matching_step(secret, told.stdout.strip(), now) == now // 30


def test_a_clock_may_be_one_step_off_and_no_more() -> None:
    """The codes before and after count, those two steps away do not."""
    secret, now = new_secret(), 1_800_000_000.0
    codes = {shift: secret.code(int(now) // 30 + shift) for shift in range(-2, 3)}
    accepted = {shift for shift, code in codes.items() if matching_step(secret, code, now) is not None}
    assert accepted == {-1, 0, 1}
    for wrong in ("", "00000", "0000000", "abcdef", codes[0] + "0", "٣" * 6):
        assert matching_step(secret, wrong, now) is None


def test_a_secret_comes_back_as_it_was_kept() -> None:
    """Written and read, for every algorithm; what is shown of it holds no key."""
    for algorithm in Algorithm:
        secret = Secret(algorithm, bytes(range(20)))
        assert read_secret(secret.text) == secret
        assert secret.key.hex() not in repr(secret)


def test_the_address_names_only_what_may_be_seen() -> None:
    """Issuer and masked account in the label; the algorithm only where it is not what apps assume."""
    address = app_address(Secret(Algorithm.SHA1, SEED_20), "示范省", "张*明")
    assert address.startswith("otpauth://totp/%E7%A4%BA") and "algorithm" not in address
    assert "algorithm=SM3" in app_address(Secret(Algorithm.SM3, SEED_32), "x", "y")


@pytest.mark.sec("SEC-07")
@pytest.mark.sec("SEC-29")
def test_one_of_many_uses_a_code(any_provider: Provider) -> None:
    """Sixteen at once with one right code: one is let in, on either store; a later use in its window is refused."""
    person = any_provider.make.person()
    secret = give_app(any_provider, person)
    code, totp = app_code(any_provider, secret), any_provider.services.signing_in.totp

    def use() -> bool:
        with any_provider.sql.begin() as db:
            return totp.check(db, person.id, code) is not None

    assert at_once([use] * 16).count(True) == 1
    any_provider.clock.advance(secret.seconds)
    assert not use()
