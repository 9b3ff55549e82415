"""The one door to python-pkcs11: one session of a token and what is asked of it (PKCS #11 v2.40).

Every error of the library becomes one of two: ``Lost`` when the token, its module or the session is gone, so that
all must be opened anew; KeyUnusable when the token answers and refuses.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import pkcs11
from pkcs11 import KDF, MGF, Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass, exceptions

from crypto.errors import DeviceUnavailable, KeyUnusable
from crypto.keys import jwk, pairs
from crypto.keys.handle import ECDH_ES, EDDSA, ES256, PS256, RS256, Algorithm

WRAPPING_BITS: Final = 256

_P256_OID = bytes.fromhex("06082a8648ce3d030107")  # DER of 1.2.840.10045.3.1.7
_ED25519_OID = bytes.fromhex("06032b6570")  # DER of 1.3.101.112
_POINT_SIZE = 64
_EDWARDS_SIZE = 32
_TAG_BITS = 128
_INSIDE = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_SIGN = MechanismFlag.SIGN | MechanismFlag.VERIFY
_FOUND_BY: Final = {
    Attribute.SIGN: (ObjectClass.PRIVATE_KEY, Attribute.ID),
    Attribute.DERIVE: (ObjectClass.PRIVATE_KEY, Attribute.ID),
    Attribute.ENCRYPT: (ObjectClass.SECRET_KEY, Attribute.LABEL),
}

_GONE = (
    exceptions.DeviceError,
    exceptions.DeviceMemory,
    exceptions.DeviceRemoved,
    exceptions.FunctionFailed,
    exceptions.GeneralError,
    exceptions.HostMemory,
    exceptions.NoSuchToken,
    exceptions.SessionClosed,
    exceptions.SessionHandleInvalid,
    exceptions.SlotIDInvalid,
    exceptions.TokenNotPresent,
    exceptions.TokenNotRecognised,
    exceptions.UserNotLoggedIn,
)
_STALE = (exceptions.KeyHandleInvalid, exceptions.ObjectHandleInvalid)
_PIN = (
    exceptions.PinExpired,
    exceptions.PinIncorrect,
    exceptions.PinInvalid,
    exceptions.PinLenRange,
    exceptions.PinLocked,
    exceptions.UserPinNotInitialized,
)
_UNAUTHENTIC = (
    exceptions.DataInvalid,
    exceptions.DataLenRange,
    exceptions.EncryptedDataInvalid,
    exceptions.EncryptedDataLenRange,
    exceptions.FunctionFailed,
    exceptions.GeneralError,
)

T = TypeVar("T")


class Lost(Exception):
    """The token, its module or the session is gone."""


class PinRefused(KeyUnusable):
    """The token refuses the PIN: another try would bring it nearer to locking itself."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How keys of one algorithm are made and used; ``param`` and ``is_digest`` say what the mechanism signs."""

    key_type: KeyType
    making: Mechanism
    using: Mechanism
    curve: bytes = b""
    capability: MechanismFlag = _SIGN
    param: tuple[Any, ...] | None = None
    is_digest: bool = False


_KINDS: Final[Mapping[Algorithm, _Kind]] = {
    ES256: _Kind(KeyType.EC, Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA, _P256_OID, is_digest=True),
    EDDSA: _Kind(KeyType.EC_EDWARDS, Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA, _ED25519_OID),
    RS256: _Kind(KeyType.RSA, Mechanism.RSA_PKCS_KEY_PAIR_GEN, Mechanism.SHA256_RSA_PKCS),
    PS256: _Kind(
        KeyType.RSA,
        Mechanism.RSA_PKCS_KEY_PAIR_GEN,
        Mechanism.SHA256_RSA_PKCS_PSS,
        param=(Mechanism.SHA256, MGF.SHA256, 32),
    ),
    ECDH_ES: _Kind(
        KeyType.EC, Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDH1_DERIVE, _P256_OID, MechanismFlag.DERIVE
    ),
}


def load(path: str) -> None:
    """Load the module into this process; raises DeviceUnavailable."""
    try:
        pkcs11.lib(path)
    except (exceptions.PKCS11Error, OSError):
        raise DeviceUnavailable("the PKCS#11 module does not load or start") from None


