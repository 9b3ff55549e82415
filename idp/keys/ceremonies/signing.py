"""The instance's own signature under records and backups: its audit-checkpoint key, SM2 with SM3."""

from collections.abc import Mapping
from typing import Any, Final

from crypto import base64url
from crypto.errors import CryptoError
from crypto.keys import jwk
from crypto.keys.handle import SM2, KeyHandle, KeyProvider, Signer
from idp.keys import store
from idp.keys.ceremonies.generations import SOFTWARE
from idp.keys.models import KeyPurpose, KeyState
from idp.keys.quorum import Verify, verify_by_engine
from idp.keys.rooted import OpenRoot
from idp.keys.statement import fingerprint
from idp.storage.engine import Db

ALGORITHM: Final = SM2


def checkpoint_signer(db: Db, root: OpenRoot | None, devices: Mapping[str, KeyProvider]) -> Signer | None:
    """The active checkpoint key, ready to sign; None where the instance has none yet or no root key.

    Raises CryptoError when it does not open, KeyError when no provider of its name is configured.
    """
    for row in store.list_key_pairs(db, KeyPurpose.CHECKPOINT, KeyState.ACTIVE):
        if row.algorithm != ALGORITHM:
            continue
        if row.provider != SOFTWARE:
            provider: KeyProvider = devices[row.provider]
        elif root is not None:
            provider = root.provider()
        else:
            return None
        return provider.signer(KeyHandle(row.kid, row.algorithm, row.public_jwk), bytes(row.wrapped))
    return None


def signature_of(signer: Signer, data: bytes) -> dict[str, str]:
    """A signature with the public key that made it."""
    public_key = jwk.elliptic_public(signer.handle.public_jwk)
    return {
        "algorithm": ALGORITHM,
        "fingerprint": fingerprint(public_key),
        "kid": signer.handle.kid,
        "public_key": base64url.encode(public_key),
        "value": base64url.encode(signer.sign(data)),
    }


def does_hold(signature: Mapping[str, Any], data: bytes, verify: Verify = verify_by_engine) -> bool:
    """Whether a signature of this form holds over data; whose key it is, the fingerprint must tell."""
    try:
        public_key = base64url.decode(signature["public_key"])
        verify(public_key, data, base64url.decode(signature["value"]))
    except (CryptoError, KeyError, TypeError, ValueError):
        return False
    return bool(signature.get("fingerprint") == fingerprint(public_key))
