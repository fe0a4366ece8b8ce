"""Reports of evaluation runs: measures with intervals, and the differences from another run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from retrieval.evaluation.eval_runs import QueryResult
from retrieval.evaluation.grades import Grades, graded_measures
from retrieval.evaluation.measures import (
    ANSWER_EM,
    ANSWER_F1,
    SHARE_OF_PERSIAN,
    group_results,
    measure,
    question_measures,
    span_measures,
)
from retrieval.evaluation.significance import Comparison, compare_paired, interval

_COLUMNS = (
    *("n", "P@1", "P@3", "P@5", "R@5", "R@10", "MRR@10"),
    *("article P@1", "article R@5", "auc", "missed", "invented", "follows"),
    *("sentence", ANSWER_EM, ANSWER_F1, "marked", "marked right"),
    *("reranked", "p50", "p95"),
)
# The measures with intervals, which are compared between runs.
_MAIN = ("P@1", "R@5", "MRR@10")
# How many won and lost questions are named.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class EvalReport:
    """What is said about a run.

    Attributes:
        measures: by group and name; see `measure`.
        intervals: 95 % bootstrap intervals of the main measures, by group and name.
        comparisons: with another run, by group and name; empty without one.
        won: questions whose first passage became right, as they are now.
        lost: those whose first passage became wrong.
    """

    measures: Mapping[str, Mapping[str, float]]
    intervals: Mapping[str, Mapping[str, tuple[float, float]]]
    comparisons: Mapping[str, Mapping[str, Comparison]]
    won: Sequence[QueryResult]
    lost: Sequence[QueryResult]

    @classmethod
    def of(
        cls,
        results: Sequence[QueryResult],
        before: Sequence[QueryResult] | None = None,
        grades: Grades | None = None,
    ) -> Self:
        """Measure a run.

        Args:
            results: the run.
            before: a run to compare it with.
            grades: passages graded by hand, which give more measures.
        """
        measures = measure(results)
        intervals: dict[str, dict[str, tuple[float, float]]] = {}
        for name, group in group_results(results).items():
            values = _main_measures(group, grades)
            measures[name] |= {one: float(v.mean()) for one, v in values.items()}
            intervals[name] = {
                one: found
                for one, v in (values | span_measures(group)).items()
                if (found := interval(v)) is not None
            }
        pairs = _pairs(before or (), results)
        return cls(
            measures,
            intervals,
            dict(_compared(pairs, grades)),
            [now for was, now in pairs if _first_right(now) > _first_right(was)],
            [now for was, now in pairs if _first_right(now) < _first_right(was)],
        )

    def record(self) -> dict[str, dict[str, object]]:
        """Return the report as JSON: measures by group, rounded for people and files."""
        return {
            group: {
                **{name: round(value, 4) for name, value in values.items()},
                "intervals": {
                    name: [round(low, 4), round(high, 4)]
                    for name, (low, high) in self.intervals[group].items()
                },
            }
            | self._compared_record(group)
            for group, values in self.measures.items()
        }

    def _compared_record(self, group: str) -> dict[str, object]:
        compared = self.comparisons.get(group)
        if compared is None:
            return {}
        return {"compared": {name: asdict(one) for name, one in compared.items()}}

    def print(self, console: Console) -> None:
        """Print the report as tables, a row a group of questions."""
        columns = [c for c in _COLUMNS if any(c in one for one in self.measures.values())]
        table = _table("", *(f"{c} ms" if c in ("p50", "p95") else c for c in columns))
        for group, values in self.measures.items():
            table.add_row(group, *(_shown(values.get(column), column) for column in columns))
        console.print(table)
        for group, values in self.measures.items():
            if (share := values.get(SHARE_OF_PERSIAN)) is not None:
                console.print(f"{group}: P@1 is {share:.1%} of Persian's", highlight=False)
        self._print_intervals(console)
        if self.comparisons:
            self._print_comparisons(console)

    def _print_intervals(self, console: Console) -> None:
        names = list(dict.fromkeys(name for one in self.intervals.values() for name in one))
        if not names:
            return
        table = _table("95 % intervals", *names)
        for group, found in self.intervals.items():
            cells = []
            for name in names:
                low, high = found.get(name, (np.nan, np.nan))
                value = self.measures[group].get(name)
                cells.append(f"{value:.3f} ({low:.3f}-{high:.3f})" if name in found else "")
            if any(cells):
                table.add_row(group, *cells)
        console.print()
        console.print(table)

    def _print_comparisons(self, console: Console) -> None:
        table = _table("compared", "", "before", "after", "change", "p", "won", "tied", "lost", "")
        for group, compared in self.comparisons.items():
            for name, one in compared.items():
                table.add_row(
                    *(group, name, f"{one.before:.3f}", f"{one.after:.3f}"),
                    *(f"{one.after - one.before:+.3f}", f"{one.p:.3f}"),
                    *(str(one.won), str(one.tied), str(one.lost)),
                    "significant" if one.significant else "",
                )
        console.print()
        console.print(table)
        for verdict, results in (("won", self.won), ("lost", self.lost)):
            console.print(f"{verdict}: {len(results)}", highlight=False)
            for result in results[:_NAMED]:
                console.print(f"  {result.key}  {result.question}", markup=False, soft_wrap=True)


def _main_measures(
    results: Sequence[QueryResult], grades: Grades | None
) -> dict[str, NDArray[np.float64]]:
    """Return the measures of each question that have intervals and are compared."""
    answerable = [result for result in results if result.answerable]
    if not answerable:
        return {}
    measured = question_measures([result.relevant for result in answerable])
    values = {name: measured[name] for name in _MAIN}
    if grades and (graded := [result for result in answerable if result.key in grades]):
        values |= graded_measures(graded, grades)
    return values


def _pairs(
    before: Sequence[QueryResult], after: Sequence[QueryResult]
) -> list[tuple[QueryResult, QueryResult]]:
    """Pair the questions that both runs have."""
    known = {result.key: result for result in before}
    return [(known[result.key], result) for result in after if result.key in known]


def _compared(
    pairs: Sequence[tuple[QueryResult, QueryResult]], grades: Grades | None
) -> Iterator[tuple[str, dict[str, Comparison]]]:
    """Compare the groups that both runs have."""
    old, new = (group_results([pair[side] for pair in pairs]) for side in (0, 1))
    for group in sorted(old.keys() & new.keys()):
        was, now = _main_measures(old[group], grades), _main_measures(new[group], grades)
        if now:
            yield group, {name: compare_paired(was[name], now[name]) for name in now}


def _first_right(result: QueryResult) -> bool:
    return result.relevant[:1] == (True,)


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 1))
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def _shown(value: float | None, column: str) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if column in ("n", "p50", "p95") else f"{value:.3f}"
