"""What training lowers: texts that belong together are to be nearer than any others."""

import torch
from torch import Tensor
from torch.nn import functional


def contrast(queries: Tensor, candidates: Tensor, targets: Tensor, temperature: float) -> Tensor:
    """Return the symmetric InfoNCE loss (van den Oord et al. 2018).

    Each query has to find its candidate among all, and each candidate that is a target has to
    find its query. The mean of both directions.

    Args:
        queries: (n, dimensions), normalised.
        candidates: (m, dimensions), normalised; m >= n, the others being negatives only.
        targets: (n,) the candidate of each query, all different.
        temperature: divides the inner products.
    """
    scores = queries @ candidates.T / temperature
    own = torch.arange(len(queries), device=queries.device)
    forward = functional.cross_entropy(scores, targets)
    backward = functional.cross_entropy(scores.T[targets], own)
    return (forward + backward) / 2


def drift(vectors: Tensor, originals: Tensor) -> Tensor:
    """Return one minus the mean cosine of normalised vectors to where they were."""
    return 1 - (vectors * originals).sum(dim=1).mean()