class Token:
    """A token that is present now."""

    __slots__ = ("_token",)

    def __init__(self, path: str, label: str) -> None:
        """Find the token by its label.

        Raises Lost when it is not there, KeyUnusable when two have the label.
        """
        with _translated():
            found = list(_tokens(path, label))
        if not found:
            raise Lost
        if len(found) > 1:
            raise KeyUnusable("two tokens have the same label")
        self._token = found[0]

    @property
    def slot(self) -> int:
        """Number of the slot that it sits in."""
        return int(self._token.slot.slot_id)

    def algorithms(self) -> frozenset[Algorithm]:
        """What the token's mechanisms suffice for."""
        with _translated():
            present = self._token.slot.get_mechanisms()
        return frozenset(name for name, kind in _KINDS.items() if {kind.making, kind.using} <= present)

    def open(self, pin: str | None) -> "Bench":
        """Open a session; a PIN logs the whole process in, and closing that session logs it out.

        Raises Lost, PinRefused, KeyUnusable.
        """
        with _translated():
            try:
                return Bench(self._token.open(rw=True, user_pin=pin))
            except exceptions.UserAlreadyLoggedIn:
                return Bench(self._token.open(rw=True))


class Bench:
    """A session and the keys it has found. For one thread at a time."""

    __slots__ = ("_found", "_session")

    def __init__(self, session: pkcs11.Session) -> None:
        self._session = session
        self._found: dict[tuple[Attribute, bytes | str], Any] = {}

    def close(self) -> None:
        """Give the session back to the token, as far as it still listens."""
        with suppress(exceptions.PKCS11Error):
            self._session.close()

    def probe(self) -> None:
        """Raise Lost unless token and session answer now."""
        with _translated():
            self._session.token.slot.get_token()
            self._session.generate_random(64)

    def random(self, n: int) -> bytes:
        """Give n random bytes of the token."""
        with _translated():
            self._session.token.slot.get_token()  # modules draw for a token that is gone, too
            return bytes(self._session.generate_random(8 * n)) if n else b""

    def generate(self, algorithm: Algorithm, key_id: bytes, label: str) -> dict[str, str]:
        """Make a key pair inside and give its public members.

        Raises KeyUnusable, and leaves nothing behind, when the token would let the private key out.
        """
        with _translated():
            public, private = self._make(_KINDS[algorithm], key_id, label)
            is_inside = private[Attribute.SENSITIVE] and not private[Attribute.EXTRACTABLE]
            form = _form(_KINDS[algorithm], public)
            if not is_inside or form is None:
                public.destroy()
                private.destroy()
                raise KeyUnusable("the token does not keep the private key inside, or hides the public one")
            return form

    def sign(self, algorithm: Algorithm, key_id: bytes, data: bytes) -> bytes:
        """Sign by the key of this id, in the form of JWS.

        Raises KeyUnusable when it is not in the token.
        """
        kind = _KINDS[algorithm]
        message = hashlib.sha256(data).digest() if kind.is_digest else data
        return self._with_key(
            Attribute.SIGN,
            key_id,
            lambda key: bytes(key.sign(message, mechanism=kind.using, mechanism_param=kind.param)),
        )

    def agree(self, key_id: bytes, point: bytes) -> bytes:
        """Give Z with 04‖x‖y, a point of P-256; raises KeyUnusable when the key is not in the token."""
        return self._with_key(Attribute.DERIVE, key_id, lambda key: _derive(key, point))

    def destroy(self, key_id: bytes) -> None:
        """Remove both halves of a key pair, if they are there."""
        with _translated():
            for found in self._search({Attribute.ID: key_id}):
                found.destroy()
        self._found.clear()

    def has_wrapping_key(self, label: str) -> bool:
        """Say whether the token has a secret key of this label."""
        return self._find(Attribute.ENCRYPT, label) is not None

    def make_wrapping_key(self, label: str) -> None:
        """Make an AES key that never leaves the token."""
        with _translated():
            self._session.generate_key(
                KeyType.AES,
                WRAPPING_BITS,
                label=label,
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template=_INSIDE,
            )

    def seal(self, label: str, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
        """Give ciphertext‖tag of AES-GCM; raises KeyUnusable when the wrapping key is not in the token."""
        param = GCMParams(nonce, associated, _TAG_BITS)
        return self._with_key(
            Attribute.ENCRYPT,
            label,
            lambda key: cast(
                "bytes", key.encrypt(plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=param)
            ),
        )

    def open(self, label: str, nonce: bytes, sealed: bytes, associated: bytes) -> bytes | None:
        """Give the plaintext, or None when the token refuses: for what reason its code does not tell.

        PKCS #11 has CKR_ENCRYPTED_DATA_INVALID for a wrong tag, yet tokens give CKR_GENERAL_ERROR as well, which
        others give when they fail.
        """
        param = GCMParams(nonce, associated, _TAG_BITS)

        def opened(key: Any) -> bytes | None:
            try:
                return cast("bytes", key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=param))
            except _UNAUTHENTIC:
                return None

        return self._with_key(Attribute.ENCRYPT, label, opened)

    def _make(self, kind: _Kind, key_id: bytes, label: str) -> tuple[Any, Any]:
        common: dict[str, Any] = {
            "id": key_id,
            "label": label,
            "store": True,
            "capabilities": kind.capability,
            "mechanism": kind.making,
            "private_template": _INSIDE,
        }
        if kind.key_type is KeyType.RSA:
            return self._session.generate_keypair(KeyType.RSA, pairs.RSA_BITS, **common)
        domain = self._session.create_domain_parameters(
            kind.key_type, {Attribute.EC_PARAMS: kind.curve}, local=True
        )
        return domain.generate_keypair(**common)

    def _find(self, use: Attribute, name: bytes | str) -> Any | None:
        """Find a private key by its CKA_ID or a secret one by its label.

        One that another hand put there in a form that can be read out is not found.
        """
        found = self._found.get((use, name))
        if found is not None:
            return found
        kind, by = _FOUND_BY[use]
        with _translated():
            wanted = {Attribute.CLASS: kind, by: name, use: True, Attribute.TOKEN: True, **_INSIDE}
            several = self._search(wanted)
        if len(several) > 1:
            raise KeyUnusable("two keys of the token have the same name")
        if not several:
            return None
        self._found[use, name] = several[0]
        return several[0]

    def _search(self, wanted: dict[Attribute, Any]) -> list[Any]:
        # A token that is gone may seem empty, and a search that cannot begin leaves noise behind: ask it around.
        self._session.token.slot.get_token()
        found = list(self._session.get_objects(wanted))
        self._session.token.slot.get_token()
        return found

    def _with_key(self, use: Attribute, name: bytes | str, act: Callable[[Any], T]) -> T:
        for _ in range(2):
            key = self._find(use, name)
            if key is None:
                break
            with _translated():
                try:
                    return act(key)
                except _STALE:
                    del self._found[use, name]
        raise KeyUnusable("the key is not in the token")


