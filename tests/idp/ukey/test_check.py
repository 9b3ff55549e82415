"""Whom an answer or a shown certificate signs in, and why nobody."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from crypto.sm.sm2 import Sm2PrivateKey, rs_to_der
from crypto.x509 import oids, private_key
from crypto.x509.identity import Kind
from crypto.x509.private_key import SoftwareKey
from idp.ephemeral.port import Store
from idp.ukey.check import Holder, Why
from tests.idp.ukey.house import BROWSER, CLIENT, ORIGIN, House, answer, why
from tests.support.synthetic import synthetic_id_number
from tests.support.ukey_certificates import (
    BOTH,
    DAY,
    ID_NUMBER,
    PERSON_OID,
    USCC,
    USCC_OID,
    KeyCa,
    Said,
    foreign_spki,
)

SHA256 = hashes.SHA256()


@pytest.fixture
def house(store: Store) -> House:
    """A fresh one."""
    return House(store)


@pytest.mark.parametrize("form", ["r and s", "DER"])
@pytest.mark.clause("GM/T 0009", "10")
def test_a_right_answer_names_its_holder(house: House, form: str) -> None:
    """Person and organisation by their numbers, the certificate by issuer, serial and SM3, the name masked."""
    line, certificate = house.line(), house.certificate()
    rs = house.key.sign(line.encode())
    result = house.check.check_answer(line, answer([certificate], rs if form != "DER" else rs_to_der(rs)))
    assert isinstance(result, Holder)
    assert [(each.kind, each.value) for each in result.identities] == [
        (Kind.RESIDENT_NUMBER, ID_NUMBER),
        (Kind.USCC, USCC),
    ]
    assert result.thumbprint_sm3 == certificate.thumbprint_sm3.hex()
    assert (result.issuer, result.serial) == ("CN=Key CA,O=Yihao Tests,C=CN", certificate.serial_hex)
    assert (result.subject_shown, result.algorithm) == ("测*", "SM2")
    assert ID_NUMBER not in repr(result)


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_signature_over_another_line_is_refused(house: House, place: int) -> None:
    """Another nonce, application, origin or time: the line of this house is what counts, not what was signed."""
    others = ("", "A" * 43, "Another", "https://phish.example.test", "2020-01-01T00:00:00Z")
    line = house.line()
    fields = line.split("|")
    fields[place] = others[place]
    signature = house.key.sign("|".join(fields).encode())
    assert ORIGIN in line
    assert why(house.check.check_answer(line, answer([house.certificate()], signature))) is Why.SIGNATURE


def test_an_answer_counts_once(house: House) -> None:
    """The same right answer sent again signs nobody in."""
    challenge_id, line = house.challenges.begin(BROWSER, CLIENT)
    sent = answer([house.certificate()], house.key.sign(line.encode()))
    first, second = (
        house.check.check_answer(house.challenges.take(challenge_id, BROWSER), sent) for _ in range(2)
    )
    assert isinstance(first, Holder)
    assert why(second) is Why.CHALLENGE


def test_a_wrong_answer_burns_the_challenge(house: House) -> None:
    """Who guesses has one guess for a challenge, and the right answer comes too late after it."""
    challenge_id, line = house.challenges.begin(BROWSER, CLIENT)
    right = answer([house.certificate()], house.key.sign(line.encode()))
    wrong = answer([house.certificate()], house.key.sign(b"something else"))
    results = [
        house.check.check_answer(house.challenges.take(challenge_id, BROWSER), sent)
        for sent in (wrong, right)
    ]
    assert [why(each) for each in results] == [Why.SIGNATURE, Why.CHALLENGE]


def test_a_malformed_answer_is_refused(house: House) -> None:
    """What could not be read names nobody."""
    assert why(house.check.check_answer(house.line(), None)) is Why.MALFORMED
    assert why(house.check.check_shown(b"\x30\x03\x02\x01\x01")) is Why.MALFORMED
    assert why(house.check.check_shown(house.certificate().der + b"\x00")) is Why.MALFORMED


@pytest.mark.parametrize("bit", [0, 255, 256, 511])
def test_a_tampered_signature_is_refused(house: House, bit: int) -> None:
    """One bit of r or s is enough."""
    line = house.line()
    spoiled = bytearray(house.key.sign(line.encode()))
    spoiled[bit // 8] ^= 1 << bit % 8
    assert why(house.check.check_answer(line, answer([house.certificate()], bytes(spoiled)))) is Why.SIGNATURE


def test_a_signature_by_another_key_is_refused(house: House) -> None:
    """A certificate is public: without its key it proves nothing."""
    line, thief = house.line(), SoftwareKey(private_key.generate())
    sent = answer([house.certificate()], thief.sign(line.encode()))
    assert why(house.check.check_answer(line, sent)) is Why.SIGNATURE


@pytest.mark.parametrize("identity", [b"", b"ALICE123@YAHOO.COM", b"TLSv1.3+GM+Cipher+Suite"])
@pytest.mark.clause("GM/T 0009", "10")
def test_a_signature_under_another_user_id_is_refused(house: House, identity: bytes) -> None:
    """What the key signed as another, in a TLS handshake for one, does not sign in here."""
    line, d = house.line(), private_key.generate()
    house.key = SoftwareKey(d)
    signature = Sm2PrivateKey(d).sign(line.encode(), identity)
    assert why(house.check.check_answer(line, answer([house.certificate()], signature))) is Why.SIGNATURE


def non_canonical(rs: bytes) -> dict[str, bytes]:
    """Other writings of one signature; each is what a lenient reader of BER would take."""
    der = rs_to_der(rs)
    body = der[2:]
    r_size = body[1]
    r, s = body[2 : 2 + r_size], body[2 + r_size + 2 :]
    padded = b"\x02" + bytes([r_size + 1]) + b"\x00" + r + b"\x02" + bytes([len(s)]) + s
    return {
        "long length": b"\x30\x81" + der[1:],
        "indefinite length": b"\x30\x80" + body + b"\x00\x00",
        "padded integer": b"\x30" + bytes([len(padded)]) + padded,
        "trailing byte": der + b"\x00",
        "trailing bytes inside": b"\x30" + bytes([len(body) + 2]) + body + b"\x05\x00",
        "r and s with a prefix": b"\x00" + rs,
        "r and s right-aligned in 128 bytes": bytes(32) + rs[:32] + bytes(32) + rs[32:],
        "nothing": b"",
    }


@pytest.mark.parametrize("form", sorted(non_canonical(bytes([1]) * 64)))
@pytest.mark.clause("GM/T 0009", "7.3")
def test_a_signature_in_another_writing_is_refused(house: House, form: str) -> None:
    """Each value of a signature has one DER form, and one of 64 bytes."""
    line = house.line()
    sent = answer([house.certificate()], non_canonical(house.key.sign(line.encode()))[form])
    assert why(house.check.check_answer(line, sent)) is Why.SIGNATURE


def test_a_foreign_p256_key_signs_in(house: House) -> None:
    """ECDSA with SHA-256, as r‖s and as DER."""
    key, line = ec.generate_private_key(ec.SECP256R1()), house.line()
    certificate = house.ca.issue(foreign_spki(key))
    der = key.sign(line.encode(), ec.ECDSA(SHA256))
    result = house.check.check_answer(line, answer([certificate], der))
    assert isinstance(result, Holder)
    assert result.algorithm == "EC"


def test_a_foreign_rsa_key_signs_in_by_either_padding(house: House) -> None:
    """PKCS #1 v1.5 and PSS with SHA-256."""
    key, line = rsa.generate_private_key(65537, 2048), house.line()
    certificate = house.ca.issue(foreign_spki(key))
    pss = padding.PSS(padding.MGF1(SHA256), SHA256.digest_size)
    for signature in (key.sign(line.encode(), each, SHA256) for each in (padding.PKCS1v15(), pss)):
        result = house.check.check_answer(line, answer([certificate], signature))
        assert isinstance(result, Holder)
        assert result.algorithm == "RSA"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(until=-DAY / 24), Why.EXPIRED),
        (Said(since=DAY / 24), Why.NOT_YET),
        (Said(usage=frozenset({"key_encipherment", "data_encipherment"})), Why.USAGE),
        (Said(usage=frozenset({"non_repudiation"})), Why.USAGE),
        (Said(purposes=(oids.SERVER_AUTH,)), Why.USAGE),
        (Said(is_ca=True), Why.USAGE),
        (Said(critical=(PERSON_OID,)), Why.USAGE),
        (Said(identities=()), Why.NO_IDENTITY),
        (Said(identities=(("1.2.3.4.5", ID_NUMBER),)), Why.NO_IDENTITY),
        (Said(identities=((PERSON_OID, ID_NUMBER[:-1] + "0"),)), Why.NO_IDENTITY),
        (Said(identities=((PERSON_OID, ID_NUMBER), (USCC_OID, "91350100M000100Y4X"))), Why.NO_IDENTITY),
        (Said(identities=((PERSON_OID, "測試"),)), Why.NO_IDENTITY),
        (Said(crl=""), Why.UNKNOWN_REVOCATION),
        (Said(crl="https://down.example.test/"), Why.UNKNOWN_REVOCATION),
    ],
)
def test_a_certificate_that_does_not_serve_is_refused(house: House, said: Said, reason: Why) -> None:
    """By an answer and shown to the gateway alike; the certificate is the same one but for what is said."""
    certificate = house.certificate(said)
    assert why(house.judge(certificate)) is reason
    assert why(house.check.check_shown(certificate.der)) is reason
    assert why(house.judge(house.certificate(Said(identities=BOTH)))) is None


