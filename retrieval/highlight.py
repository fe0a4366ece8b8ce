"""The answering sentence of a passage."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.contract import TermGroup
from index.persian import index_terms, sentences

# Share of the words in a sentence's score; the rest is closeness in meaning.
_TERM_SHARE = 0.5
# Words decide alone where the next sentence has this share less of what the best one has: meaning
# then turns one choice in a hundred, and encoding takes longer than all the rest of an answer.
_CLEAR_LEAD = 0.3
_FEWEST_WORDS = 2

SentenceEncoder = Callable[[Sequence[str]], NDArray[np.float32]]


def answering_sentences(
    texts: Sequence[str],
    vector: NDArray[np.float32],
    weights: Sequence[tuple[TermGroup, float]],
    encode: SentenceEncoder,
    encoded: int = 1,
) -> list[tuple[int, int]]:
    """Choose the sentence of each passage that answers best.

    In the first passages meaning decides, too, where words leave it open; in the others, words
    alone: encoding sentences takes most of an answer's time.

    Args:
        texts: the passages, best first.
        vector: (dimension,) vector of the question.
        weights: the question's words with how much each tells (their inverse frequency).
        encode: gives (n, dimension) vectors of sentences.
        encoded: how many passages may have their sentences encoded.

    Returns:
        (start, end) offsets of one sentence in each passage, the first where nothing tells; the
        whole of a text without any.
    """
    spans = [_telling(text) for text in texts]
    scores = [_word_scores(text, found, weights) for text, found in zip(texts, spans, strict=True)]
    for at, (text, found) in enumerate(zip(texts[:encoded], spans, strict=False)):
        if not _is_decided(scores[at]):
            meaning = _scaled(encode([text[start:end] for start, end in found]) @ vector)
            scores[at] = _TERM_SHARE * _scaled(scores[at]) + (1 - _TERM_SHARE) * meaning
    return [found[int(np.argmax(one))] for found, one in zip(spans, scores, strict=True)]


def _word_scores(
    text: str, spans: Sequence[tuple[int, int]], weights: Sequence[tuple[TermGroup, float]]
) -> NDArray[np.float64]:
    if len(spans) == 1:
        return np.zeros(1)
    return np.array([matched_weight(set(index_terms(text[a:b])), weights) for a, b in spans])


def _is_decided(scores: NDArray[np.float64]) -> bool:
    if len(scores) == 1:
        return True
    second, best = np.sort(scores)[-2:].tolist()
    return bool(best - second > _CLEAR_LEAD * best)


def _telling(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a text that can answer, at least one: a heading is none."""
    spans = sentences(text) or [(0, len(text))]
    return [span for span in spans if len(text[slice(*span)].split()) >= _FEWEST_WORDS] or spans


def first_sentences(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return (start, end) offsets of the first sentence of each text."""
    return [next(iter(sentences(text)), (0, len(text))) for text in texts]


def matched_weight(present: set[str], weights: Sequence[tuple[TermGroup, float]]) -> float:
    """Return how much of a question's words is among some terms.

    Args:
        present: the terms of a text.
        weights: the question's words with how much each tells.
    """

    def share(group: TermGroup) -> float:
        matching = (o.weight for o in group.alternatives if present.issuperset(o.terms))
        return max(matching, default=0.0)

    return sum(weight * share(group) for group, weight in weights)


def missing_weight(present: set[str], weights: Sequence[tuple[TermGroup, float]]) -> float:
    """Return how much the most telling word tells that is not among some terms; 0 for none."""
    missing = (
        weight for group, weight in weights if not matched_weight(present, [(group, weight)])
    )
    return max(missing, default=0.0)


def _scaled(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.zeros(len(values))
