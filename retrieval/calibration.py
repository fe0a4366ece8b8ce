"""Learning from questions whose answers are known: channel weights, and when to say "found".

The result goes into config.toml by hand, so that what an operator runs is what they have read.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retrieval.confidence import Evidence, LogisticModel, gather_evidence
from retrieval.errors import QuestionFileError
from retrieval.evaluation import DEPTH, Asked
from retrieval.fusion import ChannelWeights
from retrieval.ranking import Ranking, RankingOptions, reweighed
from retrieval.retriever import Retriever

_STEPS = 20
_FOLDS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learned for one language.

    Attributes:
        weights: those of the highest mean reciprocal rank.
        reciprocal_rank: that rank, at 10.
        model: when to say "found".
        auc: the model's ROC AUC in ten-fold cross-validation.
    """

    weights: ChannelWeights
    reciprocal_rank: float
    model: LogisticModel
    auc: float


def calibrate(retriever: Retriever, asked: Sequence[Asked]) -> Calibration:
    """Learn from the questions of one language.

    Args:
        retriever: over the archive that the questions are about.
        asked: answerable and unanswerable questions.

    Raises:
        QuestionFileError: there are fewer than ten of either kind.
    """
    examined = [(q, found) for q in asked if (found := retriever.examine(q.text)) is not None]
    kinds = [question.answerable for question, _ in examined]
    if min(sum(kinds), len(kinds) - sum(kinds)) < _FOLDS:
        raise QuestionFileError(f"calibration needs {_FOLDS} answerable and unanswerable questions")
    options = retriever.settings.ranking
    tried = [
        (
            weights,
            float(
                np.mean(
                    [
                        _reciprocal_rank(q, found.ranking, weights, options)
                        for q, found in examined
                        if q.answerable
                    ]
                )
            ),
        )
        for weights in _possible_weights()
    ]
    best, reciprocal_rank = max(tried, key=lambda pair: pair[1])
    evidence = np.array(
        [
            list(asdict(gather_evidence(reweighed(e.ranking, best, options), e.weights)).values())
            for _, e in examined
        ]
    )
    # Balanced: how often people ask what the archive does not answer is not known beforehand.
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    guesses = cross_val_predict(model, evidence, kinds, cv=folds, method="predict_proba")[:, 1]
    model.fit(evidence, kinds)
    return Calibration(
        best, reciprocal_rank, _unscaled(model[0], model[1]), float(roc_auc_score(kinds, guesses))
    )


def as_toml(language: str, learned: Calibration) -> str:
    """Return the tables of config.toml that hold what was learned."""
    tables = {"fusion": learned.weights, "confidence": learned.model}
    lines = []
    for table, values in tables.items():
        lines.append(f"[retrieval.{table}.{language.replace('-', '_').lower()}]")
        lines.extend(f"{name} = {round(value, 3)}" for name, value in values.model_dump().items())
        lines.append("")
    return "\n".join(lines)


def _possible_weights() -> list[ChannelWeights]:
    shares = [step / _STEPS for step in range(_STEPS + 1)]
    return [ChannelWeights(dense=share, lexical=round(1 - share, 2)) for share in shares]


def _reciprocal_rank(
    asked: Asked, ranking: Ranking, weights: ChannelWeights, options: RankingOptions
) -> float:
    passages = reweighed(ranking, weights, options).passages[:DEPTH]
    ranks = (rank for rank, passage in enumerate(passages, 1) if asked.is_answered_by(passage))
    return 1 / next(ranks, math.inf)


def _unscaled(scaler: StandardScaler, regression: LogisticRegression) -> LogisticModel:
    """Fold the scaling of the evidence into the coefficients."""
    coefficients = regression.coef_[0] / scaler.scale_
    intercept = regression.intercept_[0] - float(coefficients @ scaler.mean_)
    names = [field.name for field in fields(Evidence)]
    return LogisticModel(intercept=intercept, **dict(zip(names, coefficients, strict=True)))
