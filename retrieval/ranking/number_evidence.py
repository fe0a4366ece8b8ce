"""Numbers of a question that an article contradicts."""

from collections.abc import Sequence
from itertools import chain

from index.dates import calendar_of
from index.search_index import PassageTerms, SynonymGroup
from index.text.numbers import NumberKind, term_kind

# Ranks are left out: they are also in names, «جنگ جهانی دوم», and in days of months.
_COMPARED = frozenset((NumberKind.CARDINAL, NumberKind.PERCENT, NumberKind.SCORE))


def contradicts_number(passages: Sequence[PassageTerms], groups: Sequence[SynonymGroup]) -> bool:
    """Return whether an article has another number where a question has one.

    It does when none of its sentences has the question's number, and one has another number of
    that kind together with the question's next word, or the one before: "1,200 workers" for
    "1500 workers". Years are no such numbers.

    Args:
        passages: the terms of the article's passages.
        groups: the question's words in their order.
    """
    numbers = [(at, kind) for at, group in enumerate(groups) if (kind := _kind(group))]
    if not numbers or not passages:
        return False
    sentences = [passages[0].title, *chain.from_iterable(one.sentences for one in passages)]
    present = frozenset().union(*sentences)
    places = {at for at, _ in numbers}
    for at, kind in numbers:
        beside = next((near for near in (at + 1, at - 1) if _is_word(near, groups, places)), None)
        if beside is None or _has(present, groups[at]):
            continue
        for sentence in sentences:
            if _has(sentence, groups[beside]) and any(_is_like(term, kind) for term in sentence):
                return True
    return False


def _kind(group: SynonymGroup) -> NumberKind | None:
    """Return the kind of number that a word of a question is; None for what is not compared."""
    first = group.alternatives[0].terms
    kind = term_kind(first[0]) if len(first) == 1 else None
    return kind if kind in _COMPARED and _is_like(first[0], kind) else None


def _is_like(term: str, kind: NumberKind) -> bool:
    if term_kind(term) is not kind:
        return False
    return kind is not NumberKind.CARDINAL or "." in term or calendar_of(int(term)) is None


def _is_word(at: int, groups: Sequence[SynonymGroup], numbers: set[int]) -> bool:
    return 0 <= at < len(groups) and at not in numbers


def _has(terms: frozenset[str], group: SynonymGroup) -> bool:
    return any(terms.issuperset(option.terms) for option in group.alternatives)
