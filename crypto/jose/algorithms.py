"""The signature algorithms that exist here, each verified through joserfc, and the lists for each purpose.

joserfc's own table also knows ``none``, HMAC and more; ours is a separate one, so that no caller's list can
reach them.
"""

from collections.abc import Mapping
from typing import Any, Final

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError, UnsupportedAlgorithmError
from joserfc.jwa import EdDSAAlgorithm, ESAlgorithm, JWSAlgModel, RSAAlgorithm, RSAPSSAlgorithm
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from crypto.errors import CryptoError, KeyUnusable, VerificationError
from crypto.jose.profile import PROFILES, Profile
from crypto.jose.sm2_key import Sm2Key, read_public
from crypto.keys import jwk
from crypto.keys.handle import SIGNING

__all__ = ["CLIENT_ASSERTIONS", "OWN_TOKENS", "Key", "import_public", "verify_compact"]

OWN_TOKENS: Final = frozenset(SIGNING)
"""What key handles can sign with, and so all that can be asked for where our own tokens come back."""

CLIENT_ASSERTIONS: Final = frozenset(PROFILES)
"""What clients may sign with (RFC 7523 §3)."""

MAX_HEADER: Final = 16 * 1024


class _Sm2Algorithm(JWSAlgModel):
    """SGD_SM3_SM2: r‖s over SM3(Z‖M) with the identity that the key was loaded for (GM/T 0125.2, GM/T 0003.2)."""

    name = "SGD_SM3_SM2"
    description = "SM2 signature with SM3"
    key_type = "EC"

    def sign(self, msg: bytes, key: Any) -> bytes:
        raise KeyUnusable("tokens are signed by a key handle, not by joserfc")

    def verify(self, msg: bytes, sig: bytes, key: Sm2Key) -> bool:
        try:
            key.sm2.verify(msg, sig, key.identity)
        except VerificationError:
            return False
        return True


class _Registry(JWSRegistry):
    """The five algorithms, and headers long enough for a certificate chain (RFC 7515 §4.1.6)."""

    algorithms: dict[str, JWSAlgModel] = {  # noqa: RUF012 - joserfc reads this class attribute
        "ES256": ESAlgorithm("ES256", "P-256", 256),
        "RS256": RSAAlgorithm(256),
        "PS256": RSAPSSAlgorithm(256),
        "EdDSA": EdDSAAlgorithm(),
        "SGD_SM3_SM2": _Sm2Algorithm(),
    }
    recommended: list[str] = []  # noqa: RUF012 - as above; empty: none is taken unnamed
    max_header_length = MAX_HEADER

    def __init__(self, alg: str, name: str) -> None:
        """Allow one algorithm, under the one name that headers call it by."""
        super().__init__(algorithms=[name], strict_check_header=False)
        self._alg = alg

    def get_alg(self, name: str) -> JWSAlgModel:
        """Give the one algorithm of this registry.

        Said here again because joserfc warns of the name EdDSA (RFC 9864), which clients still register; our
        profile ties it to Ed25519.
        """
        if self.allowed != [name]:
            raise UnsupportedAlgorithmError("the algorithm is not allowed")
        return self.algorithms[self._alg]


_REGISTRIES: Final = {alg: _Registry(alg, alg) for alg in PROFILES}


def verify_compact(token: str, profile: Profile, key: Key) -> None:
    """Accept the signature of a compact JWS by exactly this algorithm (RFC 7515 §5.2).

    The signature has the algorithm's own form; other forms of a profile are the caller's to change first. Raises
    VerificationError.
    """
    registry = _REGISTRIES.get(profile.alg) or _Registry(profile.algorithm, profile.alg)
    try:
        jws.deserialize_compact(token, key, registry=registry)
    except BadSignatureError:
        raise VerificationError("the signature does not hold") from None
    except (JoseError, ValueError):
        raise VerificationError("the token is not a JWS of this key and algorithm") from None


def import_public(form: Mapping[str, str], profile: Profile) -> Key:
    """Load the public JWK of a signature key for one algorithm; raises KeyUnusable when it does not fit it.

    RSA keys have 2,048 to 8,192 bits and an odd exponent from 3 to below 2^32; elliptic keys have the algorithm's
    curve.
    """
    if form.get("kty") != profile.kty:
        raise KeyUnusable("the key's type is not the algorithm's")
    try:
        if profile.sm2_identity is not None:
            return Sm2Key(read_public(form), profile.sm2_identity)
        if profile.kty == "RSA":
            jwk.rsa_public(form)
            return RSAKey.import_key({**form})
        if form.get("crv") != profile.crv:
            raise KeyUnusable("the key's curve is not the algorithm's")
        return ECKey.import_key({**form}) if profile.kty == "EC" else OKPKey.import_key({**form})
    except CryptoError:
        raise
    except (JoseError, ValueError, TypeError, KeyError):
        raise KeyUnusable("the JWK does not load") from None
