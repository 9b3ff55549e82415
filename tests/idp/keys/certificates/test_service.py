"""The internal authority of an instance: asked for, certified by an offline root, issuing and revoking, on both databases."""

import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.x509 import authority, certificate, path, private_key, request
from crypto.x509.authority import Authority
from crypto.x509.certificate import Certificate
from crypto.x509.path import Purpose
from crypto.x509.private_key import SoftwareKey
from crypto.x509.profiles import ProfileName
from idp.audit.event import Place
from idp.clock import instant
from idp.errors import Conflict, NotFound
from idp.keys import store as keys
from idp.keys.certificates import store
from idp.keys.certificates.authority_keys import AuthorityKeys
from idp.keys.certificates.expiry import ALARM, ExpiryWatch, Standing, standing, without_successor
from idp.keys.certificates.service import LIST_RUNS, CertificateFault, Certificates
from idp.keys.lifecycle import Actor
from idp.keys.models import CertificateKind, KeyPurpose, KeyState
from tests.support.provider import Provider

OFFICER = Actor("cli:officer", Place("console", "REF"), "officer")


def new_key() -> SoftwareKey:
    """A fresh SM2 key."""
    return SoftwareKey(private_key.generate())


@dataclass
class House:
    """The authority of a provider, and its root elsewhere."""

    provider: Provider
    root_key: SoftwareKey
    root: Certificate
    acts: Certificates

    @classmethod
    def of(cls, provider: Provider) -> "House":
        foundation, key = provider.services.foundation, new_key()
        root = authority.self_signed_root("CN=Root,O=Tests,C=CN", key, instant(provider.clock))
        kept = AuthorityKeys(foundation.keyring, foundation.providers, provider.clock, foundation.audit)
        return cls(provider, key, root, Certificates(provider.sql, provider.clock, foundation.audit, kept))

    def sign(self, asked: request.Request) -> Certificate:
        """What the root makes of a request."""
        root = Authority(self.root, self.root_key)
        return root.issue(asked, ProfileName.AUTHORITY, instant(self.provider.clock))

    def set_up(self, subject: str = "CN=Authority,O=Tests,C=CN") -> Certificate:
        """An authority that issues."""
        made = self.sign(self.acts.request(subject, OFFICER))
        self.acts.install(made.der, self.root.der, OFFICER)
        self.provider.clock.advance(2)
        return made

    def officer(self, name: str = "CN=Officer 1,O=Tests,C=CN") -> Certificate:
        """A certificate for an officer with a fresh key."""
        return self.acts.issue(request.write(name, new_key()).der, CertificateKind.OFFICER, OFFICER)


@pytest.mark.clause("GB/T 39786-2021", "8.4")
def test_an_officer_hangs_from_the_offline_root_and_is_revoked_by_the_list(any_provider: Provider) -> None:
    """Request, root, install, issue, revoke, list: each is one event, and others verify the whole by the root alone."""
    house = House.of(any_provider)
    own = house.set_up()
    made = house.officer()
    now = instant(any_provider.clock)
    assert path.build(made, [own], [house.root], Purpose.SIGNING, now).leaf == made
    house.acts.revocation_list(OFFICER).check_not_revoked(made.serial)
    revoked = house.acts.revoke(made.serial_hex, "key_compromise", OFFICER)
    assert (revoked.reason, standing(revoked, now)) == ("key_compromise", Standing.REVOKED)
    any_provider.clock.advance(1)
    listed = house.acts.revocation_list(OFFICER)
    listed.check(own, now)
    assert dict(listed.revoked) == {made.serial: "keyCompromise"}
    assert listed.next_update - listed.this_update == LIST_RUNS
    acts = [row.act for row in any_provider.events() if row.act.startswith(("authority.", "certificate."))]
    assert acts == [
        "authority.requested",
        "authority.installed",
        "certificate.issued",
        "certificate.list_signed",
        "certificate.revoked",
        "certificate.list_signed",
    ]


