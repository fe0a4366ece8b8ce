"""Evaluation runs: saved, printed as tables, and compared with a baseline."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from retrieval.errors import QuestionFileError
from retrieval.evaluation.measures import QueryResult, compare, measure

_OUTCOMES = TypeAdapter(list[QueryResult])
Baseline = Mapping[str, Mapping[str, float]]
_BASELINES = TypeAdapter(dict[str, dict[str, dict[str, float]]])
_COLUMNS = (
    *("n", "P@1", "P@3", "P@5", "R@5", "R@10", "MRR@10"),
    *("article P@1", "article R@5", "auc", "missed", "invented", "follows"),
    *("sentence", "p50", "p95"),
)
# How many won and lost questions are named.
_NAMED = 20


def save_run(path: Path, outcomes: Sequence[QueryResult]) -> None:
    """Write a run's outcomes as JSON, for later comparisons.

    Raises:
        QuestionFileError: the file cannot be written.
    """
    try:
        path.write_bytes(_OUTCOMES.dump_json(list(outcomes), indent=1))
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None


def load_run(path: Path) -> list[QueryResult]:
    """Read what `save_run` wrote.

    Raises:
        QuestionFileError: the file is missing or is not a run.
    """
    try:
        return _OUTCOMES.validate_json(path.read_bytes())
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None
    except ValidationError:
        raise QuestionFileError(f"{path}: not a saved evaluation run") from None


def run_record(outcomes: Sequence[QueryResult]) -> dict[str, dict[str, float]]:
    """Return a run's measures by group, rounded for people and files."""
    return {
        group: {name: round(value, 4) for name, value in values.items()}
        for group, values in measure(outcomes).items()
    }


def load_baseline(path: Path, name: str) -> Baseline:
    """Read what the measures of one question file must reach.

    Args:
        path: a JSON object: name of a question file → group of questions → measure → least value.
        name: of the question file.

    Raises:
        QuestionFileError: the baseline is missing, is damaged, or says nothing of that file.
    """
    try:
        return _BASELINES.validate_json(path.read_bytes())[name]
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None
    except ValidationError:
        raise QuestionFileError(f"{path}: not a baseline") from None
    except KeyError:
        raise QuestionFileError(f"{path}: has no baseline for {name}") from None


def regressions(outcomes: Sequence[QueryResult], baseline: Baseline) -> list[str]:
    """Return a line for each measure of a run that is below the baseline or absent."""
    measured = run_record(outcomes)
    found = []
    for group, least in baseline.items():
        for name, value in least.items():
            reached = measured.get(group, {}).get(name)
            if reached is None or reached < value:
                shown = "not measured" if reached is None else f"{reached:.3f}"
                found.append(f"{group}: {name} is {shown}, below {value:.3f}")
    return found


def print_run(console: Console, outcomes: Sequence[QueryResult]) -> None:
    """Print a run's measures as a table, a row a group of questions."""
    table = Table(box=None, padding=(0, 1))
    table.add_column("")
    for column in _COLUMNS:
        table.add_column(f"{column} ms" if column in ("p50", "p95") else column, justify="right")
    for group, values in measure(outcomes).items():
        table.add_row(group, *(_shown(values.get(column), column) for column in _COLUMNS))
    console.print(table)


def print_comparison(
    console: Console, before: Sequence[QueryResult], after: Sequence[QueryResult]
) -> None:
    """Print how the measures changed, and which questions were won and lost at rank 1."""
    old, new = measure(before), measure(after)
    for group in sorted(old.keys() & new.keys()):
        changes = [
            f"{name} {new[group][name] - old[group][name]:+.3f}"
            for name in ("P@1", "R@5", "MRR@10", "auc")
            if name in old[group] and name in new[group]
        ]
        if changes:
            console.print(f"{group}: {'  '.join(changes)}", highlight=False)
    for verdict, outcomes in zip(("won", "lost"), compare(before, after), strict=True):
        console.print(f"{verdict}: {len(outcomes)}", highlight=False)
        for outcome in outcomes[:_NAMED]:
            console.print(f"  {outcome.key}  {outcome.question}", markup=False, soft_wrap=True)


def _shown(value: float | None, column: str) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if column in ("n", "p50", "p95") else f"{value:.3f}"
