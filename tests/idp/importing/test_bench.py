"""The benchmark of imports runs on a real PostgreSQL by the real command."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_bench_imports_by_the_command_and_both_ways_inside() -> None:
    """`python -m tests.bench.importing` ends well, with every row added in each of its three ways."""
    command = [sys.executable, "-m", "tests.bench.importing", "--rows", "1200", "--compared", "300"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}
    ended = subprocess.run(
        [*command, "--hashes", "pbkdf2"],
        cwd=ROOT,
        env=inherited,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    figures = json.loads(ended.stdout)
    assert {name: each["rows"] for name, each in figures.items()} == {
        "command": 1200,
        "copy": 300,
        "statements": 300,
    }
