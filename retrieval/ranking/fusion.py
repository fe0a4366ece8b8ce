"""Fusion: the scores of several channels in, one score out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class FusionWeights(BaseModel):
    """How much the dense channel counts when both are fused; the lexical one gets the rest.

    Words tell articles apart, most of all names; within an article the same names are everywhere,
    and it is the meaning that tells its passages apart.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    articles: float = Field(ge=0, le=1, description="share when articles are compared")
    passages: float = Field(ge=0, le=1, description="share when passages of one are compared")


def weighted_min_max(
    channels: Sequence[tuple[NDArray[np.float64], float]],
) -> NDArray[np.float64]:
    """Fuse channels by the weighted mean of their scores, each scaled to [0, 1].

    A channel is scaled by its lowest and highest score among the candidates; one whose scores are
    all equal tells nothing and does not count; where none tells, all candidates are as good.
    (Convex combination after min-max scaling: Bruch, Gai and Ingber, "An Analysis of Fusion
    Functions for Hybrid Retrieval", 2023.)

    Args:
        channels: (n,) scores of the candidates, higher is better, with the channel's weight.

    Returns:
        (n,) scores in [0, 1].
    """
    total = np.zeros(len(channels[0][0]))
    weights = 0.0
    for scores, weight in channels:
        spread = np.ptp(scores) if len(scores) else 0.0
        if spread > 0:
            total += weight * (scores - scores.min()) / spread
            weights += weight
    return total / weights if weights > 0 else np.ones_like(total)
