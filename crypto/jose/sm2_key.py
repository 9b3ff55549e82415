"""The JWK form of an SM2 key, and the key class that joserfc works with (GM/T 0125.4).

``crv`` is written ``SM2``; ``SM2-P-256`` and ``sm2p256v1`` are read as the same curve.
"""

from collections.abc import Mapping
from typing import Final, cast

from joserfc.jwk import ECKey

from crypto.errors import KeyUnusable
from crypto.jose.profile import SM2_CRV, SM2_CRVS
from crypto.keys import jwk
from crypto.keys.jwk import thumbprint
from crypto.sm.sm2 import DEFAULT_IDENTITY, Sm2PublicKey

__all__ = ["CRV", "CRV_ALIASES", "Sm2Key", "public_jwk", "read_public", "thumbprint"]

CRV: Final = SM2_CRV
CRV_ALIASES: Final = SM2_CRVS


def public_jwk(public: bytes) -> dict[str, str]:
    """Write a public key of 64 bytes x‖y as {kty, crv, x, y}."""
    return jwk.elliptic_jwk(CRV, Sm2PublicKey(public).raw)


def read_public(form: Mapping[str, object]) -> Sm2PublicKey:
    """Read the public key of a JWK; raises KeyUnusable unless it is an SM2 key on the curve."""
    if form.get("kty") != "EC" or form.get("crv") not in CRV_ALIASES:
        raise KeyUnusable("the JWK is not an SM2 key")
    return Sm2PublicKey(jwk.elliptic_public(form))


class Sm2Key(ECKey):
    """A public SM2 key as joserfc sees it: an ECKey, because joserfc accepts only its four classes."""

    def __init__(self, public: Sm2PublicKey, identity: bytes = DEFAULT_IDENTITY) -> None:
        """Take a checked key and the identity it signs under; its dictionary form has the canonical curve name."""
        # The parent's type names cryptography's key, which SM2 has none of; only our own algorithm reads it.
        super().__init__(cast("ECKey", public), public_jwk(public.raw))  # type: ignore[arg-type] # see above
        self.sm2 = public
        self.identity = identity

    @property
    def curve_name(self) -> str:
        """The curve, for joserfc's checks."""
        return CRV
