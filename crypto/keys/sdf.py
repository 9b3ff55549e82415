"""Keys inside a domestic cryptographic machine or card, by the device interface of GM/T 0018 (SDF).

Key pairs are made with the vendor's tool, by an officer, at key indexes; the interface has no function for it. So
``generate`` hands out the next pair of its range that nobody holds yet, and what is stored is a reference: index and
public key, authenticated by the device. Two processes may be handed the same pair: the table of keys has the kid as
primary key, so one of the two inserts fails, and that caller generates again.
"""

import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Final

from crypto import compare
from crypto.errors import KeyUnusable, SealError, VerificationError
from crypto.keys import jwk, pairs
from crypto.keys.handle import (
    SM2,
    SM2_ENCRYPTION,
    Algorithm,
    Decrypter,
    GeneratedKey,
    KeyHandle,
    Signer,
)
from crypto.keys.sdf_abi import Decryption, Library
from crypto.keys.sdf_device import KeyKind, SdfDevice
from crypto.keys.sdf_sessions import Session, Sessions
from crypto.keys.sdf_wrapping import SdfWrapping
from crypto.sm import sm2, sm3
from crypto.sm.encoding import check_ciphertext

_KINDS: Final[dict[Algorithm, KeyKind]] = {SM2: "sign", SM2_ENCRYPTION: "enc"}
_REFERENCE_SIZE = 4 + sm3.DIGEST_SIZE
_TRIAL = b"yihao: does this key serve?"


