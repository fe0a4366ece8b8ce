"""Fusion: ranked lists in, one ranked list out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class ChannelWeights(BaseModel):
    """How much each channel counts when they are fused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dense: float = Field(ge=0)
    lexical: float = Field(ge=0)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel's scores of the candidates.

    Attributes:
        scores: (n,) scores, higher is better; NaN for a candidate that the channel did not find.
        weight: how much the channel counts.
    """

    scores: NDArray[np.float64]
    weight: float


def weighted_min_max(channels: Sequence[Channel]) -> NDArray[np.float64]:
    """Fuse channels by the weighted mean of their scores, each scaled to [0, 1].

    Scaling is by each channel's lowest and highest score; a candidate that a channel did not find
    gets 0 from it. A channel that found nothing does not count at all, and one whose scores are
    all equal gives each of them 1. (Convex combination after min-max scaling: Bruch, Gai and
    Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2023.)

    Returns:
        (n,) scores in [0, 1].
    """
    total = np.zeros(len(channels[0].scores))
    weights = 0.0
    for channel in channels:
        found = ~np.isnan(channel.scores)
        if not found.any() or channel.weight == 0:
            continue
        low, high = channel.scores[found].min(), channel.scores[found].max()
        spread = high - low
        scaled = (channel.scores - low) / spread if spread > 0 else np.ones_like(channel.scores)
        total += channel.weight * np.where(found, scaled, 0.0)
        weights += channel.weight
    return total / weights if weights else total
