"""A report of benchmarks as one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.operations.figures import PictureKind, new_figure, save_figure
from index.operations.timing_harness import BenchmarkResult
from retrieval.evaluation.benchmarks.growth_file import GrowthPoint
from retrieval.evaluation.benchmarks.report import BenchmarkReport
from retrieval.evaluation.benchmarks.stages import QuestionTimes
from retrieval.ranking.timing import STAGES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 11.0, 7.5


def write_report_figure(report: BenchmarkReport, path: Path, kind: PictureKind = "svg") -> None:
    """Draw a report: stages of a question, throughput, other libraries, and growth.

    Raises:
        FigureError: matplotlib is not installed, or the file cannot be written.
    """
    figure = new_figure(_WIDTH, _HEIGHT)
    (stages, throughput), (libraries, growth) = figure.subplots(2, 2)
    times = {"": report.questions}
    if report.reranked_questions:
        times[" reranked"] = report.reranked_questions
    _draw_stages(stages, times)
    _draw_throughput(throughput, times)
    _draw_libraries(
        libraries,
        {
            "encoding": report.encoding.results,
            "dense": report.dense_search,
            "lexical": report.lexical_search,
        },
    )
    if any(point.ask_ms for point in report.growth):
        _draw_growth(growth, report.growth)
    else:
        figure.delaxes(growth)
    save_figure(figure, path, kind)


def _draw_stages(axes: "Axes", times: dict[str, QuestionTimes]) -> None:
    rows = [(one.language + name, one) for name, all_ in times.items() for one in all_.languages]
    labels = [label for label, _ in rows]
    left = [0.0] * len(rows)
    widths = {str(stage): [one.stages[stage] for _, one in rows] for stage in STAGES}
    for stage, own in (widths | {"rest": [one.rest for _, one in rows]}).items():
        axes.barh(labels, own, left=left, label=stage)
        left = [begin + width for begin, width in zip(left, own, strict=True)]
    axes.plot([one.p50 for _, one in rows], labels, "k|", markersize=14, label="p50")
    axes.plot([one.p95 for _, one in rows], labels, "kx", label="p95")
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_title("Milliseconds a question (medians of stages)")
    axes.legend(fontsize="x-small", ncols=2)


def _draw_throughput(axes: "Axes", times: dict[str, QuestionTimes]) -> None:
    rows = {}
    for name, one in times.items():
        rows[f"1 thread{name}"] = one.alone
        rows[f"{one.threads} threads{name}"] = one.rate
    axes.bar_label(axes.barh(list(rows), list(rows.values())), fmt="%.0f", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_title("Questions a second")


def _draw_libraries(axes: "Axes", tables: dict[str, list[BenchmarkResult]]) -> None:
    for name, results in tables.items():
        labels = [f"{name}: {one.name}" for one in results]
        bars = axes.barh(labels, [one.ratio for one in results], label=name)
        axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.tick_params(axis="y", labelsize="small")
    axes.set_title("Time relative to Khazar")


def _draw_growth(axes: "Axes", points: Sequence[GrowthPoint]) -> None:
    asked = [(point.passages, point.ask_ms) for point in points if point.ask_ms]
    searched = [(point.passages, point.dense_ms) for point in points if point.dense_ms]
    for name, measured in (("a question", asked), ("dense search", searched)):
        if not measured:
            continue
        passages = [number for number, _ in measured]
        axes.plot(passages, [one.p50 for _, one in measured], "o-", label=f"{name}, p50")
        axes.plot(passages, [one.p95 for _, one in measured], "x--", label=f"{name}, p95")
    axes.set_xscale("log")
    axes.margins(y=0.15)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("passages")
    axes.set_title("Milliseconds by size, without reranking")
    axes.legend(fontsize="small")
