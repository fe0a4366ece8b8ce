"""A reranker's reading of a passage: how well it answers, and where the answer may be."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.text.encoder_text import SpelledText

# What a cross-encoder's module writes that points at the answer: two logits of each token.
SPAN_LOGITS = "span_logits"


@dataclass(frozen=True, slots=True)
class SpanLogits:
    """Where an answer may begin and end, for the n tokens of a passage that the model read.

    Attributes:
        offsets: (n, 2) where each token begins and ends in the passage as it was given, without
            white space; ascending.
        starts: (n,) logits of the answer beginning with each token.
        ends: (n,) logits of its ending with each token.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.offsets)

    def behind(self, offset: int) -> Self:
        """Return the tokens that begin at an offset or behind it, counted from there."""
        kept = self.offsets[:, 0] >= offset
        return type(self)(self.offsets[kept] - offset, self.starts[kept], self.ends[kept])


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What a reranker makes of a question and a passage.

    Attributes:
        score: logit of the passage answering the question; the higher, the better.
        span: where the answer may be; None from a model that does not tell.
    """

    score: float
    span: SpanLogits | None = None


def span_logits(
    passage: SpelledText,
    offsets: NDArray[np.int64],
    logits: NDArray[np.float32],
    prompt_length: int,
) -> SpanLogits:
    """Return a model's logits with the offsets of its tokens in the passage as it was given.

    Tokens of the prompt and of white space are left out.

    Args:
        passage: the passage in the models' spelling.
        offsets: (n, 2) of the tokens in the prompt and the spelled passage; a token may begin with
            the space before it.
        logits: (n, 2) of each token as the first and as the last of the answer.
        prompt_length: characters of the prompt.
    """
    begins, ends = np.maximum(offsets - prompt_length, 0).T
    places = [
        (at, begin + (passage.text[begin] == " "), end)
        for at, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True))
        if passage.text[begin:end].strip()
    ]
    kept = [at for at, _, _ in places]
    firsts = np.array([begin for _, begin, _ in places], np.int64)
    lasts = np.array([end - 1 for _, _, end in places], np.int64)
    original = np.stack([passage.starts[firsts], passage.ends[lasts]], axis=1)
    return SpanLogits(original, logits[kept, 0], logits[kept, 1])