def test_the_authoritys_key_is_one_of_the_houses_keys(provider: Provider) -> None:
    """It waits as created, is active once its certificate is installed, and its uses are counted like any key's."""
    house = House.of(provider)
    asked = house.acts.request("CN=Authority", OFFICER)
    again = house.acts.request("CN=Authority renamed", OFFICER)
    assert again.spki == asked.spki
    with provider.sql.once() as db:
        (row,) = keys.list_key_pairs(db, KeyPurpose.AUTHORITY, *KeyState)
    assert (row.state, row.algorithm) == (KeyState.CREATED, "SGD_SM3_SM2")
    house.acts.install(house.sign(asked).der, house.root.pem().encode(), OFFICER)
    provider.clock.advance(2)
    house.officer()
    provider.services.foundation.keyring.usage.flush()
    with provider.sql.once() as db:
        row = keys.find_key_pair(db, row.kid)
    assert row is not None
    assert row.state is KeyState.ACTIVE
    assert row.activated_at == row.published_at
    assert row.used >= 1


def test_a_certificate_that_does_not_belong_here_is_not_installed(provider: Provider) -> None:
    """Another key's, another root's, an officer's and an expired one are refused with an event; nothing changes."""
    house, stranger = House.of(provider), House.of(provider)
    asked = house.acts.request("CN=Authority", OFFICER)
    own = house.sign(asked)
    other_key = house.sign(request.write("CN=Authority", new_key()))
    officer = Authority(house.root, house.root_key).issue(asked, ProfileName.OFFICER, instant(provider.clock))
    cases = [
        (other_key.der, house.root.der, "key"),
        (own.der, stranger.root.der, "signature"),
        (own.der, own.der, "issuer"),
        (officer.der, house.root.der, "authority"),
        (b"nonsense", house.root.der, "malformed"),
    ]
    for data, root, reason in cases:
        with pytest.raises(CertificateFault) as caught:
            house.acts.install(data, root, OFFICER)
        assert caught.value.reason == reason
    provider.clock.advance(6 * 365 * 86400)
    with pytest.raises(CertificateFault) as caught:
        house.acts.install(own.der, house.root.der, OFFICER)
    assert caught.value.reason == "expired"
    assert [row.outcome for row in provider.events("certificate.refused")] == ["refused"] * 6
    with provider.sql.once() as db:
        assert not store.list_certificates(db)
        assert not keys.list_key_pairs(db, KeyPurpose.AUTHORITY, KeyState.ACTIVE)


def test_nothing_is_issued_before_the_authority_is_installed(provider: Provider) -> None:
    """Issuing and listing say that there is no authority yet."""
    house = House.of(provider)
    house.acts.request("CN=Authority", OFFICER)
    for act in (house.officer, lambda: house.acts.revocation_list(OFFICER)):
        with pytest.raises(CertificateFault) as caught:
            act()
        assert caught.value.code == "certificate.no_authority"


def test_requests_that_prove_nothing_are_refused(provider: Provider, tmp_path: Path) -> None:
    """A request for somebody else's key, one with a P-256 key for an officer, and an authority's kind are refused."""
    house = House.of(provider)
    house.set_up()
    mine, other = (request.write("CN=x", new_key()) for _ in range(2))
    stolen = mine.der.replace(mine.public_key.bits, other.public_key.bits)
    command = (
        "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj /CN=n -out r.pem"
    )
    subprocess.run(command.split(), check=True, capture_output=True, cwd=tmp_path)
    ec = (tmp_path / "r.pem").read_bytes()
    cases = [
        (stolen, CertificateKind.OFFICER, "signature"),
        (ec, CertificateKind.OFFICER, "profile"),
        (mine.der, CertificateKind.AUTHORITY, "profile"),
        (b"", CertificateKind.NODE, "malformed"),
    ]
    for data, kind, reason in cases:
        with pytest.raises(CertificateFault) as caught:
            house.acts.issue(data, kind, OFFICER)
        assert caught.value.reason == reason
    node = house.acts.issue(ec, CertificateKind.NODE, OFFICER, ["n.example.test"])
    assert (node.public_key.kind, node.extensions.alternative_names[0].value) == ("EC", "n.example.test")


