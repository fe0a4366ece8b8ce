"""How fast questions are answered, and where the time goes."""

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from index.operations.timing_harness import resident_megabytes
from retrieval.ranking.timing import STAGES, Timings, timed
from retrieval.retriever import Retriever

_PERCENTILES = 20


@dataclass(frozen=True, slots=True)
class LanguageTimes:
    """Times of the questions of one language, in milliseconds.

    Attributes:
        language: of the questions.
        questions: how many were timed.
        p50: the median.
        p95: the 95th percentile.
        stages: the median of each stage.
        rest: the median of the time outside all stages.
    """

    language: str
    questions: int
    p50: float
    p95: float
    stages: Timings
    rest: float


@dataclass(frozen=True, slots=True)
class QuestionTimes:
    """A benchmark of questions.

    Attributes:
        languages: the times of each language.
        threads: number of threads that asked at once, for the rate.
        rate: questions answered per second by these threads, all languages mixed.
        alone: questions answered per second by one thread.
        megabytes: resident memory of the process afterwards; None where it is unknown.
    """

    languages: tuple[LanguageTimes, ...]
    threads: int
    rate: float
    alone: float
    megabytes: int | None


def bench_questions(
    retriever: Retriever, questions: Mapping[str, Sequence[str]], repetitions: int, threads: int
) -> QuestionTimes:
    """Ask questions, languages in turn.

    Args:
        retriever: answers them.
        questions: by language; none may be empty.
        repetitions: how often all of them are asked; the first round warms up and is not counted.
        threads: number of threads that ask at once in the second part.
    """
    longest = max(map(len, questions.values()))
    rounds = [
        (language, asked[at])
        for at in range(longest)
        for language, asked in questions.items()
        if at < len(asked)
    ]
    totals: dict[str, list[float]] = defaultdict(list)
    parts: dict[str, list[dict[str, float]]] = defaultdict(list)
    for repetition in range(repetitions + 1):
        for language, question in rounds:
            begun = time.perf_counter()
            with timed() as timings:
                retriever.ask(question)
            taken = 1000 * (time.perf_counter() - begun)
            if repetition:
                totals[language].append(taken)
                parts[language].append({name: 1000 * timings.get(name, 0.0) for name in STAGES})
    asked = [question for _, question in rounds] * repetitions
    return QuestionTimes(
        languages=tuple(
            _times(language, totals[language], parts[language]) for language in questions
        ),
        threads=threads,
        rate=_rate(retriever, asked, threads),
        alone=_rate(retriever, asked, 1),
        megabytes=resident_megabytes(),
    )


def show_times(console: Console, times: QuestionTimes, how: str) -> None:
    """Print the tables; `how` the questions are answered stands in the title."""
    table = Table(
        title=f"Milliseconds a question, {how}",
        title_justify="left",
        box=MARKDOWN,
    )
    table.add_column("")
    for column in ("n", "p50", "p95", *STAGES, "rest"):
        table.add_column(column, justify="right", overflow="fold")
    for one in times.languages:
        stages = [f"{one.stages[name]:.1f}" for name in STAGES]
        cells = (str(one.questions), f"{one.p50:.1f}", f"{one.p95:.1f}", *stages)
        table.add_row(one.language, *cells, f"{one.rest:.1f}")
    console.print(table)
    console.print(
        f"{times.rate:.0f} questions a second from {times.threads} threads, "
        f"{times.alone:.0f} from one; {times.megabytes} MB resident"
    )


def _times(
    language: str, totals: Sequence[float], parts: Sequence[Mapping[str, float]]
) -> LanguageTimes:
    stages = {name: statistics.median(part[name] for part in parts) for name in STAGES}
    rests = [total - sum(part.values()) for total, part in zip(totals, parts, strict=True)]
    p95 = (
        statistics.quantiles(totals, n=_PERCENTILES, method="inclusive")[-1]
        if len(totals) > 1
        else totals[0]
    )
    return LanguageTimes(
        language, len(totals), statistics.median(totals), p95, stages, statistics.median(rests)
    )


def _rate(retriever: Retriever, questions: Sequence[str], threads: int) -> float:
    with ThreadPoolExecutor(threads) as pool:
        begun = time.perf_counter()
        for _ in pool.map(retriever.ask, questions):
            pass
        return len(questions) / (time.perf_counter() - begun)
