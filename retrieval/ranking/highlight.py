"""The answering sentence of a passage."""

from collections.abc import Sequence

from index.search_index import SynonymGroup
from index.text.persian import sentences
from retrieval.ranking.spans import SpanDistribution

_FEWEST_WORDS = 2
# Sentences whose score is this much below the best one's count as equally good.
_AS_GOOD = 0.1
# Of the probability that the answer is in a sentence, beside the share of covered IDF.
_ANSWER_WEIGHT = 0.6


def answering_sentence(
    text: str,
    terms: Sequence[frozenset[str]],
    weights: Sequence[tuple[SynonymGroup, float]],
    answers: SpanDistribution | None = None,
) -> tuple[int, int]:
    """Choose the sentence of a passage that answers best.

    It is the one with the highest covered IDF, as a share of the highest, plus the probability
    that the answer is in it; of those with nearly as much, the longest, which says most. Comparing
    the vectors of sentences finds no more answers (docs/bench.md), and took longer than all the
    rest.

    Args:
        text: the passage.
        terms: the index terms of each of its sentences.
        weights: the question's words with their IDF.
        answers: where the answer may be; None: not known.

    Returns:
        (start, end) offsets of the sentence, the first of equal ones; the whole of a text without
        any.
    """
    found = list(zip(sentences(text), terms, strict=True)) if text.strip() else []
    # A heading of one word answers nothing.
    candidates = [one for one in found if _is_long_enough(text[slice(*one[0])])] or found
    if not candidates:
        return 0, len(text)
    covered = [covered_idf(own, weights) for _, own in candidates]
    most = max(covered) or 1.0
    scores = [one / most for one in covered]
    if answers is not None:
        for at, (span, _) in enumerate(candidates):
            scores[at] += _ANSWER_WEIGHT * answers.within(*span)
    least = max(scores) - _AS_GOOD
    good = [span for (span, _), score in zip(candidates, scores, strict=True) if score >= least]
    return max(good, key=lambda span: span[1] - span[0])


def _is_long_enough(sentence: str) -> bool:
    return len(sentence.split(maxsplit=_FEWEST_WORDS)) >= _FEWEST_WORDS


def first_sentence(text: str) -> tuple[int, int]:
    """Return (start, end) offsets of the first sentence of a text."""
    return next(iter(sentences(text)), (0, len(text)))


def covered_idf(
    present: set[str] | frozenset[str], weights: Sequence[tuple[SynonymGroup, float]]
) -> float:
    """Return the summed IDF of a question's words that are among some terms.

    Args:
        present: the terms of a text.
        weights: the question's words with their IDF.
    """
    return sum(weight * _share(present, group) for group, weight in weights)


def max_missing_idf(
    present: set[str] | frozenset[str], weights: Sequence[tuple[SynonymGroup, float]]
) -> float:
    """Return the highest IDF of a question's words that are not among some terms; 0 for none."""
    missing = (weight for group, weight in weights if not _share(present, group))
    return max(missing, default=0.0)


def _share(present: set[str] | frozenset[str], group: SynonymGroup) -> float:
    """Return the weight of the best alternative of a word that is among some terms; 0 for none."""
    best = 0.0
    for option in group.alternatives:
        if option.weight > best and present.issuperset(option.terms):
            best = option.weight
    return best
