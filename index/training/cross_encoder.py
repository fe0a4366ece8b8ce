"""The reranker: question and passage read together, one score and the answering span."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from index.training.config import Precision
from index.training.models import States, TrainableModel, in_order
from index.training.tokens import ModelTokenizer, TokenBatch, Tokens, padded_batches


class TrainableReranker(TrainableModel):
    """A cross-encoder with a head for the score and one for the answer's first and last token.

    The score is the log odds of the passage against "no passage answers".
    """

    def __init__(self, folder: Path, device: torch.device, precision: Precision = "auto") -> None:
        """Load a model; see `TrainableModel`."""
        super().__init__(folder, device, precision)
        hidden = self.model.config.hidden_size
        self.head = _new_head(hidden, 1).to(device)
        self.span = _new_head(hidden, 2).to(device)

    def score(self, batches: Sequence[TokenBatch]) -> Tensor:
        """Return (pairs,) scores; gradients flow through them."""
        parts = self.states(batches)
        scores = torch.cat([self.head(part.values[:, 0]).squeeze(1) for part in parts])
        return in_order(scores, [part.rows for part in parts])

    def score_and_point(
        self, batches: Sequence[TokenBatch], firsts: NDArray[np.int64]
    ) -> tuple[Tensor, list[tuple[NDArray[np.int64], Tensor]]]:
        """Return scores, and where the answers may begin and end.

        Args:
            batches: pairs, as the reranker reads them.
            firsts: (pairs,) place of the passage's first token in each; -1 where no answer
                is looked for.

        Returns:
            (pairs,) scores; and in batches the places of the pairs with an answer and their
            (n, 2, tokens) logits of first and last token, -inf outside the passage.
        """
        parts = self.states(batches)
        scores = torch.cat([self.head(part.values[:, 0]).squeeze(1) for part in parts])
        pointed = []
        for part in parts:
            chosen = np.flatnonzero(firsts[part.rows] >= 0)
            if len(chosen):
                rows = part.rows[chosen]
                pointed.append((rows, self._point(part, chosen, firsts[rows])))
        return in_order(scores, [part.rows for part in parts]), pointed

    def _point(self, part: States, chosen: NDArray[np.int64], firsts: NDArray[np.int64]) -> Tensor:
        rows = torch.from_numpy(chosen).to(self.device)
        logits = self.span(part.values[rows]).transpose(1, 2)
        mask = part.mask[rows]
        tokens = torch.arange(mask.shape[1], device=self.device)
        begin = torch.from_numpy(firsts).to(self.device)[:, None]
        # The last token of a pair is its end mark.
        inside = (tokens >= begin) & (tokens < mask.sum(dim=1, keepdim=True) - 1)
        pointed: Tensor = logits.masked_fill(~inside[:, None, :], -torch.inf)
        return pointed

    @torch.inference_mode()
    def scores(self, pairs: Sequence[Tokens], block: int = 4096) -> NDArray[np.float32]:
        """Return the scores of any number of pairs, without gradients."""
        if not pairs:
            return np.empty(0, dtype=np.float32)
        blocks = [
            self.score(padded_batches(pairs[at : at + block], self.limit)).cpu().numpy()
            for at in range(0, len(pairs), block)
        ]
        found: NDArray[np.float32] = np.concatenate(blocks)
        return found


def _new_head(inputs: int, outputs: int) -> nn.Linear:
    linear = nn.Linear(inputs, outputs)
    # Every run begins with the same heads.
    nn.init.normal_(linear.weight, std=0.02, generator=torch.Generator().manual_seed(outputs))
    nn.init.zeros_(linear.bias)
    return linear


_LONGEST = 30


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """First and last token of an answer among the passage's tokens, and how sure the head is.

    `confidence` is the probability of the first token times that of the last.
    """

    start: int
    end: int
    confidence: float


@torch.inference_mode()
def point(
    reranker: TrainableReranker,
    tokenizer: ModelTokenizer,
    questions: Sequence[Tokens],
    passages: Sequence[Tokens],
    limits: tuple[int, int],
) -> list[AnswerSpan]:
    """Return the likeliest span of each passage for its question."""
    pairs = [
        tokenizer.pair(question, passage, limits)
        for question, passage in zip(questions, passages, strict=True)
    ]
    firsts = np.array([3 + min(len(question), limits[0]) for question in questions])
    spans: list[AnswerSpan | None] = [None] * len(pairs)
    _, pointed = reranker.score_and_point(padded_batches(pairs, reranker.limit), firsts)
    for rows, logits in pointed:
        chances = torch.softmax(logits, dim=2).cpu().numpy()
        for row, (starts, ends) in zip(rows.tolist(), chances, strict=True):
            start, end, chance = _best(starts, ends)
            spans[row] = AnswerSpan(start - int(firsts[row]), end - int(firsts[row]), chance)
    return [span for span in spans if span is not None]


def _best(starts: NDArray[np.float32], ends: NDArray[np.float32]) -> tuple[int, int, float]:
    # Every first token with every last one that is not before it and not too far behind it.
    joint = np.tril(np.triu(np.outer(starts, ends)), _LONGEST - 1)
    start, end = np.unravel_index(int(joint.argmax()), joint.shape)
    return int(start), int(end), float(joint[start, end])
