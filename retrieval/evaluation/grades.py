"""Passages graded by hand: how well each answers, beside the one that a question was written for.

Questions were written for one paragraph; others may answer as well, and do not count in P@1. So
the first passages of two systems are pooled and graded without knowing which system found them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import Judged, P, Qrel, ScoredDoc, nDCG
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import validation_message
from retrieval.errors import QuestionFileError
from retrieval.evaluation.eval_runs import QueryResult

ANSWERS = 2
_MEASURES = {
    "graded P@1": P(rel=ANSWERS) @ 1,
    "nDCG@5": nDCG @ 5,
    "judged@5": Judged @ 5,
}
PassageId = tuple[str, tuple[int, ...]]
# By the key of a question, and by article and paragraphs.
Grades = Mapping[str, Mapping[PassageId, int]]


class _Grade(BaseModel):
    """A line of a file of grades."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    article: str
    paragraphs: tuple[int, ...]
    grade: int = Field(ge=0, le=ANSWERS)


def load_grades(path: Path) -> Grades:
    """Read a file of grades.

    Args:
        path: JSON Lines with `key` (see `EvalQuery`), `article`, `paragraphs` and `grade`: 2 the
            passage answers, 1 partly, 0 not.

    Raises:
        QuestionFileError: the file or one of its lines cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise QuestionFileError(f"{path}: {error.strerror}") from None
    grades: dict[str, dict[PassageId, int]] = {}
    for number, line in enumerate(lines, start=1):
        try:
            one = _Grade.model_validate_json(line)
        except ValidationError as error:
            raise QuestionFileError(f"{path}:{number}: {validation_message(error)}") from None
        grades.setdefault(one.key, {})[one.article, one.paragraphs] = one.grade
    return grades


def graded_measures(
    results: Sequence[QueryResult], grades: Grades
) -> dict[str, NDArray[np.float64]]:
    """Return the measures of each of the n results whose question is graded: (n,) by name.

    - P@1 of graded: whether the first passage is the one that the question was written for;
    - graded P@1: whether the first passage answers;
    - nDCG@5: of the first five, with gains 2 and 1;
    - judged@5: the share of the first five that is graded; what is not counts as no answer.
    """
    graded = [result for result in results if result.key in grades]
    qrels = [
        Qrel(result.key, _name(passage), grade)
        for result in graded
        for passage, grade in grades[result.key].items()
    ]
    run = [
        ScoredDoc(result.key, _name(_graded((passage.article, passage.paragraphs), known)), -rank)
        for result, known in ((one, grades[one.key]) for one in graded)
        for rank, passage in enumerate(result.passages)
    ]
    places = {result.key: place for place, result in enumerate(graded)}
    names = {measured: name for name, measured in _MEASURES.items()}
    values = {name: np.zeros(len(graded)) for name in _MEASURES}
    for one in ir_measures.iter_calc(list(names), qrels, run):
        values[names[one.measure]][places[one.query_id]] = one.value
    right = [result.relevant[:1] == (True,) for result in graded]
    return {"P@1 of graded": np.array(right, dtype=np.float64), **values}


def _graded(passage: PassageId, grades: Mapping[PassageId, int]) -> PassageId:
    """Return a passage, or for one that is cut otherwise now the best graded one within it."""
    article, paragraphs = passage
    within = [
        known
        for known in grades
        if passage not in grades and known[0] == article and set(known[1]) <= set(paragraphs)
    ]
    return max(within, key=lambda known: grades[known], default=passage)


def _name(passage: PassageId) -> str:
    article, paragraphs = passage
    return f"{article} {paragraphs}"
