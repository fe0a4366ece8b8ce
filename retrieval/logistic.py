"""Logistic regression, as it is applied: an intercept and a coefficient for each feature."""

import math
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict


class LogisticModel(BaseModel):
    """A learned logistic regression.

    Attributes:
        intercept: the logit where all features are 0.
        coefficients: change of the logit per unit of each feature, by the feature's name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    intercept: float
    coefficients: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability in [0, 1] for some features, by name.

        Raises:
            KeyError: the model has no coefficient for one of them.
        """
        logit = self.intercept + sum(
            self.coefficients[name] * value for name, value in features.items()
        )
        return 0.5 * (1 + math.tanh(logit / 2))
