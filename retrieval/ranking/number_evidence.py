"""Numbers of a question that an article has, or that it contradicts."""

from collections.abc import Sequence
from itertools import chain

from index.dates import calendar_of
from index.search_index import PassageTerms, SynonymGroup
from index.text.numbers import NumberKind, term_kind

# Ranks are left out: they are also in names, «جنگ جهانی دوم», and in days of months.
_COMPARED = frozenset((NumberKind.CARDINAL, NumberKind.PERCENT, NumberKind.SCORE))


def number_support(
    passages: Sequence[PassageTerms], weights: Sequence[tuple[SynonymGroup, float]]
) -> float:
    """Return the share of a question's IDF in numbers that an article has, minus contradicted ones.

    It has a number if a sentence has it together with the question's next word, or with the one
    before. It contradicts one that it has nowhere, if a sentence has another number of that kind
    together with that word: "1,200 workers" for "1500 workers". Years are not compared.

    Args:
        passages: the terms of the article's passages.
        weights: the question's words in their order, with their IDF.

    Returns:
        A number in [-1, 1]; 0 for a question without numbers.
    """
    groups = [group for group, _ in weights]
    numbers = {at: kind for at, group in enumerate(groups) if (kind := _kind(group))}
    total = sum(idf for _, idf in weights)
    if not numbers or not passages or not total:
        return 0.0
    sentences = [passages[0].title, *chain.from_iterable(one.sentences for one in passages)]
    support = 0.0
    for at, kind in numbers.items():
        beside = _beside(at, groups, frozenset(numbers))
        if beside is None:
            continue
        about = [sentence for sentence in sentences if _has(sentence, groups[beside])]
        if any(_has(sentence, groups[at]) for sentence in about):
            support += weights[at][1]
        elif any(_is_like(term, kind) for sentence in about for term in sentence) and not any(
            _has(sentence, groups[at]) for sentence in sentences
        ):
            support -= weights[at][1]
    return support / total


def _kind(group: SynonymGroup) -> NumberKind | None:
    """Return the kind of number that a word of a question is; None for what is not compared."""
    first = group.alternatives[0].terms
    kind = term_kind(first[0]) if len(first) == 1 else None
    return kind if kind in _COMPARED and _is_like(first[0], kind) else None


def _is_like(term: str, kind: NumberKind) -> bool:
    if term_kind(term) is not kind:
        return False
    return kind is not NumberKind.CARDINAL or "." in term or calendar_of(int(term)) is None


def _beside(at: int, groups: Sequence[SynonymGroup], numbers: frozenset[int]) -> int | None:
    """Return the place of the word after a number, of the one before if there is none, or None."""
    places = (near for near in (at + 1, at - 1) if 0 <= near < len(groups) and near not in numbers)
    return next(places, None)


def _has(terms: frozenset[str], group: SynonymGroup) -> bool:
    return any(terms.issuperset(option.terms) for option in group.alternatives)
