"""Benchmarks: what is run in which order, and what is reckoned from it; no time is measured."""

import io
import subprocess
import sys

import pytest
from rich.console import Console

from index.operations import timing_harness
from index.operations.timing_harness import (
    BenchmarkCase,
    BenchmarkResult,
    machine_info,
    print_results,
    run_benchmark,
)


class Clock:
    """Stands still but for what cases take; two cores are busy all the time."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def cpu_seconds(self) -> float:
        return 2 * self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timing_harness.time, "perf_counter", made.perf_counter)
    monkeypatch.setattr(timing_harness, "_cpu_seconds", made.cpu_seconds)
    return made


def case(
    clock: Clock, name: str, seconds: list[float], units: int, ran: list[str]
) -> BenchmarkCase:
    left = iter(seconds)

    def run() -> int:
        ran.append(name)
        clock.now += next(left)
        return units

    return BenchmarkCase(name, run)


def test_cases_take_turns_after_a_warm_up(clock: Clock) -> None:
    ran: list[str] = []
    cases = [case(clock, name, [1.0] * 4, 1, ran) for name in "abc"]
    assert [one.name for one in run_benchmark(cases, 3)] == ["a", "b", "c"]
    assert "".join(ran) == "abc" * 4


def test_the_warm_up_does_not_count_and_ratios_are_within_a_repetition(clock: Clock) -> None:
    first = case(clock, "first", [9.0, 1.0, 2.0, 4.0], 10, [])
    second = case(clock, "second", [9.0, 3.0, 2.0, 8.0], 10, [])
    assert run_benchmark([first, second], 3) == [
        BenchmarkResult("first", 200.0, (150.0, 300.0), 5.0, 1.0, (1.0, 1.0), 400.0, 1.0),
        BenchmarkResult("second", 300.0, (250.0, 550.0), 1000 / 300, 2.0, (1.5, 2.5), 600.0, 2.0),
    ]


def test_one_repetition_has_no_spread(clock: Clock) -> None:
    assert run_benchmark([case(clock, "a", [1.0, 2.0], 4, [])], 1) == [
        BenchmarkResult("a", 500.0, (500.0, 500.0), 2.0, 1.0, (1.0, 1.0), 1000.0, 1.0)
    ]


MEASURED = [
    BenchmarkResult("khazar", 2.0, (1.5, 2.5), 500.0, 1.0, (1.0, 1.0), 3.0, 1.0),
    BenchmarkResult("other", 4.0, (3.5, 4.25), 250.0, 2.0, (1.75, 2.5), 7.5, 2.5),
]


CPU = ("CPU ms", "ratio")


def test_a_table_for_people() -> None:
    console = Console(file=io.StringIO(), width=140)
    print_results(console, "How fast", "passage", MEASURED)
    title, *lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert title.strip() == "How fast"
    # As Markdown, whose second line is a rule.
    rows = [line.split("|")[1:-1] for line in lines if line.startswith("|") and "--" not in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["", "ms a passage", "quartiles", "passages a second", "ratio", "quartiles", *CPU],
        ["khazar", "2.00", "1.50-2.50", "500.0", "1.00", "1.00-1.00", "3.00", "1.00"],
        ["other", "4.00", "3.50-4.25", "250.0", "2.00", "1.75-2.50", "7.50", "2.50"],
    ]


def test_time_of_processes_that_ended_counts() -> None:
    def run() -> int:
        subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
        return 1

    [measured] = run_benchmark([BenchmarkCase("process", run)], 1)
    assert measured.cpu_milliseconds >= 10


def test_the_machine_is_described() -> None:
    facts = machine_info()
    assert facts["cores"] >= 1  # type: ignore[operator]
    assert facts["processor"]
    assert "nobody-has-this" not in facts["packages"]  # type: ignore[operator]
    assert {"faiss-cpu", "tantivy", "hazm"} <= set(facts["packages"])  # type: ignore[call-overload]
