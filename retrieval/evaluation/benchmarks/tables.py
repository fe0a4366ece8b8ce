"""A report of benchmarks as tables."""

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from index.operations.bench.tables import print_encoding, print_processor
from index.operations.timing_harness import print_results
from retrieval.evaluation.benchmarks.growth_file import GrowthPoint, Percentiles
from retrieval.evaluation.benchmarks.report import BenchmarkReport
from retrieval.evaluation.benchmarks.stages import show_times


def print_report(console: Console, report: BenchmarkReport) -> None:
    """Print all tables of a report."""
    print_processor(console, report.features, report.encoding.peak)
    show_times(console, report.questions, "without a reranker")
    if report.reranked_questions:
        show_times(console, report.reranked_questions, "with the reranker")
    print_encoding(console, report.encoding)
    for graph in report.graphs:
        print_results(console, graph.title, "sequence", graph.results)
    for title, results in (
        ("One question to its nearest 10 passages", report.dense_search),
        ("One question to its 10 passages by words", report.lexical_search),
        ("`ask` from a shell", report.startup),
    ):
        print_results(console, title, "question", results)
    if report.growth:
        console.print(_growth(report.growth))


def _growth(points: list[GrowthPoint]) -> Table:
    table = Table(title="Growth", title_justify="left", box=MARKDOWN)
    columns = ("build s", "peak MB", "disk MB", "p50 / p95 ms", "dense p50 / p95 ms", "recall@10")
    for column in ("passages", *columns):
        table.add_column(column, justify="right")
    for point in points:
        table.add_row(
            f"{point.passages:,}",
            *(
                "" if number is None else f"{number:,.0f}"
                for number in (point.build_seconds, point.peak_mb, point.snapshot_mb)
            ),
            _percentiles(point.ask_ms),
            _percentiles(point.dense_ms),
            "" if point.recall_at_10 is None else f"{point.recall_at_10:.3f}",
        )
    return table


def _percentiles(times: Percentiles | None) -> str:
    return f"{times.p50:.1f} / {times.p95:.1f}" if times else ""
