"""Learning from known questions: channel weights, and the models of "found" and of follow-ups."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import problem_message
from retrieval.conversation import Conversation
from retrieval.errors import QuestionFileError
from retrieval.evaluation.altered_numbers import with_wrong_numbers
from retrieval.evaluation.eval_runs import DEPTH
from retrieval.evaluation.measures import ranking_measures
from retrieval.evaluation.questions import EvalQuery, Followup
from retrieval.evaluation.regression import FOLDS, fit_logistic
from retrieval.logistic import LogisticModel
from retrieval.pipeline.searcher import SearchResult
from retrieval.query.followups import FollowupFeatures, find_cues
from retrieval.ranking.confidence import extract_features
from retrieval.ranking.fusion import FusionWeights
from retrieval.ranking.ranking import (
    Ranking,
    RankingOptions,
    best_first,
    fused_scores,
    rescore,
)
from retrieval.ranking.reranking import with_logits
from retrieval.retriever import Retriever

_STEPS = 10
_WHOLE_ARTICLE = (0.0, 0.25, 0.5, 0.75)
_RERANK_WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)
_MISMATCHES = 3


@dataclass(frozen=True, slots=True)
class Calibration:
    """The learned parameters of one language.

    Attributes:
        weights: the middle of those with the highest mean reciprocal ranks.
        measures: with these weights, by name as in `retrieval.evaluation.measures.measure`.
        model: when to say "found".
        auc: the model's ROC AUC in ten-fold cross-validation.
        reranked: the same after reranking; None without a reranker.
    """

    weights: FusionWeights
    measures: Mapping[str, float]
    model: LogisticModel
    auc: float
    reranked: "RerankCalibration | None"


@dataclass(frozen=True, slots=True)
class RerankCalibration:
    """The learned parameters of reranking in one language.

    Attributes:
        weight: of the logits, the middle of those with the highest mean reciprocal ranks.
        measures: with it, by name.
        model: when to say "found" after reranking.
        auc: the model's ROC AUC in ten-fold cross-validation.
    """

    weight: float
    measures: Mapping[str, float]
    model: LogisticModel
    auc: float


@dataclass(frozen=True, slots=True)
class FollowupCalibration:
    """The learned parameters of follow-ups' answers, in all languages.

    Attributes:
        model: when to say "found".
        auc: the model's ROC AUC in ten-fold cross-validation.
        reranked: the same after reranking; None without a reranker.
    """

    model: LogisticModel
    auc: float
    reranked: RerankCalibration | None


class _Turn(BaseModel):
    """A line of a file of turns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    follows: bool
    before_fa: str
    before_en: str
    q_fa: str
    q_en: str
    q_latn: str | None = None


@dataclass(frozen=True, slots=True)
class TurnPair:
    """Two questions, and whether the second follows up the first."""

    before: str
    text: str
    follows: bool


def calibrate(retriever: Retriever, asked: Sequence[EvalQuery]) -> Calibration:
    """Learn from the questions of one language.

    Args:
        retriever: over the archive that the questions are about.
        asked: answerable and unanswerable questions.

    Raises:
        QuestionFileError: there are fewer than ten of either kind.
    """
    asked = [*asked, *with_wrong_numbers(asked)]
    examined = [
        (q, found) for q in asked if (found := retriever.search(q.text, rerank=False)) is not None
    ]
    kinds = [question.answerable for question, _ in examined]
    if min(sum(kinds), len(kinds) - sum(kinds)) < FOLDS:
        raise QuestionFileError(f"calibration needs {FOLDS} answerable and unanswerable questions")
    options = retriever.settings.ranking
    judged = [(e.ranking, _answering(q, e.ranking)) for q, e in examined if q.answerable]
    tried = {
        weights: ranking_measures(
            [_first(ranking, answering, weights, options) for ranking, answering in judged]
        )
        for weights in _possible_weights()
    }
    best = _middle_of_best({weights: measures["MRR@10"] for weights, measures in tried.items()})
    fused = [(q, e, rescore(e.ranking, best, options)) for q, e in examined]
    fitted = fit_logistic(
        [extract_features(ranking, e.weights).values() for _, e, ranking in fused], kinds
    )
    reranked = _calibrate_reranking(retriever, fused, kinds) if retriever.reranks else None
    return Calibration(best, tried[best], fitted.model, fitted.auc, reranked)


