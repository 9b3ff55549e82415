"""An answer as the form brings it: read whole or not at all."""

import base64

import pytest

from idp.ephemeral.port import Store
from idp.ukey.answer import MOST_CERTIFICATES, read_answer
from tests.idp.ukey.house import House

SIGNATURE = base64.b64encode(bytes(64)).decode()


def b64(octets: bytes) -> str:
    """As the form has it."""
    return base64.b64encode(octets).decode()


def test_der_and_pem_are_read_alike(store: Store) -> None:
    """One certificate or several, that of the key first."""
    house = House(store)
    leaf, above = house.certificate(), house.ca.certificate
    for field in (f"{b64(leaf.der)} {b64(above.der)}", leaf.pem() + above.pem().replace("\n", "\r\n")):
        read = read_answer(field, SIGNATURE)
        assert read is not None
        assert (read.certificate, read.intermediates, read.signature) == (leaf, (above,), bytes(64))


def test_what_is_not_an_answer_is_not_read(store: Store) -> None:
    """Nothing, other base64, a certificate cut or lengthened, too many of them, and signatures of other writings."""
    house = House(store)
    leaf = house.certificate()
    good = b64(leaf.der)
    assert read_answer(good, SIGNATURE) is not None
    for field in (
        "",
        "   ",
        "证书",
        good.replace("+", "-").replace("/", "_").rstrip("=") + "-",
        b64(leaf.der[:-1]),
        b64(leaf.der + b"\x00"),
        b64(leaf.pem().encode()),
        f"{good} x",
        leaf.pem() + "x",
        " ".join([good] * (MOST_CERTIFICATES + 1)),
        leaf.pem() * (MOST_CERTIFICATES + 1),
    ):
        assert read_answer(field, SIGNATURE) is None, field[:20]
    for signature in (
        SIGNATURE.rstrip("="),
        SIGNATURE + "=",
        " " + SIGNATURE,
        "签名",
        "AB==",
        b64(bytes(1025)),
    ):
        assert read_answer(good, signature) is None, signature[:20]


@pytest.mark.parametrize("count", [1, MOST_CERTIFICATES])
def test_as_many_certificates_as_a_chain_needs_are_read(store: Store, count: int) -> None:
    """Up to eight."""
    read = read_answer(" ".join([b64(House(store).certificate().der)] * count), SIGNATURE)
    assert read is not None
    assert len(read.intermediates) == count - 1
