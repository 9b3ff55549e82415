"""An instance starts under its own, undamaged keys only."""

from pathlib import Path

import pytest
from sqlalchemy import text

from crypto.errors import CryptoError
from crypto.keys.software import new_root_key
from idp.composition import load_settings, prepare, wire
from idp.errors import SettingsRefused, Unavailable
from idp.keys.root import create_root_key, open_root_key
from idp.settings import Profile
from idp.storage.engine import Sql
from tests.support.provider import Provider, SqliteTemplate
from tests.support.tokens import published_keys


@pytest.fixture
def environment(sqlite_template: SqliteTemplate, tmp_path: Path) -> dict[str, str]:
    """A prepared instance of this test's own."""
    return sqlite_template.copy(tmp_path)


def _start(environment: dict[str, str]) -> None:
    services = wire(load_settings(environment))
    services.close()


def _change(environment: dict[str, str], statement: str) -> None:
    sql = Sql(environment["YIHAO_DATABASE__URL"])
    with sql.begin() as db:
        assert db.execute(text(statement)).rowcount
    sql.close()


def test_the_copied_instance_starts(environment: dict[str, str]) -> None:
    """What the other tests damage is whole before."""
    _start(environment)


def test_another_root_key_refuses(environment: dict[str, str]) -> None:
    """A well-formed root key that is not this instance's opens nothing."""
    Path(environment["YIHAO_KEYS__ROOT_KEY_FILE"]).write_text(new_root_key().hex())
    with pytest.raises((CryptoError, SettingsRefused)):
        _start(environment)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE key_pair SET wrapped = (SELECT s.wrapped FROM key_pair s WHERE s.kid <> key_pair.kid)",
        "UPDATE key_pair SET public_jwk = (SELECT s.public_jwk FROM key_pair s WHERE s.kid <> key_pair.kid)",
        "UPDATE data_key SET wrapped = (SELECT d.wrapped FROM data_key d WHERE d.purpose = 'csrf') "
        "WHERE purpose = 'lookup'",
        "UPDATE data_key SET wrapped = substr(wrapped, 1, 20) WHERE purpose = 'seal'",
        "UPDATE data_key SET version = 2 WHERE purpose = 'seal'",
    ],
    ids=["signing keys swapped", "public halves swapped", "data keys swapped", "cut short", "other version"],
)
@pytest.mark.clause("GB/T 39786-2021", "8.4")
def test_keys_moved_by_hand_refuse(environment: dict[str, str], statement: str) -> None:
    """Wrapped keys are bound to their name, purpose and version: exchanged rows stop the start."""
    _change(environment, statement)
    with pytest.raises((CryptoError, SettingsRefused)):
        _start(environment)


@pytest.mark.parametrize("purpose", ["seal", "ephemeral", "lookup", "pepper", "pairwise", "csrf"])
def test_a_missing_data_key_refuses(environment: dict[str, str], purpose: str) -> None:
    """Nothing is made silently at start: without a key of some purpose there is no provider."""
    _change(environment, f"DELETE FROM data_key WHERE purpose = '{purpose}'")  # noqa: S608 - constants of tests
    with pytest.raises(SettingsRefused):
        Provider(environment)


def test_a_missing_signing_key_refuses(environment: dict[str, str]) -> None:
    """Every algorithm needs its active signer."""
    _change(environment, "DELETE FROM key_pair WHERE algorithm = 'SGD_SM3_SM2'")
    with pytest.raises(Unavailable):
        _start(environment)


def test_old_tables_refuse(environment: dict[str, str]) -> None:
    """Code does not run on tables of another revision."""
    _change(environment, "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(SettingsRefused):
        _start(environment)


@pytest.mark.parametrize(
    "content",
    ["", "zz" * 16, "00" * 15, "00" * 17, "不是密钥"],
    ids=["empty", "no hex", "short", "long", "words"],
)
def test_a_malformed_root_key_refuses(tmp_path: Path, content: str) -> None:
    """The refusal names the setting and not the content."""
    path = tmp_path / "root.key"
    path.write_text(content)
    with pytest.raises(SettingsRefused) as refused:
        open_root_key(path, Profile.SANDBOX)
    assert "root_key_file" in str(refused.value.values)


@pytest.mark.parametrize("known", ["0123456789abcdeffedcba9876543210", "00" * 16, b"1234567812345678".hex()])
@pytest.mark.parametrize("profile", list(Profile))
def test_a_root_key_from_the_books_refuses(tmp_path: Path, known: str, profile: Profile) -> None:
    """Test vectors and patterns are no keys, in any profile."""
    path = tmp_path / "root.key"
    path.write_text(known)
    path.chmod(0o600)
    with pytest.raises((SettingsRefused, CryptoError)):
        open_root_key(path, profile)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_production_wants_the_root_key_for_itself(tmp_path: Path, mode: int) -> None:
    """A file that others can read refuses in production."""
    path = tmp_path / "root.key"
    create_root_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    open_root_key(path, Profile.PRODUCTION)
    path.chmod(mode)
    with pytest.raises(SettingsRefused):
        open_root_key(path, Profile.PRODUCTION)


def test_preparing_again_keeps_the_keys(environment: dict[str, str]) -> None:
    """`yihao init` on a prepared instance changes no key: what was sealed still opens."""
    root = Path(environment["YIHAO_KEYS__ROOT_KEY_FILE"]).read_text()
    provider = Provider(environment)
    keys = published_keys(provider)
    provider.close()
    prepare(load_settings(environment))
    again = Provider(environment)
    assert published_keys(again) == keys
    assert Path(environment["YIHAO_KEYS__ROOT_KEY_FILE"]).read_text() == root
    again.close()


def test_published_keys_are_public_only(provider: Provider) -> None:
    """The document holds one key per algorithm, each for its one use, and no private member."""
    keys = published_keys(provider)
    uses = {(key["alg"], key["use"]) for key in keys}
    assert uses == {("ES256", "sig"), ("SGD_SM3_SM2", "sig"), ("ECDH-ES", "enc"), ("SGD_SM2_3", "enc")}
    assert len(keys) == len(uses)
    assert not any("d" in key or "k" in key for key in keys)
