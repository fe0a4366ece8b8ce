"""The answering sentence of a passage."""

from collections.abc import Sequence

from index.search_index import SynonymGroup
from index.text.persian import sentences

_FEWEST_WORDS = 2
# Sentences that have this share of what the best one has are as good by their words.
_AS_GOOD = 0.9


def answering_sentence(
    text: str,
    terms: Sequence[frozenset[str]],
    weights: Sequence[tuple[SynonymGroup, float]],
) -> tuple[int, int]:
    """Choose the sentence of a passage that answers best.

    It is the one that has most of the question's words, each by how much it tells, and the longest
    of those that have nearly as much: it says most. Encoding sentences to compare their meanings
    finds no more answers (docs/bench.md), and took longer than all the rest.

    Args:
        text: the passage.
        terms: the index terms of each of its sentences.
        weights: the question's words with how much each tells (their inverse frequency).

    Returns:
        (start, end) offsets of the sentence, the first of equal ones; the whole of a text without
        any.
    """
    found = list(zip(sentences(text), terms, strict=True)) if text.strip() else []
    # A heading of one word answers nothing.
    telling = [(span, own) for span, own in found if _is_telling(text[slice(*span)])] or found
    if not telling:
        return 0, len(text)
    scores = [covered_idf(own, weights) for _, own in telling]
    least = _AS_GOOD * max(scores)
    good = [span for (span, _), score in zip(telling, scores, strict=True) if score >= least]
    return max(good, key=lambda span: span[1] - span[0])


def _is_telling(sentence: str) -> bool:
    return len(sentence.split(maxsplit=_FEWEST_WORDS)) >= _FEWEST_WORDS


def first_sentence(text: str) -> tuple[int, int]:
    """Return (start, end) offsets of the first sentence of a text."""
    return next(iter(sentences(text)), (0, len(text)))


def covered_idf(
    present: set[str] | frozenset[str], weights: Sequence[tuple[SynonymGroup, float]]
) -> float:
    """Return how much of a question's words is among some terms.

    Args:
        present: the terms of a text.
        weights: the question's words with how much each tells.
    """

    def share(group: SynonymGroup) -> float:
        matching = (o.weight for o in group.alternatives if present.issuperset(o.terms))
        return max(matching, default=0.0)

    return sum(weight * share(group) for group, weight in weights)


def max_missing_idf(
    present: set[str] | frozenset[str], weights: Sequence[tuple[SynonymGroup, float]]
) -> float:
    """Return how much the most telling word tells that is not among some terms; 0 for none."""
    missing = (weight for group, weight in weights if not covered_idf(present, [(group, weight)]))
    return max(missing, default=0.0)
