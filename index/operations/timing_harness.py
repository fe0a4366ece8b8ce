"""A timing harness: warm-up, interleaved repetitions, medians and quartiles.

Machines are noisy and often busy with other work. So the cases run in turn, again and again: a slow
minute slows all of them. Ratios are taken within a repetition.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

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
    """

    name: str
    milliseconds: float
    quartiles: tuple[float, float]
    rate: float
    ratio: float
    ratio_quartiles: tuple[float, float]


def run_benchmark(cases: Sequence[BenchmarkCase], repetitions: int) -> list[BenchmarkResult]:
    """Run each case once to warm up, then all of them in turn, `repetitions` times."""
    for case in cases:
        case.run()
    times: list[list[float]] = [[] for _ in cases]
    for _ in range(repetitions):
        for case, taken in zip(cases, times, strict=True):
            begun = time.perf_counter()
            units = case.run()
            taken.append(1000 * (time.perf_counter() - begun) / units)
    return [
        _measured(
            case.name, taken, [own / first for own, first in zip(taken, times[0], strict=True)]
        )
        for case, taken in zip(cases, times, strict=True)
    ]


def machine_info() -> dict[str, object]:
    """Return facts that timings depend on: the machine, its load, versions of packages."""
    versions = {
        name: found for name in (*REPORTED_PACKAGES, "txtai") if (found := installed_version(name))
    }
    return {
        "processor": _processor(),
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
    table = Table(title=title, title_justify="left")
    for column in ("", f"ms a {unit}", "quartiles", f"{unit}s a second", "ratio", "quartiles"):
        table.add_column(column, justify="right" if column else "left")
    for one in measured:
        table.add_row(
            one.name,
            f"{one.milliseconds:.2f}",
            "{:.2f}-{:.2f}".format(*one.quartiles),
            f"{one.rate:.1f}",
            f"{one.ratio:.2f}",
            "{:.2f}-{:.2f}".format(*one.ratio_quartiles),
        )
    console.print(table)


def as_json(tables: dict[str, list[BenchmarkResult]], **more: object) -> str:
    """Return tables with the machine's facts as JSON."""
    record = {
        "machine": machine_info(),
        **{name: [asdict(one) for one in measured] for name, measured in tables.items()},
        **more,
    }
    return json.dumps(record, ensure_ascii=False, indent=2)


def _measured(name: str, taken: Sequence[float], ratios: Sequence[float]) -> BenchmarkResult:
    median = statistics.median(taken)
    return BenchmarkResult(
        name,
        median,
        _quartiles(taken),
        1000 / median,
        statistics.median(ratios),
        _quartiles(ratios),
    )


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def installed_version(package: str) -> str | None:
    """Return the version of a package, or None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
