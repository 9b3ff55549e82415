"""A check-up of all keys: each is opened and tried, and compared with what its row says."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from crypto.errors import CryptoError
from crypto.keys.handle import DECRYPTION
from crypto.keys.possession import prove_decrypter, prove_signer
from idp.errors import IdpError
from idp.keys import store
from idp.keys.keyring import handle_of
from idp.keys.models import KeyState
from idp.keys.providers import Providers
from idp.storage.engine import Sql


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one key: `kind` pair or data, `fault` None or the kind of fault in one word."""

    kind: str
    name: str
    fault: str | None


def examine(sql: Sql, providers: Providers) -> list[Finding]:
    """Open every key that still has its private part, sign or decrypt with it, and verify by its public row."""
    with sql.once() as db:
        pairs = [row for row in store.list_all_key_pairs(db) if row.state is not KeyState.DESTROYED]
        versions = [row for row in store.list_all_data_keys(db) if row.state is not KeyState.DESTROYED]
    found = [_found("pair", row.kid, partial(_try_pair, providers, row)) for row in pairs]
    return found + [
        _found("data", f"{row.purpose}/{row.version}", partial(_open_data_key, providers, row))
        for row in versions
    ]


def _try_pair(providers: Providers, row: Any) -> None:
    provider, handle = providers.of(row.provider), handle_of(row)
    if handle.algorithm in DECRYPTION:
        prove_decrypter(provider.decrypter(handle, row.wrapped))
    else:
        prove_signer(provider.signer(handle, row.wrapped))


def _open_data_key(providers: Providers, row: Any) -> None:
    providers.of(row.provider).unwrap(row.wrapped, f"data:{row.purpose}:{row.version}")


def _found(kind: str, name: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except CryptoError as error:
        return Finding(kind, name, type(error).__name__)
    except IdpError as error:
        return Finding(kind, name, error.code)
    return Finding(kind, name, None)
