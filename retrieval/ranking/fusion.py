"""Fusion: the scores of several channels in, one score out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class FusionWeights(BaseModel):
    """Weights in fusion: of the dense channel, where the lexical channel gets the rest, and others.

    Words distinguish articles, most of all names. The passages of one article share its names and
    differ in meaning.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    articles: float = Field(ge=0, le=1, description="weight when articles are compared")
    passages: float = Field(ge=0, le=1, description="weight when passages are compared")
    whole_article: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="weight of an article's score as a whole; its best passage's gets the rest",
    )


def weighted_min_max(
    channels: Sequence[tuple[NDArray[np.float64], float]],
) -> NDArray[np.float64]:
    """Fuse channels by the weighted mean of their scores, each scaled to [0, 1].

    A channel is scaled by its lowest and highest score among the candidates; one whose scores are
    all equal does not count; if this is true of every channel, all candidates score 1.
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
        lowest = scores.min(initial=np.inf)
        if (spread := scores.max(initial=-np.inf) - lowest) > 0:
            total += weight * (scores - lowest) / spread
            weights += weight
    return total / weights if weights > 0 else np.ones_like(total)
