"""Proofs as sessions keep them: written, read, and read from what the release before wrote."""

from idp.authenticators.evidence import Evidence, Way, read, write

PROOFS = (Evidence(Way.PASSWORD, 1795782846.5), Evidence(Way.TOTP, 1795782900.25))


def test_what_is_written_is_read() -> None:
    """In the same order and to the same instant."""
    assert read(write(PROOFS)) == PROOFS
    assert read("") == ()


def test_sessions_of_the_release_before_are_read() -> None:
    """It wrote which credential it was, empty or not, after a second sign: its sessions go on after the upgrade."""
    assert read("password@1795782846.5@ totp@1795782900.25@credential-7") == PROOFS


def test_a_way_of_another_release_proves_nothing() -> None:
    """What this release does not know is left out, and the rest counts."""
    assert read("telepathy@1795782846.5 totp@1795782900.25") == PROOFS[1:]
