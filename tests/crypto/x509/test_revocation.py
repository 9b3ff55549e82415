"""Whether a path is revoked: by which source, from memory, and what happens when nobody answers."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path as File

import pytest
from cryptography.hazmat.primitives import serialization

from crypto.x509 import path, pem, private_key, revocation
from crypto.x509.authority import Addresses, Revoked
from crypto.x509.certificate import Certificate
from crypto.x509.path import Path, Purpose
from crypto.x509.revocation import Checker, Standing
from tests.crypto.x509 import pki, responder
from tests.crypto.x509.pki import DAY, NOW, Made, Node

OCSP, CRL, CRL_2 = "http://ocsp.example.test/", "http://crl.example.test/a", "http://crl.example.test/b"


class Net:
    """The way out of a test: answers by address, and a count of what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[bytes | None], bytes]] = {}
        self.asked: list[str] = []

    def fetch(self, address: str, body: bytes | None) -> bytes:
        self.asked.append(address)
        if address not in self.answers:
            raise ConnectionError(address)
        return self.answers[address](body)


def one_below(issuer: Node, made: Made) -> Path:
    """A leaf directly below its anchor."""
    leaf = pki.make(Node("Leaf"), issuer, made)
    return path.build(leaf, [], [issuer.certificate], Purpose.CLIENT, NOW)


def test_a_good_list_makes_a_path_good_and_is_fetched_once() -> None:
    """The list is asked for once and answers for every certificate of the authority until its next update."""
    net, issuer = Net(), pki.ca("Issuer")
    net.answers[CRL] = lambda _: pki.crl_of(issuer, [7])
    checker = Checker(net.fetch)
    for _ in range(3):
        assert checker.check(one_below(issuer, Made(crl=CRL)), 3, NOW) is Standing.GOOD
    assert net.asked == [CRL]


def test_a_list_is_held_until_its_next_update_but_no_longer_than_the_limit() -> None:
    """A list that names next year is asked for again after twelve hours; one that ends sooner, when it ends."""
    net, issuer = Net(), pki.ca("Issuer")
    checker, found = Checker(net.fetch), one_below(issuer, Made(crl=CRL, until=NOW + 3 * DAY))
    net.answers[CRL] = lambda _: pki.crl_of(issuer, until=NOW + 300 * DAY)
    for at in (NOW, NOW + revocation.LONGEST_HELD, NOW + revocation.LONGEST_HELD + timedelta(seconds=1)):
        assert checker.check(found, 3, at) is Standing.GOOD
    assert len(net.asked) == 2
    net.answers[CRL] = lambda _: pki.crl_of(issuer, until=NOW + DAY + timedelta(hours=1))
    later = NOW + DAY + timedelta(seconds=2)
    assert checker.check(found, 3, later) is Standing.GOOD
    with pki.refused("revocation_unavailable"):
        checker.check(found, 3, later + timedelta(hours=2))


def test_revoked_refuses_at_every_level() -> None:
    """A revoked leaf, and one below a revoked authority, are refused also where nobody would have to answer."""
    net, root = Net(), pki.ca("Root")
    middle = pki.ca("Middle", root, Made(is_ca=True, usage=pki.CA_USAGE, crl=CRL_2))
    leaf = pki.make(Node("Leaf"), middle, Made(crl=CRL))
    found = path.build(leaf, [middle.certificate], [root.certificate], Purpose.CLIENT, NOW)
    revoked = [leaf.serial], [middle.certificate.serial]
    for listed, above in ((revoked[0], []), ([], revoked[1])):
        net.answers[CRL] = lambda _, listed=listed: pki.crl_of(middle, listed)  # type: ignore[misc]  # bound now
        net.answers[CRL_2] = lambda _, above=above: pki.crl_of(root, above)  # type: ignore[misc]  # bound now
        for level in (1, 4):
            with pki.refused("revoked"):
                Checker(net.fetch).check(found, level, NOW)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        lambda issuer: b"<html>",
        lambda issuer: pki.crl_of(issuer, until=NOW - DAY / 2),
        lambda issuer: pki.crl_of(pki.ca("Issuer")),
        lambda issuer: pki.crl_of(issuer, name="Other"),
        lambda issuer: bytes(5_000_000),
    ],
)
def test_no_usable_answer_refuses_level_3_and_marks_what_is_below(
    answer: Callable[[Node], bytes] | None,
) -> None:
    """Silence, nonsense, a stale list and other authorities' lists all count as nobody having answered."""
    net, issuer = Net(), pki.ca("Issuer")
    if answer is not None:
        net.answers[CRL] = lambda _: answer(issuer)
    checker, found = Checker(net.fetch), one_below(issuer, Made(crl=CRL))
    for level in (1, 2):
        assert checker.check(found, level, NOW) is Standing.UNCHECKED
    for level in (3, 4):
        with pki.refused("revocation_unavailable"):
            checker.check(found, level, NOW)
    assert net.asked == [CRL]


def test_a_certificate_without_sources_is_unchecked() -> None:
    """Nobody to ask is the same as nobody answering."""
    found = one_below(pki.ca("Issuer"), Made())
    assert Checker(Net().fetch).check(found, 2, NOW) is Standing.UNCHECKED
    with pki.refused("revocation_unavailable"):
        Checker(Net().fetch).check(found, 3, NOW)


