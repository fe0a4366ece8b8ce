"""What a Persian word of a question is searched as: its terms, and other forms of the same word."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from index.search_index import SynonymGroup, WeightedTerms
from index.text.function_words import is_function_word
from index.text.letter_names import latin_acronyms
from index.text.persian import Word, formal_variants, joined_term, plural_variants, split_terms

DocumentFrequency = Callable[[str], int]

# A spoken form may just as well be a word of its own, and so may a plural.
_FORMAL_WEIGHT: Final = 0.8
_PLURAL_WEIGHT: Final = 0.7
_JOINED_WEIGHT: Final = 0.9
# A word that the index lacks may be two words of it, of so many letters together at least.
_SHORTEST_COMPOUND: Final = 6
_SHORTEST_PART: Final = 2
# «و زیر» is no وزیر.
_NEVER_JOINED: Final = frozenset({"و"})


def word_groups(
    words: Sequence[Word], document_frequency: DocumentFrequency
) -> list[tuple[SynonymGroup, ...]]:
    """Return the groups of synonyms that each word of a question is searched as.

    A word is one group; a compound tied by ZWNJ has one for each of its parts, the first of which
    may also be the compound in one piece. Two words may be a compound that was typed apart, and a
    word that the index lacks one that was typed in one piece.

    Args:
        words: of the question, in order.
        document_frequency: of an index term in the index that is to be searched.
    """
    joined: list[list[str]] = [[] for _ in words]
    for at, (first, second) in enumerate(pairwise(words)):
        if (term := _joined(first, second)) and document_frequency(term):
            joined[at].append(term)
            joined[at + 1].append(term)
    return [
        tuple(
            _with(group, [WeightedTerms((term,), _JOINED_WEIGHT) for term in terms])
            for group in _groups(word, document_frequency)
        )
        for word, terms in zip(words, joined, strict=True)
    ]


def _groups(word: Word, document_frequency: DocumentFrequency) -> list[SynonymGroup]:
    if len(word.terms) > 1:
        first, *others = word.terms
        return [
            SynonymGroup((WeightedTerms((first,)), WeightedTerms((word.joined,)))),
            *(SynonymGroup((WeightedTerms((term,)),)) for term in others),
        ]
    ways = [
        *((term, _FORMAL_WEIGHT) for term in _formal_variants(word.text)),
        *((term, _PLURAL_WEIGHT) for term in plural_variants(word.terms[0])),
        *((term, 1.0) for term in latin_acronyms(word.text)),
    ]
    group = _with(
        SynonymGroup((WeightedTerms(word.terms),)),
        [WeightedTerms((term,), weight) for term, weight in ways],
    )
    if any(document_frequency(option.terms[0]) for option in group.alternatives):
        return [group]
    parts = _parts(word, document_frequency)
    return [_with(group, [WeightedTerms(parts, _JOINED_WEIGHT)] if parts else [])]


# Words of questions repeat.
_formal_variants = lru_cache(maxsize=2**12)(formal_variants)


def _joined(first: Word, second: Word) -> str | None:
    """Return the term of two words in one piece, or None where they cannot be a compound."""
    if second.start != first.start + len(first.text) + 1 or first.text in _NEVER_JOINED:
        return None
    if is_function_word(first.text) and is_function_word(second.text):
        return None
    if not (first.text.isalpha() and second.text.isalpha()):
        return None
    return joined_term(first.text, second.text)


def _parts(word: Word, document_frequency: DocumentFrequency) -> tuple[str, ...]:
    """Return the terms of the two words of the index that make up a word; empty for none."""
    if len(word.text) < _SHORTEST_COMPOUND or not word.text.isalpha() or word.text.isascii():
        return ()
    best: tuple[str, ...] = ()
    most = 0
    for at in range(_SHORTEST_PART, len(word.text) - _SHORTEST_PART + 1):
        terms = split_terms(word.text, at)
        least = min(map(document_frequency, terms), default=0)
        if least > most:
            best, most = terms, least
    return best


def _with(group: SynonymGroup, more: Sequence[WeightedTerms]) -> SynonymGroup:
    """Return a group with more alternatives, each terms once."""
    found = {option.terms: option for option in group.alternatives}
    for option in more:
        found.setdefault(option.terms, option)
    return SynonymGroup(tuple(found.values()))
