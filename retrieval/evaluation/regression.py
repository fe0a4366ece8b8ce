"""Logistic regression, as it is learned: fitted on all evidence, and judged by cross-validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from retrieval.learned import rounded_model
from retrieval.logistic import LogisticModel

FOLDS = 10
# Inverse strength of the regressions' L2 penalty: below scikit-learn's 1, since features overlap.
_REGULARIZATION = 0.3


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A logistic regression, and what it says of examples that it was not fitted on.

    Attributes:
        model: fitted on all examples.
        guesses: (n,) probability of each example by a model that was fitted on other folds.
        auc: their ROC AUC.
    """

    model: LogisticModel
    guesses: NDArray[np.float64]
    auc: float


def fit_logistic(
    evidence: Sequence[Mapping[str, float]], kinds: Sequence[bool], *, balanced: bool = True
) -> FittedModel:
    """Fit a logistic regression.

    Args:
        evidence: features of n examples, by name; at least ten of either kind.
        kinds: (n,) what is learned.
        balanced: whether both kinds count as often; else as often as they occur.
    """
    names = list(evidence[0])
    values = np.array([[one[name] for name in names] for one in evidence])
    model = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=_REGULARIZATION, class_weight="balanced" if balanced else None),
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    guesses = cross_val_predict(model, values, kinds, cv=folds, method="predict_proba")[:, 1]
    model.fit(values, kinds)
    scaler, regression = model
    # The scaling is folded into the coefficients.
    coefficients = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - coefficients @ scaler.mean_)
    learned = dict(zip(names, coefficients.tolist(), strict=True))
    return FittedModel(
        rounded_model(intercept, learned), guesses, float(roc_auc_score(kinds, guesses))
    )