def _calibrate_reranking(
    retriever: Retriever,
    fused: Sequence[tuple[EvalQuery, SearchResult, Ranking]],
    kinds: Sequence[bool],
) -> RerankCalibration:
    """Learn the weight of the logits, and when to say "found" after reranking."""
    scored = [(q, e, ranking, retriever.logits(e.query, ranking)) for q, e, ranking in fused]
    tried = _tried_rerank_weights(
        [(q, ranking, logits) for q, _, ranking, logits in scored if q.answerable]
    )
    weight = _middle_weight({one: measures["MRR@10"] for one, measures in tried.items()})
    fitted = fit_logistic(
        [
            extract_features(with_logits(ranking, logits, weight), e.weights).values()
            for _, e, ranking, logits in scored
        ],
        kinds,
    )
    return RerankCalibration(weight, tried[weight], fitted.model, fitted.auc)


def read_turns(path: Path) -> list[TurnPair]:
    """Read pairs of questions.

    Args:
        path: JSON Lines with `follows`, `before_fa`, `before_en`, `q_fa`, `q_en` and, on some
            lines, `q_latn`.

    Raises:
        QuestionFileError: the file or one of its lines cannot be read.
    """
    pairs = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"{path}: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            turn = _Turn.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise QuestionFileError(f"{path}:{number}: {problem_message(first)}") from None
        pairs.append(TurnPair(turn.before_fa, turn.q_fa, turn.follows))
        pairs.append(TurnPair(turn.before_en, turn.q_en, turn.follows))
        if turn.q_latn:
            pairs.append(TurnPair(turn.before_fa, turn.q_latn, turn.follows))
    return pairs


def turn_pairs(asked: Iterable[EvalQuery]) -> list[TurnPair]:
    """Return the questions that others come before as pairs."""
    return [
        TurnPair(question.before, question.text, isinstance(question.question, Followup))
        for question in asked
        if question.before is not None
    ]


def calibrate_followups(
    retriever: Retriever, pairs: Sequence[TurnPair], turns: Sequence[TurnPair] = ()
) -> tuple[LogisticModel, float]:
    """Learn when a question follows up the one before it, in all languages alike.

    Args:
        retriever: over the archive that the pairs are about.
        pairs: of both kinds.
        turns: more of both, of which the archive need not know anything: a new question is asked
            after those of `pairs`, and the wording of a follow-up is taken with how those of
            `pairs` stand.

    Returns:
        The model, and its ROC AUC in ten-fold cross-validation.

    Raises:
        QuestionFileError: there are fewer than ten of either kind.
    """
    firsts = [pair.before for pair in pairs]
    new = [turn for turn in turns if not turn.follows]
    asked = [*pairs, *(replace(turn, before=one) for turn, one in zip(new, cycle(firsts)))]
    evidence = []
    conversation_after = _conversations(retriever)
    for pair in asked:
        before = conversation_after(pair.before)
        examined = retriever.search(pair.text, before, rerank=False)
        if examined is not None and examined.followup is not None:
            evidence.append((examined.followup, pair.follows))
    standings = [found.context for found, follows in evidence if follows]
    later = [turn for turn in turns if turn.follows]
    for turn, standing in zip(later, cycle(standings)):
        if (alone := retriever.search(turn.text, rerank=False)) is not None:
            evidence.append((FollowupFeatures(find_cues(alone.query), standing), True))
    kinds = [follows for _, follows in evidence]
    if min(sum(kinds), len(kinds) - sum(kinds)) < FOLDS:
        raise QuestionFileError(f"calibration needs {FOLDS} follow-ups and other questions")
    fitted = fit_logistic([found.values() for found, _ in evidence], kinds)
    return fitted.model, fitted.auc


