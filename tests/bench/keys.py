"""Signatures through the whole path of the provider: keyring, key provider, engine, and the token around them."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time, time

from crypto.jose import jwt
from crypto.sm import sm2
from idp.composition import load_settings, wire
from idp.keys.keyring import ALGORITHMS
from idp.wiring import Services
from tests.bench.instance import Instance

SECONDS = 1.0
BATCH = 50
CLAIMS: dict[str, object] = {
    "iss": "https://id.province.test",
    "sub": "s" * 43,
    "aud": "department",
    "jti": "j" * 22,
}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One operation on one core: how many in a second of processor time, and what one takes in µs."""

    name: str
    per_second: float
    us: float


def key_lines(instance: Instance) -> dict[str, KeyLine]:
    """Sign and verify under every token algorithm; the engine's name stands in the lines of SM2."""
    services = wire(load_settings(instance.environment), log_to=sys.stderr.buffer)
    try:
        lines = [line for algorithm in ALGORITHMS for line in _lines(services, algorithm)]
    finally:
        services.close()
    return {line.name: line for line in lines}


def _lines(services: Services, algorithm: str) -> list[KeyLine]:
    keyring = services.foundation.keyring
    name = algorithm if algorithm == "ES256" else f"{algorithm} ({sm2.engine().name})"
    now = int(time())
    claims = CLAIMS | {"iat": now, "exp": now + 600}
    token = jwt.encode(claims, keyring.signer(algorithm))
    jwk = keyring.ring().by_kid[keyring.signer(algorithm).handle.kid]
    data = token.rpartition(".")[0].encode()

    def verify() -> None:
        jwt.decode(token, (jwk,), algorithms=frozenset({algorithm}), typ=None, now=now)

    return [
        _measured(f"sign {name}", lambda: keyring.signer(algorithm).sign(data)),
        _measured(f"sign a token {name}", lambda: jwt.encode(claims, keyring.signer(algorithm))),
        _measured(f"verify a token {name}", verify),
    ]


def _measured(name: str, operation: Callable[[], object]) -> KeyLine:
    for _ in range(BATCH):
        operation()
    done, started = 0, process_time()
    while process_time() - started < SECONDS:
        for _ in range(BATCH):
            operation()
        done += BATCH
    seconds = process_time() - started
    return KeyLine(name, done / seconds, seconds / done * 1e6)
