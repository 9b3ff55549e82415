"""Where a demo lies, what it refuses, and what it keeps."""

import json
import socket
from pathlib import Path

import pytest

from idp.demo import instance as demo
from idp.demo.instance import DemoRefused, Instance
from idp.demo.words import FAULTS


@pytest.mark.parametrize("text", ["0", "80", "65531", "99999", "84OO", "-1", "8400.0", "８４００", " 8400"])
def test_port_that_is_none_is_refused(text: str) -> None:
    """Only a base port with room for six unprivileged ones is taken."""
    with pytest.raises(DemoRefused) as refused:
        demo.instance_of({"YIHAO_DEMO_PORT": text})
    assert refused.value.code == "demo.port"


def test_defaults_are_those_that_the_documents_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without variables: port 8400 and `var` below where the command runs."""
    monkeypatch.chdir(tmp_path)
    instance = demo.instance_of({})
    assert instance.issuer == "http://127.0.0.1:8400"
    assert instance.console == "http://127.0.0.1:8401"
    assert instance.departments == ("http://127.0.0.1:8402", "http://127.0.0.1:8403")
    assert instance.ready_file == tmp_path / "var" / "demo.json"


def test_settings_of_the_caller_do_not_reach_the_demo(tmp_path: Path) -> None:
    """A demo beside a real instance never opens that one's database, whatever the shell exports."""
    inherited = {
        "YIHAO_DATABASE__URL": "postgresql+psycopg://real",
        "YIHAO_REDIS__URL": "redis://real",
        "YIHAO_CONFIG": "/etc/yihao.toml",
        "PATH": "/bin",
    }
    environment = Instance(8400, tmp_path).environment(inherited)
    assert environment["PATH"] == "/bin"
    assert not any("real" in value or "toml" in value for value in environment.values())
    assert environment["YIHAO_DATABASE__URL"] == f"sqlite:///{tmp_path}/yihao.db"


@pytest.mark.parametrize("offset", range(demo.PORTS))
def test_any_of_the_ports_in_use_is_named(offset: int, tmp_path: Path) -> None:
    """Somebody who listens is found although the servers would share the port with them."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(DemoRefused) as refused:
            demo.require_free(Instance(port - offset, tmp_path))
    assert refused.value.code == "demo.port_taken"


def test_directory_serves_one_demo_at_a_time(tmp_path: Path) -> None:
    """A second demo in the same directory is refused while the first runs, and welcome afterwards."""
    instance = Instance(8400, tmp_path / "new" / "var")
    with demo.held(instance):
        with pytest.raises(DemoRefused) as refused, demo.held(instance):
            pass
        assert refused.value.code == "demo.running"
    with demo.held(instance):
        assert instance.directory.stat().st_mode & 0o077 == 0


def test_unusable_directory_is_said(tmp_path: Path) -> None:
    """A file in the place of the directory is a sentence, not a trace."""
    (tmp_path / "var").write_text("")
    with pytest.raises(DemoRefused) as refused, demo.held(Instance(8400, tmp_path / "var")):
        pass
    assert refused.value.code == "demo.directory"


def test_secrets_are_drawn_once_and_kept_private(tmp_path: Path) -> None:
    """The same instance gets the same secrets, a new client gets its own, another directory gets others."""
    instance = Instance(8400, tmp_path)
    first = demo.remember(instance, ("a", "b"))
    assert demo.remember(instance, ("a", "b", "c")).client_secrets.items() >= first.client_secrets.items()
    assert len({*first.client_secrets.values(), *first.department_keys}) == 4
    assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.iterdir())
    (tmp_path / "other").mkdir()
    other = demo.remember(Instance(8500, tmp_path / "other"), ("a",))
    assert other.client_secrets["a"] != first.client_secrets["a"]
    assert first.client_secrets["a"] not in repr(first)


def test_directory_of_another_port_is_refused(tmp_path: Path) -> None:
    """Addresses are registered with the clients, so a directory belongs to its port."""
    demo.remember(Instance(8400, tmp_path), ("a",))
    with pytest.raises(DemoRefused) as refused:
        demo.remember(Instance(8500, tmp_path), ("a",))
    assert refused.value.code == "demo.other_port"
    assert json.loads((tmp_path / "secrets.json").read_text("utf-8"))["port"] == 8400


def test_every_refusal_has_its_sentence_in_both_languages() -> None:
    """What the package can refuse is said in words, and no sentence is left over."""
    folder = Path(demo.__file__).parent
    raised = {
        part.split('"')[1]
        for file in folder.glob("*.py")
        for part in file.read_text("utf-8").split("DemoRefused(")[1:]
        if part.startswith('"')
    }
    assert raised == set(FAULTS)
    for chinese, english in FAULTS.values():
        assert chinese.endswith("。")
        assert english.endswith(".")
