"""The answer itself: the words of a passage's answering sentence that answer.

The reranker gives every token of a passage a logit for being the first of the answer, and one for
being the last. A span's probability is the softmax of their sum over all spans of the passage
(Devlin et al., "BERT", NAACL 2019, section 4.2). Of an answer of ten words many spans are nearly as
good as the best one, so that not the likeliest span is taken but the one that has most in common
with all others, weighted by their probability: minimum Bayes risk (Goel and Byrne, "Minimum
Bayes-risk automatic speech recognition", 2000) with F1 as the gain.
"""

import re
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoders.passage_reading import SpanLogits
from index.text.numbers import find_numbers

# An answer with this F1 against the right one counts as right.
RIGHT_F1 = 0.5
# Of 100 right answers of the training set, 99 have no more tokens.
_LONGEST = 40
# Spans that are compared with each other; the others have hardly any probability.
_COMPARED = 150
# Of the chance of being right, beside the expected F1. On 700 questions of the training set, .25
# makes .02 more of the answers right and costs .001 F1.
_CHANCE_WEIGHT = 0.25
_WORD = re.compile(r"\S+")
_ASKS_NUMBER = re.compile(
    r"\b(?:چند|چندم|چندمین|چقدر|چه ?قدر|چه (?:تعداد|میزان|مقدار|مبلغ|سالی|تاریخی|ساعتی)|چند ?تا|"
    r"how (?:many|much|old|far|long)|what (?:year|percentage|percent|date|score|share|number)|"
    r"which (?:year|date)|chand|che ?ghadr|che ?qadr)\b",
    re.IGNORECASE,
)
# What is cut off at the ends of a span.
_PUNCTUATION = frozenset(" \t\n\r،,;؛:.!?؟…-–—*|/")
_CLOSING = {"(": ")", "[": "]", "«": "»", "“": "”"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}


@dataclass(frozen=True, slots=True)
class BestSpan:
    """The best span of a sentence.

    Attributes:
        start: offset of its first character in the passage.
        end: offset behind its last one.
        expected_f1: expected F1 of its words against the answer's.
        chance: probability that this F1 is at least 0.5.
        words: how many words it has.
    """

    start: int
    end: int
    expected_f1: float
    chance: float
    words: int


@dataclass(frozen=True, slots=True)
class SpanFeatures:
    """Features of how surely a passage's best span is the answer.

    Attributes:
        chance: see `BestSpan`.
        expected_f1: see `BestSpan`.
        words: log(1 + the number of its words).
        sentence_agrees: 1 where the question's words, too, point at its sentence; else 0.
        number_agrees: 1 where the question asks for a number and the span has one, -1 where it has
            none, 0 where the question asks for something else.
        logit: the reranker's logit of the passage, within -10 and 10.
    """

    chance: float
    expected_f1: float
    words: float
    sentence_agrees: float
    number_agrees: float
    logit: float

    def values(self) -> dict[str, float]:
        """Return the features by name."""
        return asdict(self)


def number_agreement(question: str, answer: str) -> float:
    """Return `SpanFeatures.number_agrees` for a question in any language and its answer."""
    if not _ASKS_NUMBER.search(question):
        return 0.0
    return 1.0 if find_numbers(answer) else -1.0


class SpanDistribution:
    """Probabilities of the spans of a passage, each of whole words."""

    def __init__(self, text: str, span: SpanLogits) -> None:
        """Compute them.

        Args:
            text: the passage.
            span: logits of its tokens, at least one.
        """
        words = [match.span() for match in _WORD.finditer(text)]
        self._text = text
        self._starts, self._ends = np.array(words, np.int64).T
        joint = span.starts[:, None].astype(np.float64) + span.ends
        possible = np.tril(np.triu(np.ones(joint.shape, bool)), _LONGEST - 1)
        shares = np.exp(np.where(possible, joint - joint[possible].max(), -np.inf))
        # A token inside a word stands for the word.
        first = np.searchsorted(self._ends, span.offsets[:, 0], side="right")
        last = np.searchsorted(self._starts, span.offsets[:, 1], side="left") - 1
        probabilities = np.zeros((len(words), len(words)))
        np.add.at(probabilities, (first[:, None], last), shares / shares.sum())
        likely = np.argsort(-probabilities, axis=None, kind="stable")[:_COMPARED]
        likely = likely[probabilities.flat[likely] > 0]
        self._first, self._last = np.unravel_index(likely, probabilities.shape)
        self._probabilities = probabilities[self._first, self._last]

    def within(self, start: int, end: int) -> float:
        """Return the probability of an answer between two offsets of the text."""
        return float(self._probabilities[self._inside(start, end)].sum())

    def best(self, start: int, end: int) -> BestSpan | None:
        """Return the best span between two offsets; None where no likely one is."""
        inside = np.flatnonzero(self._inside(start, end))
        if not len(inside):
            return None
        f1 = self._f1(inside)
        expected = f1 @ self._probabilities
        chances = (f1 >= RIGHT_F1) @ self._probabilities
        at = int(np.argmax(expected + _CHANCE_WEIGHT * chances))
        first, last = self._first[inside[at]], self._last[inside[at]]
        left, right = trimmed(self._text, int(self._starts[first]), int(self._ends[last]))
        return BestSpan(left, right, float(expected[at]), float(chances[at]), int(last - first + 1))

    def _inside(self, start: int, end: int) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = (self._starts[self._first] >= start) & (
            self._ends[self._last] <= end
        )
        return inside

    def _f1(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the F1 of the words of some spans (rows) against those of all (columns)."""
        first, last = self._first, self._last
        shared = 1 + np.minimum(last[places, None], last) - np.maximum(first[places, None], first)
        lengths = last - first + 1
        f1: NDArray[np.float64] = 2 * np.maximum(shared, 0) / (lengths[places, None] + lengths)
        return f1


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the punctuation at its ends, and without half a pair of brackets.

    Brackets and quotation marks around all of it are taken off, too.
    """
    while start < end:
        first, last, inner = text[start], text[end - 1], text[start + 1 : end - 1]
        if first in _PUNCTUATION or first in _OPENING:
            start += 1
        elif last in _PUNCTUATION or last in _CLOSING:
            end -= 1
        elif first in _CLOSING and _CLOSING[first] not in inner:
            start, end = start + 1, end - (last == _CLOSING[first])
        elif last in _OPENING and _OPENING[last] not in inner:
            end -= 1
        elif first == '"' and text.count('"', start, end) == 1 + (last == '"' and end - start > 1):
            start, end = start + 1, end - (last == '"' and end - start > 1)
        elif last == '"' and text.count('"', start, end) == 1:
            end -= 1
        else:
            break
    return start, end