def test_a_certificate_is_revoked_once_and_an_authoritys_never_here(provider: Provider) -> None:
    """A second time is a conflict, an unknown serial number is not found, and authorities are the root's to revoke."""
    house = House.of(provider)
    own, made = house.set_up(), house.officer()
    house.acts.revoke(made.serial_hex, "superseded", OFFICER)
    with pytest.raises(Conflict):
        house.acts.revoke(made.serial_hex, "key_compromise", OFFICER)
    with pytest.raises(NotFound):
        house.acts.revoke("abc", "superseded", OFFICER)
    for serial in (own.serial_hex, house.root.serial_hex):
        with pytest.raises(CertificateFault):
            house.acts.revoke(serial, "superseded", OFFICER)
    with provider.sql.once() as db:
        assert house.acts.get(db, made.serial_hex).reason == "superseded"


def test_a_successor_issues_and_its_predecessor_still_signs_its_own_list(provider: Provider) -> None:
    """After the second authority is installed each list names only what its own authority issued."""
    house = House.of(provider)
    first = house.set_up()
    old = house.officer("CN=Old")
    second = house.set_up()
    new = house.officer("CN=New")
    for made in (old, new):
        house.acts.revoke(made.serial_hex, "superseded", OFFICER)
    new.verify_issued_by(second.public_key)
    assert set(house.acts.revocation_list(OFFICER).revoked) == {new.serial}
    with provider.sql.once() as db:
        found = store.find_certificate(db, first.serial_hex)
    assert found is not None
    earlier = house.acts.revocation_list(OFFICER, found.key_id)
    earlier.check(first, instant(provider.clock))
    assert set(earlier.revoked) == {old.serial}
    with pytest.raises(CertificateFault):
        house.acts.revocation_list(OFFICER, "no-such-key")


def test_a_certificate_that_ends_soon_without_a_successor_is_told_once(provider: Provider) -> None:
    """Thirty days before its end an officer's certificate is an event; a renewed or revoked one is none."""
    house = House.of(provider)
    house.set_up()
    alone, renewed, revoked = (house.officer(f"CN={name}") for name in ("Alone", "Renewed", "Revoked"))
    house.acts.revoke(revoked.serial_hex, "superseded", OFFICER)
    watch = ExpiryWatch(provider.sql, provider.clock, provider.services.foundation.audit)
    assert watch.run() == 0
    provider.clock.advance((730 - 30) * 86400 + 10)
    successor = house.officer("CN=Renewed")
    assert watch.run() == 1
    assert watch.run() == 0
    assert [row.object for row in provider.events("certificate.expiring")] == [alone.serial_hex]
    with provider.sql.once() as db:
        every = {each.serial: each for each in store.list_certificates(db, CertificateKind.OFFICER)}
    now = instant(provider.clock)
    assert [each.serial for each in without_successor(list(every.values()), now)] == [alone.serial_hex]
    told = {serial: standing(each, now) for serial, each in every.items()}
    assert told == {
        alone.serial_hex: Standing.EXPIRING,
        renewed.serial_hex: Standing.EXPIRING,
        revoked.serial_hex: Standing.REVOKED,
        successor.serial_hex: Standing.VALID,
    }
    later = alone.not_after + timedelta(seconds=1)
    assert standing(every[alone.serial_hex], later) is Standing.EXPIRED
    assert set(ALARM) == set(CertificateKind)


def test_what_is_kept_reads_as_it_was_issued(any_provider: Provider) -> None:
    """The row's DER is the certificate, byte for byte, with its dates to the second."""
    house = House.of(any_provider)
    house.set_up()
    made = house.officer()
    with any_provider.sql.once() as db:
        kept = house.acts.get(db, made.serial_hex)
    assert certificate.parse(kept.der) == made
    assert (kept.subject, kept.not_before, kept.not_after) == (
        made.subject.text,
        made.not_before,
        made.not_after,
    )