def _tokens(path: str, label: str) -> Iterator[pkcs11.Token]:
    for slot in pkcs11.lib(path).get_slots(token_present=True):
        with suppress(exceptions.PKCS11Error):  # a neighbour's trouble is not ours
            token = slot.get_token()
            if token.label == label:
                yield token


def _derive(key: Any, point: bytes) -> bytes:
    shared = key.derive_key(
        KeyType.GENERIC_SECRET,
        8 * _EDWARDS_SIZE,
        mechanism=Mechanism.ECDH1_DERIVE,
        mechanism_param=(KDF.NULL, None, point),
        template={Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
    )
    try:
        return bytes(shared[Attribute.VALUE])
    finally:
        shared.destroy()


def _form(kind: _Kind, public: Any) -> dict[str, str] | None:
    """Read the public members of a fresh key; None when the token shows them in no known form."""
    if kind.key_type is KeyType.RSA:
        n, e = (
            int.from_bytes(public[name], "big") for name in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
        )
        return jwk.rsa_jwk(n, e)
    point = bytes(public[Attribute.EC_POINT])
    if kind.key_type is KeyType.EC_EDWARDS:
        raw = point[-_EDWARDS_SIZE:]
        return jwk.edwards_jwk(pairs.ED25519, raw) if point in {raw, b"\x04\x20" + raw} else None
    raw = point[-_POINT_SIZE:]
    is_point = point in {b"\x04" + raw, b"\x04\x41\x04" + raw}
    return jwk.elliptic_jwk(pairs.P256, raw) if is_point else None


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what python-pkcs11 raises into this module's errors; nothing of a key is in them."""
    try:
        yield
    except _PIN:
        raise PinRefused("the token refuses the PIN") from None
    except exceptions.SessionCount:
        raise DeviceUnavailable("the token has no session left") from None
    except exceptions.PKCS11Error as error:
        # A code without a name of its own is the base class: C_Initialize was undone, or a vendor's code.
        if isinstance(error, _GONE) or type(error) is exceptions.PKCS11Error:
            raise Lost from None
        raise KeyUnusable(f"the token refuses: {type(error).__name__}") from None