def test_a_certificate_ends_by_the_clock(house: House) -> None:
    """The same certificate before, in and after its time."""
    certificate = house.certificate()
    results = []
    for days in (0, 31, -33):
        house.clock.advance(days * DAY.total_seconds())
        results.append(why(house.check.check_shown(certificate.der)))
    assert results == [None, Why.EXPIRED, Why.NOT_YET]


def test_a_revoked_certificate_is_refused(house: House) -> None:
    """It is on the list of its authority, and the other one of the same person is not."""
    lost, kept = house.certificate(), house.certificate()
    house.ca.revoked.append(lost.serial)
    assert why(house.judge(lost)) is Why.REVOKED
    assert why(house.check.check_shown(lost.der)) is Why.REVOKED
    assert why(house.judge(kept)) is None


def test_no_list_means_no_sign_in(house: House) -> None:
    """While the authority's list cannot be had everybody is refused, and let in when it is back."""
    certificate = house.certificate()
    house.net.authorities.clear()
    assert why(house.judge(certificate)) is Why.UNKNOWN_REVOCATION
    house.net.authorities.append(house.ca)
    house.clock.advance(60)
    assert why(house.judge(certificate)) is None


def test_an_authority_of_the_same_name_is_foreign(house: House) -> None:
    """Its certificates look alike, and its addresses are never called: nobody vouches for them."""
    forged = house.certificate(ca=KeyCa(house.at))
    assert forged.issuer.text == house.certificate().issuer.text
    assert why(house.judge(forged)) is Why.UNTRUSTED
    assert why(house.check.check_shown(forged.der)) is Why.UNTRUSTED
    assert house.net.asked == []


