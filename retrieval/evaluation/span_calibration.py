"""Learning when the words that answer are marked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.answerer import Answerer
from retrieval.errors import QuestionFileError
from retrieval.evaluation.answer_spans import judge_span
from retrieval.evaluation.questions import Answerable, EvalQuery, Unanswerable
from retrieval.evaluation.regression import FOLDS, fit_logistic
from retrieval.learned import SpanModel

# Of 100 marked answers, as many are right.
TARGET_PRECISION = 0.85
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class MarkedShare:
    """How often words are marked and right, in cross-validation.

    Attributes:
        marked: share of the answerable questions whose answer is marked.
        right: share of the marked answers that are right; unanswerable questions count as wrong.
    """

    marked: float
    right: float


@dataclass(frozen=True, slots=True)
class SpanCalibration:
    """What was learned of marking.

    Attributes:
        model: when words are marked.
        auc: the confidence's ROC AUC in ten-fold cross-validation.
        shares: by language, in cross-validation.
    """

    model: SpanModel
    auc: float
    shares: Mapping[str, MarkedShare]


def calibrate_spans(answerer: Answerer, asked: Iterable[EvalQuery]) -> SpanCalibration:
    """Learn how sure a span is, and from which confidence it is marked, in all languages alike.

    The threshold is the lowest from which, in cross-validation, 85 of 100 spans are right.

    Args:
        answerer: over the archive that the questions are about.
        asked: answerable questions, of which those with a known answer count, and unanswerable
            ones.

    Raises:
        QuestionFileError: there are fewer than ten right or wrong spans.
    """
    known = [
        one
        for one in asked
        if isinstance(one.question, Unanswerable)
        or (isinstance(one.question, Answerable) and one.question.answer_fa)
    ]
    evidence: list[Mapping[str, float]] = []
    right: list[bool] = []
    languages: list[str] = []
    for one in known:
        answer = answerer.ask(one.text, limit=1)
        judged = judge_span(answer, one.answer)
        if judged is None or (span := answer.passages[0].likely_span) is None:
            continue
        evidence.append(span.features)
        right.append(judged.right)
        languages.append(one.language)
    if min(sum(right), len(right) - sum(right)) < FOLDS:
        raise QuestionFileError(f"calibration needs {FOLDS} right and wrong answers")
    fitted = fit_logistic(evidence, right, balanced=False)
    threshold = lowest_threshold(fitted.guesses, right)
    marked = fitted.guesses >= threshold
    shares = {}
    for language in dict.fromkeys(languages):
        own = marked & (np.array(languages) == language)
        answerable = sum(one.answerable and one.language == language for one in known)
        shares[language] = MarkedShare(
            marked=int(own.sum()) / answerable if answerable else 0.0,
            right=float(np.array(right)[own].mean()) if own.any() else 0.0,
        )
    model = SpanModel(confidence=fitted.model, threshold=round(threshold, _DIGITS))
    return SpanCalibration(model, fitted.auc, shares)


def lowest_threshold(
    guesses: NDArray[np.float64], right: Sequence[bool], precision: float = TARGET_PRECISION
) -> float:
    """Return the lowest confidence from which a share of the examples is right; 1 for none.

    Args:
        guesses: (n,) confidence of each example.
        right: (n,) whether it is right.
        precision: the share.
    """
    kinds = np.array(right)
    return next(
        (float(one) for one in np.unique(guesses) if kinds[guesses >= one].mean() >= precision), 1.0
    )