class SdfKeys:
    """The provider of ``handle.KeyProvider`` over an SDF device. Safe to share between threads and over a fork."""

    __slots__ = ("_algorithms", "_device", "_handed_out", "_indexes", "_is_taken", "_wrapping")

    def __init__(
        self,
        library: Path,
        *,
        indexes: range,
        kek: int,
        password: bytes,
        is_taken: Callable[[str], bool],
        decryption: Decryption = "none",
        earlier_keks: Collection[int] = (),
        max_sessions: int = 8,
        wait_seconds: float = 2.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the vendor's library and what the officers set up in the device; the device itself is opened on use.

        ``indexes`` are those of the key pairs; ``kek`` that of the SM4 key under which ``wrap`` works and
        ``earlier_keks`` those of keys that still unwrap; ``password`` opens the private keys; ``is_taken`` says
        whether a kid was handed out before; ``max_sessions`` is what this process may open, the device's limit shared
        out among all. Raises EngineUnavailable when the library does not load.
        """
        sessions = partial(Sessions, limit=max_sessions, wait=wait_seconds, now=now)
        self._device = SdfDevice(Library(library, decryption), password, sessions)
        self._wrapping = SdfWrapping(self._device, kek, earlier_keks)
        self._algorithms: frozenset[Algorithm] = (
            frozenset({SM2}) if decryption == "none" else frozenset({SM2, SM2_ENCRYPTION})
        )
        self._indexes = indexes
        self._is_taken = is_taken
        self._handed_out: dict[str, object] = {}

    @property
    def name(self) -> str:
        """Short name, stored with each key."""
        return "sdf"

    @property
    def algorithms(self) -> frozenset[Algorithm]:
        """SM2 signatures, and SM2 decryption where the vendor's form of it was named."""
        return self._algorithms

    def generate(self, algorithm: Algorithm) -> GeneratedKey:
        """Hand out the next key pair of the range that nobody holds.

        Raises KeyUnusable for an algorithm that is not among ``algorithms``, and when none is left: an officer then
        makes more with the vendor's tool.
        """
        if algorithm not in self._algorithms:
            raise KeyUnusable("the SDF device does not make keys of this algorithm")
        reason: KeyUnusable | None = None
        with self._device.session() as session:
            for index in self._indexes:
                try:
                    public = self._device.find_public_key(session, _KINDS[algorithm], index)
                except KeyUnusable as refused:
                    # Some vendors have a code of their own for an empty index.
                    public, reason = None, refused
                if public is None:
                    continue
                handle = pairs.new_handle(algorithm, jwk.elliptic_jwk(pairs.SM2_CURVE, public))
                if self._take(handle.kid):
                    reference = index.to_bytes(4, "big") + sm3.digest(public)
                    wrapped = self._wrapping.wrap(session, reference, pairs.purpose(handle))
                    return GeneratedKey(handle, wrapped)
        found = f"; the last index without one said {reason}" if reason else ""
        raise KeyUnusable(f"no free key pair is left in the SDF device: make more with its tool{found}")

    def signer(self, handle: KeyHandle, wrapped: bytes) -> Signer:
        """Load a signing key and try it once, both ways between the device and this machine's engine.

        Raises SealError when the reference does not hold, KeyUnusable when the key at its index is not the handle's,
        when the access password is refused, or when the device signs in another way than GM/T 0003.2.
        """
        pairs.check_signing(handle)
        self._check_serves(handle)
        with self._device.session() as session:
            index, public = self._find(session, handle, wrapped)
            signer = _SdfSigner(handle, self._device, index, public)
            signer.try_once(session)
            return signer

    def decrypter(self, handle: KeyHandle, wrapped: bytes) -> Decrypter:
        """Load a decryption key and try it once; raises as ``signer`` does."""
        pairs.check_decryption(handle)
        self._check_serves(handle)
        with self._device.session() as session:
            index, public = self._find(session, handle, wrapped)
            decrypter = _SdfDecrypter(handle, self._device, index)
            decrypter.try_once(session, public)
            return decrypter

    def wrap(self, key: bytes, purpose: str) -> bytes:
        """Wrap key bytes under the device's key encryption key for one purpose."""
        with self._device.session() as session:
            return self._wrapping.wrap(session, key, purpose)

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Give wrapped key bytes; raises SealError under another device or KEK or for another purpose."""
        with self._device.session() as session:
            return self._wrapping.unwrap(session, wrapped, purpose)

    def rewrap(self, generated: GeneratedKey) -> bytes:
        """Give the reference authenticated under the current KEK."""
        purpose = pairs.purpose(generated.handle)
        with self._device.session() as session:
            reference = self._wrapping.unwrap(session, generated.wrapped, purpose)
            return self._wrapping.wrap(session, reference, purpose)

    def destroy(self, handle: KeyHandle, wrapped: bytes) -> None:
        """Confirm that the private key is gone from the device.

        The interface deletes no key: an officer does, with the vendor's tool. While the pair is still there this
        raises KeyUnusable, which names the index; once it is gone, or another stands in its place, it returns.
        """
        self._check_serves(handle)
        with self._device.session() as session:
            index, digest = self._reference(session, handle, wrapped)
            public = self._device.find_public_key(session, _KINDS[handle.algorithm], index)
        if public is not None and compare.equal(sm3.digest(public), digest):
            raise KeyUnusable(
                f"the private key still stands at index {index} of the SDF device: destroy it with its tool first"
            )

    def random(self, n: int) -> bytes:
        """Give n random bytes of the device's generator."""
        with self._device.session() as session:
            return self._device.random(session, n)

    def check(self) -> None:
        """Raise DeviceUnavailable unless the device answers now."""
        with self._device.session() as session:
            self._device.check(session)

    def close(self) -> None:
        """Give this process's sessions and its device back; the next use opens them again."""
        self._device.close()

    def _take(self, kid: str) -> bool:
        """Note that a pair is handed out; False when it was before."""
        if self._is_taken(kid):
            return False
        ours = object()
        return self._handed_out.setdefault(kid, ours) is ours

    def _check_serves(self, handle: KeyHandle) -> None:
        if handle.algorithm not in self._algorithms:
            raise KeyUnusable("the SDF device has no keys of this algorithm")

    def _find(self, session: Session, handle: KeyHandle, wrapped: bytes) -> tuple[int, bytes]:
        """Index and public key of a reference, both checked against the device and the handle."""
        index, digest = self._reference(session, handle, wrapped)
        public = self._device.find_public_key(session, _KINDS[handle.algorithm], index)
        if public is None or not compare.equal(sm3.digest(public), digest):
            raise KeyUnusable(
                f"the key at index {index} of the SDF device is not the one that was handed out"
            )
        pairs.check_public(handle, jwk.elliptic_jwk(pairs.SM2_CURVE, public))
        return index, public

    def _reference(self, session: Session, handle: KeyHandle, wrapped: bytes) -> tuple[int, bytes]:
        reference = self._wrapping.unwrap(session, wrapped, pairs.purpose(handle))
        if len(reference) != _REFERENCE_SIZE:
            raise SealError("not a reference to a key of an SDF device")
        return int.from_bytes(reference[:4], "big"), reference[4:]


class _SdfSigner:
    """SM2 with SM3 under the default identity; e = SM3(Z‖M) is made here, from the exported public key."""

    __slots__ = ("_device", "_index", "_public", "_z", "handle")

    def __init__(self, handle: KeyHandle, device: SdfDevice, index: int, public: bytes) -> None:
        self.handle = handle
        self._device = device
        self._index = index
        self._public = public
        self._z = sm2.z_value(public, sm2.DEFAULT_IDENTITY)

    def sign(self, data: bytes) -> bytes:
        digest = sm3.digest(self._z + data)
        with self._device.session() as session:
            return self._device.sign(session, self._index, digest)

    def try_once(self, session: Session) -> None:
        digest = sm3.digest(self._z + _TRIAL)
        rs = self._device.sign(session, self._index, digest)
        try:
            sm2.engine().verify(self._public, digest, rs)
        except VerificationError:
            raise KeyUnusable("the SDF device signs in another way than GM/T 0003.2") from None
        self._device.verify(session, self._public, digest, rs)


class _SdfDecrypter:
    """SM2 decryption inside the device."""

    __slots__ = ("_device", "_index", "handle")

    def __init__(self, handle: KeyHandle, device: SdfDevice, index: int) -> None:
        self.handle = handle
        self._device = device
        self._index = index

    def decrypt(self, ciphertext: bytes) -> bytes:
        check_ciphertext(ciphertext)
        with self._device.session() as session:
            return self._device.decrypt(session, self._index, ciphertext)

    def agree(self, public: bytes) -> bytes:
        raise KeyUnusable("an SM2 key of an SDF device does not agree on P-256")

    def try_once(self, session: Session, public: bytes) -> None:
        ciphertext = sm2.engine().encrypt(public, _TRIAL)
        try:
            opened = self._device.decrypt(session, self._index, ciphertext)
        except SealError:
            opened = b""
        if not compare.equal(opened, _TRIAL):
            raise KeyUnusable("the SDF device decrypts in another way than GM/T 0003.4")
