"""The answer itself: the words inside a passage's answering sentence that answer.

The reranker gives every token of a passage a logit for being the first of the answer, and one for
being the last. A span's probability is that of its first token times that of its last one, over
all spans of the passage (Devlin et al., "BERT", NAACL 2019, section 4.2).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoders.passage_reading import SpanLogits

# Of 100 right answers of the training set, 99 have no more tokens.
_LONGEST = 40
_WORD = re.compile(r"\S+")
# What is cut off at the ends of a span, unless it is one half of a pair that is in it.
_PUNCTUATION = " \t\n\r،,;؛:.!?؟…-–—*|/"
_PAIRS = {"(": ")", "[": "]", "«": "»", "“": "”", '"': '"'}


@dataclass(frozen=True, slots=True)
class SpanFeatures:
    """Features of how surely the likeliest span answers.

    Attributes:
        log_probability: natural logarithm of its probability.
        margin: its log probability less that of the likeliest span that does not touch it, at
            most 10.
        sentence_probability: probability of all spans in its sentence.
        words: log(1 + the number of its words).
        covered: the covered IDF of its sentence as a share of the passage's best one; 1 where the
            words of the question point at the same sentence.
        number_agrees: 1 where the question asks for a number and the span has one, -1 where it has
            none, 0 where the question asks for something else.
        logit: the reranker's logit of the passage.
    """

    log_probability: float
    margin: float
    sentence_probability: float
    words: float
    covered: float
    number_agrees: float
    logit: float

    def values(self) -> dict[str, float]:
        """Return the features by name."""
        return asdict(self)


class SpanDistribution:
    """The probability of every span of a passage."""

    def __init__(self, span: SpanLogits) -> None:
        """Compute it from the logits of a passage's tokens, at least one."""
        self._offsets = span.offsets
        joint = span.starts[:, None].astype(np.float64) + span.ends[None, :]
        possible = np.tril(np.triu(np.ones(joint.shape, bool)), _LONGEST - 1)
        joint = np.where(possible, joint, -np.inf)
        self._log: NDArray[np.float64] = joint - np.logaddexp.reduce(joint, axis=None)

    def within(self, start: int, end: int) -> float:
        """Return the probability of the spans between two offsets of the text."""
        inside = self._tokens(start, end)
        return float(np.exp(self._log[inside, inside]).sum())

    def best(self, start: int, end: int) -> tuple[int, int, float]:
        """Return offsets and log probability of the likeliest span between two offsets.

        It is the text between them, with log probability -inf, where no token is.
        """
        inside = self._tokens(start, end)
        part = self._log[inside, inside]
        if not part.size:
            return start, end, -math.inf
        first, last = np.unravel_index(int(part.argmax()), part.shape)
        offsets = self._offsets[inside]
        return int(offsets[first, 0]), int(offsets[last, 1]), float(part[first, last])

    def best_apart(self, start: int, end: int) -> float:
        """Return the log probability of the likeliest span that does not touch some offsets."""
        before = self._tokens(0, start)
        after = slice(int(np.searchsorted(self._offsets[:, 0], end)), len(self._offsets))
        parts = (self._log[before, before], self._log[after, after])
        return max(float(part.max(initial=-np.inf)) for part in parts)

    def _tokens(self, start: int, end: int) -> slice:
        first = int(np.searchsorted(self._offsets[:, 0], start))
        last = int(np.searchsorted(self._offsets[:, 1], end, side="right"))
        return slice(first, max(first, last))


def whole_words(text: str, start: int, end: int, bounds: tuple[int, int]) -> tuple[int, int]:
    """Return a span extended to whole words, without the punctuation at its ends.

    Args:
        text: the passage.
        start: offset of the span's first character.
        end: offset behind its last one.
        bounds: the sentence, which the span does not leave.
    """
    while start > bounds[0] and not text[start - 1].isspace():
        start -= 1
    while end < bounds[1] and not text[end].isspace():
        end += 1
    return trimmed(text, start, end)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without punctuation at its ends and without half a pair of brackets."""
    while start < end:
        inner = text[start:end]
        first, last = inner[0], inner[-1]
        if first in _PUNCTUATION or (first in _PAIRS and _PAIRS[first] not in inner[1:]):
            start += 1
        elif first in _PAIRS.values() and first not in _PAIRS:
            start += 1
        elif last in _PUNCTUATION or _opens_nothing(inner):
            end -= 1
        elif _PAIRS.get(first) == last and first not in inner[1:-1]:
            start, end = start + 1, end - 1
        else:
            break
    return start, end


def _opens_nothing(inner: str) -> bool:
    """Return whether a span ends in a bracket that opens, or closes none that is in it."""
    last = inner[-1]
    if last in _PAIRS and _PAIRS[last] != last:
        return True
    opening = next((one for one, other in _PAIRS.items() if other == last), None)
    return opening is not None and opening not in inner[:-1]


def count_words(text: str) -> int:
    """Return how many words a span has."""
    return len(_WORD.findall(text))
