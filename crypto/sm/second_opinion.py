"""The independent check of SM2 signatures by gmssl, a pure-Python library that shares no code with the
engine.

At boot it verifies what the engine signed; offline it lets an auditor verify ceremony records and checkpoints
without a native library. It never holds a private key. What gmssl 3.2.2 leaves undone is done here before it
is asked: it damages public keys that begin with 04, and checks neither ranges nor the curve nor the
signature's length.
"""

import importlib.metadata
from functools import lru_cache
from pathlib import Path
from typing import Final

import gmssl.sm2
import gmssl.sm3

from crypto.errors import EngineUnavailable, VerificationError
from crypto.sm import curve, encoding

DISTRIBUTION: Final = "gmssl"
VERSION: Final = "3.2.2"

_PLACEHOLDER = "00" * curve.POINT_SIZE


def verify_message(public: bytes, data: bytes, rs: bytes, identity: bytes = curve.DEFAULT_IDENTITY) -> None:
    """Accept r‖s over data by the key x‖y under this identity (GM/T 0003.2 §7.1).

    Z and e are reckoned by gmssl's own SM3, too, at about 0.3 MB/s: meant for records and checkpoints. Raises
    as ``verify`` does, and ValueError for an identity of more than 8,191 bytes.
    """
    require_pinned()
    curve.check_public(public)
    z = _sm3(curve.z_input(public, identity))
    verify(public, _sm3(z + data), rs)


def verify(public: bytes, digest_e: bytes, rs: bytes) -> None:
    """Accept r‖s over the 32-byte digest e by the key x‖y (GM/T 0003.2 §7.1).

    Raises VerificationError when the signature does not hold, KeyUnusable for a public key off the curve, and
    EngineUnavailable when the installed gmssl is not the one this code was written against.
    """
    require_pinned()
    curve.check_public(public)
    encoding.check_rs(rs)
    curve.check_presented_digest(digest_e)
    verifier = calculator()
    verifier.public_key = public.hex()
    try:
        holds = verifier.verify(rs.hex(), digest_e)
    except (TypeError, ValueError, IndexError):
        # gmssl has no point at infinity: sums that reach it end in a slip of types. They are never valid.
        holds = False
    if holds is not True:
        raise VerificationError("by gmssl, an SM2 signature does not hold")


def calculator() -> gmssl.sm2.CryptSM2:
    """Give gmssl's object without a key; a key is set on it, because its constructor strips digits 0 and 4."""
    return gmssl.sm2.CryptSM2(private_key="", public_key=_PLACEHOLDER)


@lru_cache(maxsize=1)
def require_pinned() -> None:
    """Accept the imported module as the pinned distribution; raises EngineUnavailable otherwise.

    The distribution ``gmssl-python`` imports under the same name and is another library.
    """
    try:
        distribution = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise EngineUnavailable("the distribution gmssl is not installed") from None
    if distribution.version != VERSION:
        raise EngineUnavailable(f"the distribution gmssl has version {distribution.version}, not {VERSION}")
    own = Path(str(distribution.locate_file("gmssl/sm2.py"))).resolve()
    listed = {str(path) for path in distribution.files or ()}
    if "gmssl/sm2.py" not in listed or Path(str(gmssl.sm2.__file__)).resolve() != own:
        raise EngineUnavailable("another distribution took the import name gmssl")


def _sm3(data: bytes) -> bytes:
    return bytes.fromhex(gmssl.sm3.sm3_hash(list(data)))
