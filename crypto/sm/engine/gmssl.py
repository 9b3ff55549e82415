"""SM2 by the pure-Python package gmssl: the last resort of a machine without libraries, for development only.

gmssl lends its point arithmetic and its signing formula; what it leaves undone is done here. Nonces come from
``crypto.tokens`` and never from its own generator, C3 is compared, prefixes, ranges and the curve are checked,
and keys are set behind its constructor, which damages them. Its running time depends on the secrets, which no
wrapper can mend: ``is_unsafe`` says so.
"""

from crypto import compare
from crypto.errors import KeyUnusable, SealError
from crypto.sm import curve, encoding, second_opinion, sm3
from crypto.sm.engine.port import PreparedSigner

_C1_END = 1 + curve.POINT_SIZE
_C3_END = _C1_END + sm3.DIGEST_SIZE
_GENERATOR = curve.GX.to_bytes(curve.SCALAR_SIZE, "big") + curve.GY.to_bytes(curve.SCALAR_SIZE, "big")


class GmsslEngine:
    """The engine of ``port.Engine`` over gmssl. Holds nothing but its name."""

    def __init__(self) -> None:
        """Look for the pinned package; raises EngineUnavailable when it is another or missing."""
        second_opinion.require_pinned()

    @property
    def name(self) -> str:
        return f"{second_opinion.DISTRIBUTION} {second_opinion.VERSION} (pure Python, unsafe)"

    @property
    def is_unsafe(self) -> bool:
        return True

    def generate(self) -> bytes:
        return curve.random_scalar(curve.N - 2)

    def public_key(self, d: bytes) -> bytes:
        curve.check_private(d)
        return _multiplied(_GENERATOR, d)

    def check_public(self, public: bytes) -> None:
        curve.check_public(public)

    def load_signer(self, d: bytes, identity: bytes) -> PreparedSigner:
        return _Signer(self, d, identity)

    def sign(self, d: bytes, digest_e: bytes) -> bytes:
        curve.check_private(d)
        curve.check_digest(digest_e)
        signer = second_opinion.calculator()
        signer.private_key = d.hex()
        while True:
            # None stands for the rare r or s that GM/T 0003.2 §6.1 A5, A6 tells to draw again.
            made = signer.sign(digest_e, curve.random_scalar(curve.N - 1).hex())
            if made is not None:
                return bytes.fromhex(made)

    def verify(self, public: bytes, digest_e: bytes, rs: bytes) -> None:
        second_opinion.verify(public, digest_e, rs)

    def encrypt(self, public: bytes, plaintext: bytes) -> bytes:
        if not plaintext:
            raise SealError("an empty plaintext is not encrypted")
        curve.check_public(public)
        while True:
            k = curve.random_scalar(curve.N - 1)
            shared = _multiplied(public, k)
            mask = sm3.kdf(shared, len(plaintext))
            if any(mask):
                break
        return b"\x04" + _multiplied(_GENERATOR, k) + _c3(shared, plaintext) + _xor(plaintext, mask)

    def decrypt(self, d: bytes, ciphertext: bytes) -> bytes:
        curve.check_private(d)
        encoding.check_ciphertext(ciphertext)
        c1, c3, c2 = ciphertext[1:_C1_END], ciphertext[_C1_END:_C3_END], ciphertext[_C3_END:]
        shared = _multiplied(c1, d)
        mask = sm3.kdf(shared, len(c2))
        plaintext = _xor(c2, mask)
        if not any(mask) or not compare.equal(_c3(shared, plaintext), c3):
            raise SealError("an SM2 ciphertext does not open")
        return plaintext

    def shared_point(self, d: bytes, ephemeral_d: bytes, public: bytes, ephemeral: bytes) -> bytes:
        curve.check_private(d)
        for point in (public, ephemeral):
            curve.check_public(point)
        own = int.from_bytes(curve.reduced_x(self.public_key(ephemeral_d)), "big")
        t = (int.from_bytes(d, "big") + own * int.from_bytes(ephemeral_d, "big")) % curve.N
        theirs = _added(public, _multiplied(ephemeral, curve.reduced_x(ephemeral)))
        if not t:
            raise KeyUnusable("the key agreement ends at infinity")
        return _multiplied(theirs, t.to_bytes(curve.SCALAR_SIZE, "big"))


class _Signer:
    """A key and its Z."""

    __slots__ = ("_d", "_engine", "_z")

    def __init__(self, engine: GmsslEngine, d: bytes, identity: bytes) -> None:
        self._engine = engine
        self._d = d
        self._z = curve.z_value(engine.public_key(d), identity)

    def sign(self, data: bytes) -> bytes:
        return self._engine.sign(self._d, sm3.digest(self._z + data))


def _multiplied(point: bytes, scalar: bytes) -> bytes:
    """Multiply a point on the curve by 1..n-1; no such product is infinity."""
    product = second_opinion.calculator()._kg(int.from_bytes(scalar, "big"), point.hex())
    return bytes.fromhex(product)


def _added(one: bytes, other: bytes) -> bytes:
    """Add two points, with the two cases that gmssl's addition does not know."""
    calculator = second_opinion.calculator()
    if one == other:
        total = calculator._double_point(one.hex())
    elif one[: curve.SCALAR_SIZE] == other[: curve.SCALAR_SIZE]:
        raise KeyUnusable("the key agreement ends at infinity")
    else:
        total = calculator._add_point(one.hex() + "1", other.hex())
    return bytes.fromhex(calculator._convert_jacb_to_nor(total))


def _c3(shared: bytes, plaintext: bytes) -> bytes:
    return sm3.digest(shared[: curve.SCALAR_SIZE] + plaintext + shared[curve.SCALAR_SIZE :])


def _xor(data: bytes, mask: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(data, mask, strict=True))
