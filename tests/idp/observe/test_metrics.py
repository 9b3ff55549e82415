"""Counters and timings."""

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from idp.observe.metrics import MAX_SERIES, Metrics

COUNT = """
import os, sys
from idp.observe.metrics import Metrics
metrics = Metrics()
metrics.request("oauth.token", 200, 0.002)
if os.fork() == 0:
    for _ in range(10):
        metrics.request("oauth.token", 200, 0.002)
    os._exit(0)
os.wait()
for _ in range(int(sys.argv[1])):
    metrics.request("oauth.token", 200, 0.3)
    metrics.signin("accepted")
"""
RENDER = """
import sys
from idp.observe.metrics import Metrics
sys.stdout.buffer.write(Metrics().render())
"""


def samples(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Values by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_everything_counted_is_rendered() -> None:
    """Each method moves its own counter by one."""
    metrics = Metrics()
    metrics.request("oauth.token", 200, 0.004)
    metrics.request("oauth.token", 400, 3.0)
    metrics.signin("refused")
    metrics.token("refresh_token", "issued")
    metrics.logout_delivery("delivered")
    metrics.job("audit.sequence", "done")
    values = samples(metrics.render())
    endpoint = ("endpoint", "oauth.token")
    assert values["yihao_http_requests_total", (endpoint, ("status", "200"))] == 1
    assert values["yihao_http_requests_total", (endpoint, ("status", "400"))] == 1
    assert values["yihao_http_request_seconds_bucket", (endpoint, ("le", "0.005"))] == 1
    assert values["yihao_http_request_seconds_count", (endpoint,)] == 2
    assert values["yihao_signins_total", (("outcome", "refused"),)] == 1
    assert values["yihao_tokens_total", (("grant", "refresh_token"), ("outcome", "issued"))] == 1
    assert values["yihao_logout_deliveries_total", (("outcome", "delivered"),)] == 1
    assert values["yihao_job_runs_total", (("job", "audit.sequence"), ("outcome", "done"))] == 1


def test_instances_do_not_share_counts() -> None:
    """The registry is the instance's own: nothing global is collected."""
    Metrics().signin("accepted")
    assert samples(Metrics().render()) == {}


def test_invented_label_values_do_not_grow_memory() -> None:
    """Past the limit, names count together as other, so a caller cannot make series without end."""
    metrics = Metrics()
    for number in range(MAX_SERIES + 200):
        metrics.token(f"urn:example:{number}", "refused")
    values = samples(metrics.render())
    totals = {key: value for key, value in values.items() if key[0] == "yihao_tokens_total"}
    assert len(totals) == MAX_SERIES + 1
    assert totals["yihao_tokens_total", (("grant", "other"), ("outcome", "other"))] == 200


def test_worker_processes_are_summed(tmp_path: Path) -> None:
    """Two workers, one of which forked and all of which ended, are counted whole by any process."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(code: str, *arguments: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment, check=True, capture_output=True
        )
        return done.stdout

    run(COUNT, "3")
    run(COUNT, "4")
    values = samples(run(RENDER))
    endpoint = ("endpoint", "oauth.token")
    assert values["yihao_http_requests_total", (endpoint, ("status", "200"))] == 2 * 11 + 7
    assert values["yihao_http_request_seconds_count", (endpoint,)] == 2 * 11 + 7
    assert values["yihao_http_request_seconds_bucket", (endpoint, ("le", "0.0025"))] == 2 * 11
    assert values["yihao_signins_total", (("outcome", "accepted"),)] == 7
