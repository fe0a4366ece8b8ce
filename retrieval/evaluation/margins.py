"""`python -m retrieval.evaluation.margins`: what skipping the reranker costs, by its margin.

It needs a run in which every question was reranked, `eval --save` with [retrieval] rerank_margin
above 1. The run has each answer with and without the reranker, so every margin can be tried on it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from index.console import application, run_and_leave
from retrieval.errors import QuestionFileError
from retrieval.evaluation.eval_runs import QueryResult, load_run
from retrieval.evaluation.measures import ranking_measures

_MARGINS = (0.0, 0.02, 0.03, 0.05, 0.08, 0.12, inf)


@dataclass(frozen=True, slots=True)
class MarginMeasures:
    """The measures of a group of questions with one margin.

    Attributes:
        margin: lead of the first fused score from which reranking is skipped.
        skipped: share of the questions, in [0, 1], for which it is.
        p1: precision at 1.
        mrr: mean reciprocal rank at 10.
    """

    margin: float
    skipped: float
    p1: float
    mrr: float


def lead(result: QueryResult) -> float:
    """Return how far the first score is above the second; infinity without a second."""
    scores = [passage.score for passage in result.passages[:2]]
    return scores[0] - scores[1] if len(scores) == 2 else inf


def measure_margins(
    results: Sequence[QueryResult], margins: Sequence[float] = _MARGINS
) -> dict[str, list[MarginMeasures]]:
    """Return the measures of answerable questions with each margin, by language and for all.

    Args:
        results: a run in which every question was reranked.
        margins: the margins to try.

    Raises:
        QuestionFileError: a question was not reranked.
    """
    groups: dict[str, list[tuple[QueryResult, QueryResult]]] = defaultdict(list)
    for result in results:
        if not result.answerable:
            continue
        if result.without_reranking is None:
            raise QuestionFileError(f"question {result.key} was not reranked; see --help")
        for group in (result.language, "all"):
            groups[group].append((result, result.without_reranking))
    return {
        group: [_with_margin(pairs, margin) for margin in margins]
        for group, pairs in groups.items()
    }


def _with_margin(pairs: Sequence[tuple[QueryResult, QueryResult]], margin: float) -> MarginMeasures:
    skips = [lead(plain) >= margin for _, plain in pairs]
    chosen = [
        plain if skip else reranked for skip, (reranked, plain) in zip(skips, pairs, strict=True)
    ]
    measures = ranking_measures([result.relevant for result in chosen])
    return MarginMeasures(margin, sum(skips) / len(skips), measures["P@1"], measures["MRR@10"])


app = application("Show what each margin of reranking costs.", needs_command=False)


@app.callback(invoke_without_command=True)
def margins_command(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Runs of `eval --save` with KHAZAR_RETRIEVAL__RERANK_MARGIN=9, so that every "
            "question was reranked."
        ),
    ],
) -> None:
    """Show share of skipped questions, P@1 and MRR by margin, and the loss of MRR."""
    console = Console()
    results = [result for run in runs for result in load_run(run)]
    for group, rows in measure_margins(results).items():
        table = Table(box=None, padding=(0, 1))
        for column in (group, "skipped", "P@1", "MRR@10", "loss"):
            table.add_column(column, justify="right")
        full = rows[-1].mrr
        for row in rows:
            table.add_row(
                "every question" if row.margin == inf else f"{row.margin:.2f}",
                *(f"{row.skipped:.2f}", f"{row.p1:.3f}", f"{row.mrr:.3f}"),
                f"{full - row.mrr:+.3f}",
            )
        console.print(table)


if __name__ == "__main__":
    run_and_leave(app)
