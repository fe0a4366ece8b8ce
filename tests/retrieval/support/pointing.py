"""A reranker's logits that point at some words."""

import re

import numpy as np

from index.encoders.passage_reading import SpanLogits


def pointing_at(text: str, words: str, strength: float = 9.0) -> SpanLogits:
    """Return logits of a text's words and marks that point at the first occurrence of some.

    Args:
        text: the passage.
        words: a part of it, from within one token to within another.
        strength: how much higher the logits of their ends are than all others.
    """
    tokens = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
    start = text.index(words)
    end = start + len(words)
    starts = [strength if left <= start < right else 0.0 for left, right in tokens]
    ends = [strength if left < end <= right else 0.0 for left, right in tokens]
    offsets = np.array(tokens, np.int64)
    return SpanLogits(offsets, np.array(starts, np.float32), np.array(ends, np.float32))
