"""Forms of a signature between signer and token: r‖s, DER, and SM2 under an identity that a peer has chosen."""

from typing import Final, Protocol, runtime_checkable

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from crypto.errors import KeyUnusable, VerificationError
from crypto.jose.profile import SM2, Profile
from crypto.keys.handle import Signer
from crypto.sm.curve import DEFAULT_IDENTITY
from crypto.sm.encoding import der_to_rs, rs_to_der

_HALF: Final = 32


@runtime_checkable
class IdentitySigner(Protocol):
    """A signer that can also sign under another SM2 identity than the standard's."""

    def sign_under(self, data: bytes, identity: bytes) -> bytes:
        """Sign data under this identity and give r‖s (GM/T 0003.2 §5.5)."""


def sign_for(profile: Profile, signer: Signer, data: bytes) -> bytes:
    """Sign data in the form that the peer of this profile reads.

    Raises KeyUnusable when the signer's algorithm is not the profile's, or it cannot sign under the profile's SM2
    identity.
    """
    if signer.handle.algorithm != profile.algorithm:
        raise KeyUnusable("the signer's algorithm is not the profile's")
    if profile.sm2_identity in (None, DEFAULT_IDENTITY):
        signature = signer.sign(data)
    elif isinstance(signer, IdentitySigner):
        signature = signer.sign_under(data, profile.sm2_identity)
    else:
        raise KeyUnusable("the signer signs under the default SM2 identity only")
    return to_der(profile, signature) if profile.sig_encoding == "der" else signature


def to_der(profile: Profile, rs: bytes) -> bytes:
    """Write r‖s of an elliptic algorithm as SEQUENCE{r, s}."""
    if profile.algorithm == SM2:
        return rs_to_der(rs)
    return encode_dss_signature(int.from_bytes(rs[:_HALF], "big"), int.from_bytes(rs[_HALF:], "big"))


def from_der(profile: Profile, der: bytes) -> bytes:
    """Read SEQUENCE{r, s} as r‖s; raises VerificationError for anything but the one DER form."""
    if profile.algorithm == SM2:
        return der_to_rs(der)
    try:
        r, s = decode_dss_signature(der)
        rs = r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
    except (ValueError, OverflowError):
        raise VerificationError("the signature is not DER") from None
    if encode_dss_signature(r, s) != der:
        raise VerificationError("the signature is not DER")
    return rs
