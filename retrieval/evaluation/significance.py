"""How sure a measure is: bootstrap intervals, and paired tests between two runs.

Both take the measure of each question. Resampling is seeded, so that a figure is always the same.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, permutation_test

_RESAMPLES = 5000
_LEVEL = 0.95
_SEED = 0
SIGNIFICANT = 1 - _LEVEL


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure of the same questions in two runs.

    Attributes:
        before: its mean in the first run.
        after: its mean in the second.
        p: two-sided p-value of the paired permutation test.
        won: questions that are better in the second run.
        tied: questions that are the same.
        lost: questions that are worse.
    """

    before: float
    after: float
    p: float
    won: int
    tied: int
    lost: int

    @property
    def significant(self) -> bool:
        """Whether the runs differ at the level of 5 %."""
        return self.p < SIGNIFICANT


def interval(values: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the 95 % bootstrap interval of a mean over questions; None for fewer than two.

    Args:
        values: (n,) the measure of each question.
    """
    if len(values) < 2:
        return None
    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=_LEVEL,
        method="percentile",
        rng=_SEED,
    ).confidence_interval
    return float(found.low), float(found.high)


def compare_paired(before: NDArray[np.float64], after: NDArray[np.float64]) -> Comparison:
    """Compare a measure of the same n > 0 questions in two runs.

    The test is the paired permutation test (Smucker, Allan and Carterette, "A comparison of
    statistical significance tests for information retrieval evaluation", CIKM 2007).

    Args:
        before: (n,) in the first run.
        after: (n,) in the second.
    """
    won, lost = int((after > before).sum()), int((after < before).sum())
    # A single change is as likely either way.
    return Comparison(
        before=float(before.mean()),
        after=float(after.mean()),
        p=_p_value(before, after) if won + lost > 1 else 1.0,
        won=won,
        tied=len(before) - won - lost,
        lost=lost,
    )


def _p_value(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    def mean_change(a: NDArray[np.float64], b: NDArray[np.float64], axis: int) -> Any:
        return np.mean(a - b, axis=axis)

    # Ties are the same in every permutation; without them there is less to permute.
    changed = before != after
    test = permutation_test(
        (after[changed], before[changed]),
        mean_change,
        permutation_type="samples",
        vectorized=True,
        n_resamples=_RESAMPLES,
        rng=_SEED,
    )
    return float(test.pvalue)
