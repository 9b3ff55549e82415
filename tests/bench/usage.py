"""What processes took, read from /proc: processor time of a process with all it started, and memory."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and everything below it since their start, with children that ended already."""
    total = 0
    for process in (pid, *descendants(pid)):
        try:
            fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            # It ended since it was listed: its parent has its time among those of its ended children.
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS


def descendants(pid: int) -> list[int]:
    """Processes below this one."""
    found: list[int] = []
    for task in (_PROC / str(pid) / "task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except FileNotFoundError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def memory_mib(pid: int) -> tuple[float, float]:
    """Resident and proportional memory (a page shared by n processes counts 1/n) of one process in MiB."""
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: line.split()[1] for line in lines[1:]}
    return int(sizes["Rss"]) / 1024, int(sizes["Pss"]) / 1024


def cores() -> tuple[set[int], set[int]]:
    """One core for the server and the others for everybody else; the same set twice on a machine with one core."""
    available = sorted(os.sched_getaffinity(0))
    return ({available[0]}, set(available[1:])) if len(available) > 1 else ({*available}, {*available})