def test_an_authority_without_rules_names_nobody(house: House) -> None:
    """The anchor is trusted to sign, and the table says nothing of what its extensions mean."""
    house.check = house.trusting(house.ca, KeyCa(house.at, "Other CA"))
    assert why(house.judge(house.certificate())) is Why.NO_IDENTITY


def test_the_helper_may_bring_the_authority_between(house: House) -> None:
    """A chain of two with the intermediate in the answer; alone it hangs from nothing."""
    below = KeyCa(house.at, "Key CA Below", above=house.ca)
    house.net.authorities.append(below)
    house.check = house.trusting(house.ca, below)
    line, certificate = house.line(), house.certificate(ca=below)
    signature = house.key.sign(line.encode())
    whole = house.check.check_answer(line, answer([certificate, below.certificate], signature))
    assert isinstance(whole, Holder)
    assert why(house.check.check_answer(line, answer([certificate], signature))) is Why.UNTRUSTED
    assert why(house.check.check_shown(certificate.der)) is Why.UNTRUSTED


def test_a_revoked_authority_between_takes_its_certificates_along(house: House) -> None:
    """The list of the anchor counts for it."""
    below = KeyCa(house.at, "Key CA Below", above=house.ca)
    house.net.authorities.append(below)
    house.check = house.trusting(house.ca, below)
    house.ca.revoked.append(below.certificate.serial)
    line = house.line()
    sent = answer([house.certificate(ca=below), below.certificate], house.key.sign(line.encode()))
    assert why(house.check.check_answer(line, sent)) is Why.REVOKED


def test_two_numbers_of_a_kind_name_nobody(house: House) -> None:
    """Nobody is guessed; the same number written twice is no doubt."""
    other = "1.2.156.10260.4.1.1.1"
    rules = [{"oid": PERSON_OID}, {"oid": other}]
    house.check = house.trusting_rules(rules)
    same, different = (
        house.certificate(Said(identities=((PERSON_OID, ID_NUMBER), (other, number))))
        for number in (ID_NUMBER, synthetic_id_number(2))
    )
    assert why(house.judge(same)) is None
    assert why(house.judge(different)) is Why.NO_IDENTITY


def test_a_shown_certificate_names_its_holder(house: House) -> None:
    """The handshake proved the key, so no line is signed."""
    result = house.check.check_shown(house.certificate().der)
    assert isinstance(result, Holder)
    assert {each.kind for each in result.identities} == {Kind.RESIDENT_NUMBER, Kind.USCC}
