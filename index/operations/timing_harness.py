"""A timing harness: warm-up, interleaved repetitions, medians and quartiles.

Machines are noisy and often busy with other work. So the cases run in turn, again and again: a slow
minute slows all of them. Ratios are taken within a repetition.
"""

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import takewhile
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

# Packages whose versions affect answers and timings the most.
REPORTED_PACKAGES = ("openvino", "torch", "sentence-transformers", "faiss-cpu", "tantivy", "hazm")


@dataclass(frozen=True, slots=True)
class BenchmarkCase:
    """One thing to be timed.

    Attributes:
        name: the name in tables.
        run: does it once, and returns how many units (passages, questions) it did.
    """

    name: str
    run: Callable[[], int]


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """The times of one case.

    Attributes:
        name: of the case.
        milliseconds: per unit: the median of the repetitions.
        quartiles: the first and the third, likewise.
        rate: units a second, at the median.
        ratio: how many times as long as the first case it took: the median over repetitions.
        ratio_quartiles: the first and the third, likewise.
        cpu_milliseconds: CPU time of all threads, and of processes that ended, per unit: the
            median. On a machine that is busy with other work it tells more than the time that
            passed.
        cpu_ratio: CPU time relative to that of the first case: the median over repetitions.
    """

    name: str
    milliseconds: float
    quartiles: tuple[float, float]
    rate: float
    ratio: float
    ratio_quartiles: tuple[float, float]
    cpu_milliseconds: float
    cpu_ratio: float


def run_benchmark(cases: Sequence[BenchmarkCase], repetitions: int) -> list[BenchmarkResult]:
    """Run each case once to warm up, then all of them in turn, `repetitions` times."""
    for case in cases:
        case.run()
    times: list[list[float]] = [[] for _ in cases]
    busy: list[list[float]] = [[] for _ in cases]
    for _ in range(repetitions):
        for at, case in enumerate(cases):
            begun, worked = time.perf_counter(), _cpu_seconds()
            units = case.run()
            times[at].append(1000 * (time.perf_counter() - begun) / units)
            busy[at].append(1000 * (_cpu_seconds() - worked) / units)
    return [
        _measured(case.name, (times[at], times[0]), (busy[at], busy[0]))
        for at, case in enumerate(cases)
    ]


def machine_info() -> dict[str, object]:
    """Return facts that timings depend on: the machine, its load, versions of packages."""
    versions = {
        name: found
        for name in (*REPORTED_PACKAGES, "txtai", "bm25s")
        if (found := installed_version(name))
    }
    return {
        "processor": processor_facts().get("model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": versions,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def resident_megabytes() -> int | None:
    """Return the memory of this process, or None if the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) // 1024


def print_results(
    console: Console, title: str, unit: str, measured: Sequence[BenchmarkResult]
) -> None:
    """Print a table of cases."""
    table = Table(title=title, title_justify="left", box=MARKDOWN)
    columns = (f"ms a {unit}", "quartiles", f"{unit}s a second", "ratio", "quartiles")
    for column in ("", *columns, "CPU ms", "ratio"):
        table.add_column(column, justify="right" if column else "left")
    for one in measured:
        table.add_row(
            one.name,
            f"{one.milliseconds:.2f}",
            "{:.2f}-{:.2f}".format(*one.quartiles),
            f"{one.rate:.1f}",
            f"{one.ratio:.2f}",
            "{:.2f}-{:.2f}".format(*one.ratio_quartiles),
            f"{one.cpu_milliseconds:.2f}",
            f"{one.cpu_ratio:.2f}",
        )
    console.print(table)


def _measured(
    name: str,
    times: tuple[Sequence[float], Sequence[float]],
    busy: tuple[Sequence[float], Sequence[float]],
) -> BenchmarkResult:
    """Return the result of a case from its times and the first case's, passed and of the CPU."""
    median = statistics.median(times[0])
    ratios = _ratios(*times)
    return BenchmarkResult(
        name,
        median,
        _quartiles(times[0]),
        1000 / median,
        statistics.median(ratios),
        _quartiles(ratios),
        statistics.median(busy[0]),
        statistics.median(_ratios(*busy)),
    )


def _cpu_seconds() -> float:
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def _ratios(own: Sequence[float], first: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(own, first, strict=True)]


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def processor_facts() -> dict[str, str]:
    """Return what Linux says of the first core; empty on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    first = takewhile(str.strip, lines)
    return {key.strip(): value.strip() for key, _, value in (one.partition(":") for one in first)}


def installed_version(package: str) -> str | None:
    """Return the version of a package, or None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
