"""`python -m retrieval bench`: all benchmarks in one report."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from index.console import echo, echo_json
from retrieval.cli.parameters import Config

# So wide that no cell is folded.
_MARKDOWN_WIDTH = 200
_GROWTH = Path("data/growth/growth.json")


def bench_command(
    files: Annotated[list[Path], typer.Argument(help="Questions with known answers (JSON Lines).")],
    quick: Annotated[
        bool, typer.Option("--quick", help="Measure little: a minute or two, and rough figures.")
    ] = False,
    most: Annotated[
        int | None, typer.Option("--questions", min=1, help="Number of questions per language.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Number of rounds over all questions.")
    ] = None,
    passages: Annotated[
        int | None, typer.Option(min=1, help="Number of passages to encode.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Number of threads that ask at once.")
    ] = None,
    growth: Annotated[
        Path, typer.Option(help="Measurements of the scaling benchmark, if there are any.")
    ] = _GROWTH,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write bench.json, bench.md and bench.svg into.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
    config: Config = None,
) -> None:
    """Measure how fast questions of FILES are answered and passages encoded, and the start.

    Where they are installed, the same is measured with plain sentence-transformers and FAISS,
    txtai, and bm25s with hazm. What is compared takes turns; first rounds warm up and do not count.
    """
    from rich.console import Console

    from index.files import atomic_write
    from retrieval.evaluation.benchmarks.figure import write_report_figure
    from retrieval.evaluation.benchmarks.growth_file import read_growth
    from retrieval.evaluation.benchmarks.report import QUICK, BenchmarkSizes, bench_all
    from retrieval.evaluation.benchmarks.tables import print_report
    from retrieval.evaluation.questions import LANGUAGES, read_questions, standalone_queries

    sizes = QUICK if quick else BenchmarkSizes()
    chosen = {"questions": most, "rounds": rounds, "passages": passages, "threads": threads}
    sizes = replace(sizes, **{name: one for name, one in chosen.items() if one is not None})
    found = [
        asked for file in files for asked in standalone_queries(read_questions(file), LANGUAGES)
    ]
    questions = {
        name: texts[: sizes.questions]
        for name in LANGUAGES
        if (texts := [asked.text for asked in found if asked.language == name])
    }
    points = read_growth(growth) if growth.exists() else []
    report = bench_all(config, questions, sizes, points, lambda step: echo(f"{step}...", err=True))
    if as_json:
        echo_json(report.record(), indent=2)
    else:
        print_report(Console(), report)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        content = json.dumps(report.record(), ensure_ascii=False, indent=2)
        with atomic_write(out / "bench.json") as partial:
            partial.write_text(content + "\n", encoding="utf-8")
        with atomic_write(out / "bench.md") as partial, partial.open("w", encoding="utf-8") as file:
            print_report(Console(file=file, width=_MARKDOWN_WIDTH), report)
        write_report_figure(report, out / "bench.svg")
        echo(f"written to {out}", err=True)
