"""Evaluation of ways of typing: what a question's answer loses when it is typed otherwise."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from index.console import echo_json
from retrieval.answerer import Answerer
from retrieval.evaluation.questions import EvalQuery
from retrieval.evaluation.variants.families import TypingVariant, variants_of

# How many texts whose answer was lost are named.
_NAMED = 20
_WIDTH = 120
_COLUMNS = ("n", "found lost", "first lost", "invented", "invented as typed")


@dataclass(frozen=True, slots=True)
class VariantResult:
    """One question typed in one way, beside the same question as the file has it.

    Attributes:
        language: of the question.
        family: of the way of typing.
        variant: the way of typing.
        text: as it was typed.
        answerable: whether the archive answers it.
        found: what the answer to the question as the file has it says.
        right: whether its first passage is right.
        still_found: what the answer to this text says.
        still_right: whether its first passage is right.
    """

    language: str
    family: str
    variant: str
    text: str
    answerable: bool
    found: bool
    right: bool
    still_found: bool
    still_right: bool


def draw_sample(asked: Sequence[EvalQuery], most: int | None) -> list[EvalQuery]:
    """Return at most so many questions of each language, always the same ones; None: all."""
    if most is None:
        return list(asked)
    drawn: list[EvalQuery] = []
    for language in dict.fromkeys(query.language for query in asked):
        own = [query for query in asked if query.language == language]
        drawn += random.Random(0).sample(own, min(most, len(own)))
    return drawn


def count_variants(asked: Iterable[EvalQuery]) -> int:
    """Return how many texts `run_variants` asks beside the questions themselves."""
    return sum(1 for query in asked for _ in _variants(query))


def run_variants(answerer: Answerer, asked: Iterable[EvalQuery]) -> Iterator[VariantResult]:
    """Ask every question as it is, and then in every way of typing that changes it.

    Without the reranker: it reads a question in the spelling that the encoder gets, and would make
    thousands of questions take hours.
    """
    for query in asked:
        found, right = _judged(answerer, query, query.text)
        for variant, text in _variants(query):
            still_found, still_right = _judged(answerer, query, text)
            yield VariantResult(
                language=query.language,
                family=variant.family,
                variant=variant.name,
                text=text,
                answerable=query.answerable,
                found=found,
                right=right,
                still_found=still_found,
                still_right=still_right,
            )


def variant_measures(results: Sequence[VariantResult]) -> dict[str, dict[str, float]]:
    """Return what was lost, by language and by family and way of typing within it.

    Keys of a group: n, the number of texts; found_lost, the share of those answered when typed
    as in the file that are not found any more; first_lost, likewise of right first passages;
    invented, the share of the unanswerable ones that are found, and invented_as_typed, the same
    for the file's own texts. A share of nothing is left out.
    """
    groups: dict[str, list[VariantResult]] = defaultdict(list)
    for result in results:
        groups[result.language].append(result)
        groups[f"{result.language} {result.family}"].append(result)
        groups[f"{result.language} {result.family}: {result.variant}"].append(result)
    return {name: _measured(group) for name, group in sorted(groups.items())}


def variants_record(results: Sequence[VariantResult]) -> dict[str, dict[str, float]]:
    """Return the measures, rounded for people and files."""
    return {
        group: {name: round(value, 4) for name, value in values.items()}
        for group, values in variant_measures(results).items()
    }


def report_variants(
    answerer: Answerer,
    asked: Sequence[EvalQuery],
    track: Callable[..., Iterable[VariantResult]],
    *,
    as_json: bool,
) -> None:
    """Ask every question in every way of typing, and print what was lost.

    Args:
        answerer: answers the questions.
        asked: the questions.
        track: shows the progress of an iteration: `rich.progress.Progress.track`.
        as_json: whether to print JSON, for scripts, instead of a table.
    """
    runs = run_variants(answerer, asked)
    results = list(track(runs, total=count_variants(asked), description="asking"))
    if as_json:
        echo_json(variants_record(results), indent=2)
    else:
        print_variants(Console(width=_WIDTH), results)


def print_variants(console: Console, results: Sequence[VariantResult]) -> None:
    """Print the measures as a table, and some of the texts whose answer was lost."""
    table = Table(box=None, padding=(0, 1))
    table.add_column("")
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for group, values in variant_measures(results).items():
        table.add_row(group, *(_shown(values, column) for column in _COLUMNS))
    console.print(table)
    lost = [one for one in results if one.answerable and one.found and not one.still_found]
    console.print(f"found no more: {len(lost)}", highlight=False)
    for one in random.Random(0).sample(lost, min(_NAMED, len(lost))):
        line = f"  {one.language} {one.family}, {one.variant}: {one.text!r}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _variants(query: EvalQuery) -> Iterator[tuple[TypingVariant, str]]:
    return variants_of(query.text, query.language, query.key)


def _judged(answerer: Answerer, query: EvalQuery, text: str) -> tuple[bool, bool]:
    """Return whether an answer to a text is found, and whether its first passage is right."""
    answer = answerer.ask(text, limit=1, rerank=False)
    return answer.found, any(query.is_answered_by(passage) for passage in answer.passages)


def _measured(results: Sequence[VariantResult]) -> dict[str, float]:
    values: dict[str, float] = {"n": len(results)}
    answerable = [one for one in results if one.answerable]
    others = [one for one in results if not one.answerable]
    shares: dict[str, tuple[Sequence[VariantResult], Callable[[VariantResult], bool]]] = {
        "found_lost": ([one for one in answerable if one.found], lambda one: not one.still_found),
        "first_lost": ([one for one in answerable if one.right], lambda one: not one.still_right),
        "invented": (others, lambda one: one.still_found),
        "invented_as_typed": (others, lambda one: one.found),
    }
    for name, (counted, holds) in shares.items():
        if counted:
            values[name] = sum(map(holds, counted)) / len(counted)
    return values


def _shown(values: dict[str, float], column: str) -> str:
    value = values.get(column.replace(" ", "_"))
    if value is None:
        return ""
    return f"{value:.0f}" if column == "n" else f"{value:.1%}"
