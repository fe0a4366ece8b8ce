"""The answering sentence of a passage."""

from collections.abc import Sequence

from index.contract import TermGroup
from index.persian import index_terms, sentences

_FEWEST_WORDS = 2
# Sentences that have this share of what the best one has are as good by their words.
_AS_GOOD = 0.9


def answering_sentences(
    texts: Sequence[str], weights: Sequence[tuple[TermGroup, float]]
) -> list[tuple[int, int]]:
    """Choose the sentence of each passage that answers best.

    It is the one that has most of the question's words, each by how much it tells, and the longest
    of those that have nearly as much: it says most. Encoding sentences to compare their meanings
    finds no more answers (docs/bench.md), and took longer than all the rest.

    Args:
        texts: the passages.
        weights: the question's words with how much each tells (their inverse frequency).

    Returns:
        (start, end) offsets of one sentence in each passage, the first of equal ones; the whole of
        a text without any.
    """
    return [_answering(text, weights) for text in texts]


def _answering(text: str, weights: Sequence[tuple[TermGroup, float]]) -> tuple[int, int]:
    spans = _telling(text)
    if len(spans) == 1:
        return spans[0]
    scores = [matched_weight(set(index_terms(text[a:b])), weights) for a, b in spans]
    least = _AS_GOOD * max(scores)
    good = [span for span, score in zip(spans, scores, strict=True) if score >= least]
    return max(good, key=lambda span: span[1] - span[0])


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
