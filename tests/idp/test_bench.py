"""The benchmark runs on real stores against the served provider."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_bench_measures_a_scenario_of_the_served_provider() -> None:
    """`python -m tests.bench --only discovery --json` ends well and gives figures above zero for that scenario."""
    command = [sys.executable, "-m", "tests.bench", "--seconds", "0.2", "--only", "discovery", "--json"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}
    ended = subprocess.run(command, cwd=ROOT, env=inherited, capture_output=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr[-2000:]
    report = json.loads(ended.stdout)
    assert list(report["scenarios"]) == ["discovery"]
    assert report["scenarios"]["discovery"]["per_second"] > 0
    assert report["process"]["rss_mib"] > 0