def calibrate_followup_confidence(
    retriever: Retriever, asked: Sequence[EvalQuery]
) -> FollowupCalibration:
    """Learn when a follow-up is answered, in all languages alike.

    One that is asked after the first question of another has no answer there.

    Args:
        retriever: over the archive that the questions are about.
        asked: follow-ups.

    Raises:
        QuestionFileError: there are fewer than ten.
    """
    examined: list[tuple[EvalQuery, SearchResult]] = []
    kinds = []
    conversation_after = _conversations(retriever)
    for shift in range(_MISMATCHES + 1):
        for question in asked:
            same = [other for other in asked if other.language == question.language]
            first = same[(same.index(question) + shift) % len(same)].before or ""
            conversation = conversation_after(first)
            found = retriever.search(question.text, conversation, rerank=False)
            if found is not None and found.antecedent is not None and found.features is not None:
                examined.append((question, found))
                kinds.append(shift == 0)
    if min(sum(kinds), len(kinds) - sum(kinds)) < FOLDS:
        raise QuestionFileError(f"calibration needs {FOLDS} follow-ups")
    fitted = fit_logistic(
        [extract_features(found.ranking, found.own_weights).values() for _, found in examined],
        kinds,
    )
    if not retriever.reranks:
        return FollowupCalibration(fitted.model, fitted.auc, None)
    scored = [(q, found, retriever.logits(found.query, found.ranking)) for q, found in examined]
    own = [one for one, is_own in zip(scored, kinds, strict=True) if is_own]
    tried = _tried_rerank_weights([(q, found.ranking, logits) for q, found, logits in own])
    weight = _middle_weight({one: measures["MRR@10"] for one, measures in tried.items()})
    again = fit_logistic(
        [
            extract_features(with_logits(found.ranking, logits, weight), found.own_weights).values()
            for _, found, logits in scored
        ],
        kinds,
    )
    return FollowupCalibration(
        fitted.model,
        fitted.auc,
        RerankCalibration(weight, tried[weight], again.model, again.auc),
    )


def _tried_rerank_weights(
    scored: Sequence[tuple[EvalQuery, Ranking, NDArray[np.float32]]],
) -> dict[float, dict[str, float]]:
    """Return the measures of questions, by the weight that their logits get."""
    return {
        weight: ranking_measures(
            [_hits(q, with_logits(ranking, logits, weight)) for q, ranking, logits in scored]
        )
        for weight in _RERANK_WEIGHTS
    }


def _conversations(retriever: Retriever) -> Callable[[str], Conversation]:
    """Return a function that asks a question, each once, and returns the conversation after it."""
    return cache(lambda question: retriever.ask(question).conversation)


def _possible_weights() -> list[FusionWeights]:
    shares = [step / _STEPS for step in range(_STEPS + 1)]
    return [
        FusionWeights(articles=a, passages=p, whole_article=whole)
        for a, p, whole in product(shares, shares, _WHOLE_ARTICLE)
    ]


def _middle_weight(ranks: Mapping[float, float]) -> float:
    """Return the weight that does best together with the next smaller and the next larger one."""
    weights = sorted(ranks)

    def mean_around(at: int) -> float:
        return float(np.mean([ranks[one] for one in weights[max(at - 1, 0) : at + 2]]))

    return weights[max(range(len(weights)), key=mean_around)]


def _middle_of_best(ranks: Mapping[FusionWeights, float]) -> FusionWeights:
    """Return the weights whose neighbours, too, do well: a peak of its own is chance."""

    def mean_around(weights: FusionWeights) -> float:
        near = [
            rank
            for other, rank in ranks.items()
            if other.whole_article == weights.whole_article
            and abs(other.articles - weights.articles) < 1.5 / _STEPS
            and abs(other.passages - weights.passages) < 1.5 / _STEPS
        ]
        # Neighbours that the edge of the grid cuts off count as no better than any.
        return float(np.mean([*near, *[float(np.mean(list(ranks.values())))] * (9 - len(near))]))

    return max(ranks, key=mean_around)


def _answering(asked: EvalQuery, ranking: Ranking) -> NDArray[np.bool_]:
    """Return, (n,), which candidates answer a question."""
    return np.array([asked.is_answered_by(passage) for passage in ranking.passages], dtype=np.bool_)


def _first(
    ranking: Ranking,
    answering: NDArray[np.bool_],
    weights: FusionWeights,
    options: RankingOptions,
) -> list[bool]:
    """Return which of the first candidates answer, when they are in the order of some weights."""
    order = best_first(ranking, fused_scores(ranking, weights, options))
    first: list[bool] = answering[order[:DEPTH]].tolist()
    return first


def _hits(asked: EvalQuery, ranking: Ranking) -> list[bool]:
    return [asked.is_answered_by(passage) for passage in ranking.passages[:DEPTH]]
