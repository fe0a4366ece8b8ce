"""Texts as token numbers, in the forms that the encoder and the reranker read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

Tokens = NDArray[np.int32]
_PROMPTS = {"query": "query: ", "passage": "passage: "}


class ModelTokenizer:
    """A tokenizer with the prompts and special tokens of E5 models."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.begin = tokenizer.token_to_id("<s>")
        self.end = tokenizer.token_to_id("</s>")

    def tokens(self, texts: Sequence[str], prompt: str) -> list[Tokens]:
        """Return the tokens of each text behind its prompt, special tokens left out."""
        encoded = self._tokenizer.encode_batch_fast(
            [_PROMPTS[prompt] + text for text in texts], add_special_tokens=False
        )
        return [np.array(one.ids, dtype=np.int32) for one in encoded]

    def spans(self, passages: Sequence[str], answers: Sequence[str]) -> NDArray[np.int64]:
        """Find answers in passages.

        Args:
            passages: title and text, separated by line breaks, the text last.
            answers: copied from the text; "" for none.

        Returns:
            (len(passages), 2) first and last token of the answer among the passage's `tokens`;
            -1 where the text does not have it.
        """
        prompt = _PROMPTS["passage"]
        spans = np.full((len(passages), 2), -1, dtype=np.int64)
        starts = [
            passage.find(answer, passage.rfind("\n") + 1) if answer else -1
            for passage, answer in zip(passages, answers, strict=True)
        ]
        wanted = [number for number, start in enumerate(starts) if start >= 0]
        texts = [prompt + passages[number] for number in wanted]
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        for number, one in zip(wanted, encoded, strict=True):
            start = starts[number] + len(prompt)
            end = start + len(answers[number])
            inside = [at for at, (a, b) in enumerate(one.offsets) if a < end and b > start]
            if inside:
                spans[number] = inside[0], inside[-1]
        return spans

    def text(self, tokens: Tokens) -> str:
        """Return the words of some tokens."""
        return self._tokenizer.decode(tokens.tolist()).strip()

    def single(self, tokens: Tokens, limit: int) -> Tokens:
        """Return what the encoder reads, at most `limit` tokens."""
        return np.array([self.begin, *tokens[: limit - 2].tolist(), self.end], dtype=np.int32)

    def pair(self, question: Tokens, passage: Tokens, limits: tuple[int, int]) -> Tokens:
        """Return what the reranker reads: `<s> question </s></s> passage </s>`, each cut."""
        numbers = [
            *(self.begin, *question[: limits[0]].tolist()),
            *(self.end, self.end, *passage[: limits[1]].tolist(), self.end),
        ]
        return np.array(numbers, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Sequences that go through a model together.

    Attributes:
        rows: (n,) their places.
        ids: (n, tokens) their tokens, 0 where there is none.
        mask: (n, tokens) whether there is one.
    """

    rows: NDArray[np.int64]
    ids: NDArray[np.int64]
    mask: NDArray[np.bool_]


def padded_batches(sequences: Sequence[Tokens], limit: int) -> list[TokenBatch]:
    """Put sequences of like length together, so that little of a batch is padding.

    Args:
        sequences: token numbers.
        limit: tokens in a batch, padding counted; one sequence may be longer.
    """
    batches = []
    lengths = np.array([len(one) for one in sequences])
    order = np.argsort(lengths, kind="stable")
    at = 0
    while at < len(order):
        # Lengths rise: as many as fit when all are as long as the last.
        sizes = lengths[order[at:]] * np.arange(1, len(order) - at + 1)
        count = max(1, int(np.searchsorted(sizes, limit, side="right")))
        rows = order[at : at + count]
        at += count
        width = int(lengths[rows[-1]])
        ids = np.zeros((count, width), dtype=np.int64)
        mask = np.arange(width) < lengths[rows][:, None]
        ids[mask] = np.concatenate([sequences[row] for row in rows])
        batches.append(TokenBatch(rows, ids, mask))
    return batches


def to_device(array: NDArray[Any], device: torch.device) -> Tensor:
    """Return an array as a tensor on a device."""
    tensor = torch.from_numpy(array)
    # Pinned memory is copied while the GPU still works on what came before.
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor
