"""Which engine does the work: named, or the best one present."""

import ctypes.util

import pytest

from crypto.errors import EngineUnavailable
from crypto.sm import second_opinion, sm2
from crypto.sm.engine import choose as choosing
from crypto.sm.engine.choose import choose


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choices are remembered for the process: choose among fresh ones, and leave the process with its own."""
    monkeypatch.setattr(choosing, "_made", choosing._made.__wrapped__)


@pytest.mark.parametrize(
    ("name", "library"), [("botan", "Botan"), ("openssl", "OpenSSL"), ("gmssl", "gmssl")]
)
def test_a_named_engine_is_given(name: str, library: str) -> None:
    """Each name gives its library, and the same engine each time."""
    assert choose(name).name.startswith(library)
    assert choose(name) is choose(name)


def test_auto_takes_the_fastest_that_is_present() -> None:
    """With all libraries here, botan is chosen, and it is the engine that its name gives."""
    assert choose() is choose("auto") is choose("botan")


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize(
    ("missing", "chosen"),
    [({"botan-3", "botan-2"}, "OpenSSL"), ({"botan-3", "botan-2", "crypto"}, "gmssl")],
)
def test_auto_takes_the_next_where_one_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: set[str], chosen: str
) -> None:
    """Without libbotan libcrypto works, without both the unsafe last resort."""
    find = ctypes.util.find_library
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None if name in missing else find(name))
    assert choose().name.startswith(chosen)


@pytest.mark.usefixtures("forgotten")
def test_a_named_library_that_is_missing_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names an engine gets it or one clear sentence."""
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)
    for name, sentence in (
        ("botan", "libbotan was not found on this machine: install Botan 2.19 or later"),
        ("openssl", "libcrypto was not found on this machine: install OpenSSL 3.0 or later"),
    ):
        with pytest.raises(EngineUnavailable) as refusal:
            choose(name)
        assert str(refusal.value) == sentence


@pytest.mark.usefixtures("forgotten")
def test_a_machine_without_any_library_hears_all_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence tells of each engine why it does not work."""

    def missing() -> None:
        raise EngineUnavailable("the distribution gmssl is not installed")

    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)
    monkeypatch.setattr(second_opinion, "require_pinned", missing)
    with pytest.raises(EngineUnavailable, match=r"libbotan .*libcrypto .*gmssl is not installed"):
        choose()


@pytest.mark.parametrize("name", ["", "Botan", "rsa"])
def test_a_name_that_no_engine_has_is_refused(name: str) -> None:
    """The sentence lists the names there are."""
    with pytest.raises(EngineUnavailable, match="auto, botan, openssl, gmssl"):
        choose(name)


def test_the_engine_of_a_process_is_settled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first engine settled stays: the same again is accepted, another one is a slip of the composition."""
    monkeypatch.setattr(sm2._Process, "engine", None)
    sm2.use(choose("openssl"))
    assert sm2.engine() is choose("openssl")
    sm2.use(choose("openssl"))
    with pytest.raises(RuntimeError, match="OpenSSL"):
        sm2.use(choose("gmssl"))
    assert sm2.engine() is choose("openssl")


def test_first_use_settles_the_engine_that_auto_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody chose, the first key does, and another choice afterwards is refused."""
    monkeypatch.setattr(sm2._Process, "engine", None)
    assert sm2.Sm2PrivateKey.generate().public_key.raw
    assert sm2.engine() is choose()
    with pytest.raises(RuntimeError):
        sm2.use(choose("openssl"))
