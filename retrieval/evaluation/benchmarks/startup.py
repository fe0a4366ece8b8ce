"""How long `ask` takes from a shell, from start to end of the process."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.operations.timing_harness import BenchmarkCase, BenchmarkResult, run_benchmark


def bench_startup(
    questions: Mapping[str, Sequence[str]], config: Path | None, repetitions: int
) -> list[BenchmarkResult]:
    """Ask the first question of each language in a process of its own.

    Args:
        questions: by language; none may be empty.
        config: the configuration file; None: `./config.toml` where it exists.
        repetitions: how often each is asked.

    Raises:
        CalledProcessError: a process fails.
    """
    chosen = () if config is None else ("--config", str(config))
    cases = [
        _case(language, (sys.executable, "-m", "retrieval", "ask", texts[0], *chosen))
        for language, texts in questions.items()
    ]
    return run_benchmark(cases, repetitions)


def _case(name: str, command: Sequence[str]) -> BenchmarkCase:
    def run() -> int:
        # Status 1: the archive does not answer it.
        finished = subprocess.run(command, capture_output=True, check=False)
        if finished.returncode > 1:
            finished.check_returncode()
        return 1

    return BenchmarkCase(name, run)
