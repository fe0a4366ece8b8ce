"""What training lowers."""

import torch
from torch import Tensor
from torch.nn import functional


def info_nce(
    queries: Tensor, candidates: Tensor, targets: Tensor, masked: Tensor, temperature: float
) -> Tensor:
    """Return the InfoNCE loss (van den Oord et al. 2018): each query has to find its candidate.

    Args:
        queries: (n, dimensions), normalised.
        candidates: (m, dimensions), normalised.
        targets: (n,) the candidate of each query.
        masked: (n, m) true where a candidate must not count as wrong.
        temperature: divides the inner products.
    """
    scores = (queries @ candidates.T / temperature).masked_fill(masked, -torch.inf)
    return functional.cross_entropy(scores, targets)


def anchor_loss(vectors: Tensor, originals: Tensor) -> Tensor:
    """Return one minus the mean cosine of normalised vectors to where they were."""
    return 1 - (vectors * originals).sum(dim=1).mean()


def listwise_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the softmax loss over groups of passages and "none of these".

    "None of these" has the logit 0, so that a passage's logit tells on its own whether it answers:
    it is the log odds of the passage against none.

    Args:
        logits: (groups, passages), -inf where a group has fewer.
        targets: (groups,) place of the right passage; the number of passages: none is.
    """
    none = logits.new_zeros(len(logits), 1)
    return functional.cross_entropy(torch.cat([logits, none], dim=1), targets)


def margin_mse(student: Tensor, teacher: Tensor) -> Tensor:
    """Return the mean squared difference of margins (Hofstätter et al. 2020).

    Margins are those to "none of these", whose logit is 0, and among the passages of a group.

    Args:
        student: (groups, passages) logits, -inf where a group has fewer.
        teacher: the same groups' logits.
    """
    there = torch.isfinite(student)
    # Not the difference of infinities, whose gradient is not a number.
    difference = student.masked_fill(~there, 0.0) - teacher.masked_fill(~there, 0.0)
    absolute = difference.square().sum() / there.sum()
    mean = difference.sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True)
    centred = torch.where(there, difference - mean, 0.0)
    return 0.5 * absolute + centred.square().sum() / there.sum()


def span_loss(starts: Tensor, ends: Tensor, spans: Tensor) -> Tensor:
    """Return the loss of pointing at the first and the last token of the answer.

    Args:
        starts: (n, tokens) logits, -inf where no answer may be.
        ends: likewise.
        spans: (n, 2) first and last token.
    """
    first = functional.cross_entropy(starts, spans[:, 0])
    return (first + functional.cross_entropy(ends, spans[:, 1])) / 2