def test_a_failure_is_forgotten_soon() -> None:
    """While a source is down it is not asked for each sign-in; half a minute later it is asked again."""
    net, issuer = Net(), pki.ca("Issuer")
    checker, found = Checker(net.fetch), one_below(issuer, Made(crl=CRL))
    for _ in range(3):
        checker.check(found, 1, NOW)
    assert net.asked == [CRL]
    net.answers[CRL] = lambda _: pki.crl_of(issuer)
    later = NOW + revocation.FAILURE_HELD + timedelta(seconds=1)
    assert checker.check(found, 3, later) is Standing.GOOD


def test_another_source_is_asked_when_one_is_silent() -> None:
    """OCSP comes first, then each list in turn."""
    net, issuer = Net(), pki.ca("Issuer")
    net.answers[CRL] = lambda _: pki.crl_of(issuer)
    assert Checker(net.fetch).check(one_below(issuer, Made(ocsp=OCSP, crl=CRL)), 3, NOW) is Standing.GOOD
    assert net.asked == [OCSP, CRL]


def _write(folder: File, issuer: Certificate, signer: Certificate, key: bytes) -> None:
    (folder / "issuer.pem").write_text(issuer.pem())
    (folder / "signer.pem").write_text(signer.pem())
    (folder / "signer.key").write_bytes(key)


def _plain_sm2(d: bytes) -> bytes:
    """An SM2 key in clear, as OpenSSL reads it."""
    return pem.write(private_key.plain(d), "PRIVATE" + " KEY").encode()


def test_a_real_responder_decides_for_ec_and_is_asked_once(tmp_path: File) -> None:
    """OpenSSL says good, then revoked, then that it does not know: each over loopback, good remembered."""
    at = datetime.now(UTC)
    issuer = pki.ca("Issuer", made=Made(is_ca=True, usage=pki.CA_USAGE, since=at - DAY, until=at + DAY))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(tmp_path, issuer.certificate, issuer.certificate, issuer.key.private_bytes(*form))
    real = responder.Responder(tmp_path, "-rmd", "sha256")
    with responder.served(real) as address:
        made = Made(ocsp=address, since=at - DAY, until=at + DAY)
        good, revoked, unknown = (pki.make(Node(name), issuer, made) for name in ("a", "b", "c"))
        real.index([good.serial], [revoked.serial])
        checker = Checker(responder.fetch)
        for leaf, word in ((good, ""), (good, ""), (revoked, "revoked"), (unknown, "revocation_unknown")):
            found = path.build(leaf, [], [issuer.certificate], Purpose.CLIENT, at)
            if word:
                with pki.refused(word):
                    checker.check(found, 1, at)
            else:
                assert checker.check(found, 3, at) is Standing.GOOD
    assert real.asked == 3


def test_a_real_responder_decides_for_sm2(tmp_path: File) -> None:
    """OpenSSL's responder answers for our SM2 authority, named by SM3 and signed with SM2."""
    at, d = datetime.now(UTC), private_key.generate()
    key = private_key.SoftwareKey(d)
    root = pki.sm2_root(key, at)
    _write(tmp_path, root.certificate, root.certificate, _plain_sm2(d))
    real = responder.Responder(tmp_path, "-rmd", "sm3", "-rsigopt", "distid:1234567812345678")
    with responder.served(real) as address:
        good, revoked = (pki.sm2_officer(root, name, at, Addresses(ocsp=(address,))) for name in ("A", "B"))
        real.index([good.serial], [revoked.serial])
        checker = Checker(responder.fetch)
        assert (
            checker.check(path.build(good, [], [root.certificate], Purpose.SIGNING, at), 3, at)
            is Standing.GOOD
        )
        with pki.refused("revoked"):
            checker.check(path.build(revoked, [], [root.certificate], Purpose.SIGNING, at), 3, at)


def test_our_own_list_revokes_an_officer() -> None:
    """What the internal authority gives out is what the checker understands."""
    net = Net()
    made = pki.sm2_pki(Addresses(crl=(CRL,)))
    found = path.build(made.officer, [made.certificate], [made.root], Purpose.SIGNING, NOW)
    entry = Revoked(made.officer.serial, NOW, "key_compromise")
    net.answers[CRL] = lambda _: made.authority.revocation_list([entry], 2, NOW, NOW + DAY).der
    with pki.refused("revoked"):
        Checker(net.fetch).check(found, 1, NOW)


def test_threads_wait_for_one_fetch() -> None:
    """Eight threads at once ask the address once."""
    issuer, gate, begun = pki.ca("Issuer"), threading.Event(), threading.Event()
    net = Net()

    def slow(_: bytes | None) -> bytes:
        begun.set()
        assert gate.wait(10)
        return pki.crl_of(issuer)

    net.answers[CRL] = slow
    checker, found = Checker(net.fetch), one_below(issuer, Made(crl=CRL))
    standings: list[Standing] = []
    threads = [
        threading.Thread(target=lambda: standings.append(checker.check(found, 3, NOW))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    gate.set()
    for thread in threads:
        thread.join(10)
    assert standings == [Standing.GOOD] * 8
    assert net.asked == [CRL]


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was used longest ago is forgotten first."""
    monkeypatch.setattr(revocation, "MOST_HELD", 2)
    net, issuer = Net(), pki.ca("Issuer")
    checker = Checker(net.fetch)
    found = [one_below(issuer, Made(crl=f"{CRL}/{number}")) for number in range(3)]
    for number in range(3):
        net.answers[f"{CRL}/{number}"] = lambda _: pki.crl_of(issuer)
    for number in (0, 1, 0, 2, 0, 1):
        checker.check(found[number], 3, NOW)
    assert net.asked == [f"{CRL}/{number}" for number in (0, 1, 2, 1)]
