"""The answering sentence of a passage."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.contract import TermGroup
from index.persian import index_terms, sentences

# Share of the words in a sentence's score; the rest is closeness in meaning.
_TERM_SHARE = 0.5

SentenceEncoder = Callable[[Sequence[str]], NDArray[np.float32]]


def answering_sentences(
    texts: Sequence[str],
    vector: NDArray[np.float32],
    weights: Sequence[tuple[TermGroup, float]],
    encode: SentenceEncoder,
) -> list[tuple[int, int]]:
    """Choose the sentence of each passage that answers best.

    Args:
        texts: the passages.
        vector: (dimension,) vector of the question.
        weights: the question's words with how much each tells (their inverse frequency).
        encode: gives (n, dimension) vectors of sentences.

    Returns:
        (start, end) offsets of one sentence in each passage; the whole of a text without any.
    """
    spans = [sentences(text) or [(0, len(text))] for text in texts]
    words = [
        _scaled([matched_weight(set(index_terms(text[a:b])), weights) for a, b in found])
        for text, found in zip(texts, spans, strict=True)
    ]
    # Encoding sentences takes most of the time of an answer: it is done where it matters most, for
    # the best passage, and where words do not tell.
    open_choices = [
        at
        for at, found in enumerate(spans)
        if len(found) > 1 and (at == 0 or np.count_nonzero(words[at] == words[at].max()) > 1)
    ]
    vectors = encode([texts[at][start:end] for at in open_choices for start, end in spans[at]])
    scores = dict(enumerate(words))
    taken = 0
    for at in open_choices:
        meaning = _scaled((vectors[taken : taken + len(spans[at])] @ vector).tolist())
        taken += len(spans[at])
        scores[at] = _TERM_SHARE * words[at] + (1 - _TERM_SHARE) * meaning
    return [found[int(np.argmax(scores[at]))] for at, found in enumerate(spans)]


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


def _scaled(scores: Sequence[float]) -> NDArray[np.float64]:
    values = np.array(scores)
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.zeros(len(values))
