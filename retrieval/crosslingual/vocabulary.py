"""The words of one opened index: how often they occur, and Persian words as their terms."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from index.search_index import SynonymGroup, WeightedTerms
from index.text.persian import words

# How far a rare word is held back against the most usual one of a group; 1 takes all that its
# rarity would add to its score.
_LEVELLING: Final = 0.4


class Vocabulary:
    """Terms with their document frequencies."""

    def __init__(self, frequencies: Sequence[tuple[str, int]], passages: int) -> None:
        """Take an index's terms with their document frequencies, and how many passages it has."""
        self.frequencies: Mapping[str, int] = dict(frequencies)
        self._passages = max(passages, 1)

    def __contains__(self, terms: tuple[str, ...]) -> bool:
        return bool(terms) and all(term in self.frequencies for term in terms)

    def idf(self, term: str) -> float:
        """Return a term's inverse document frequency, as BM25 has it."""
        frequency = self.frequencies.get(term, 0)
        return math.log(1 + max(self._passages - frequency + 0.5, 0) / (frequency + 0.5))

    def damp_rare_terms(
        self, options: Iterable[tuple[tuple[str, ...], float]]
    ) -> list[WeightedTerms]:
        """Make alternatives of those options that the index has.

        A rare word would otherwise score far above the usual one, only for being rare.

        Args:
            options: terms that must all occur, and the trust in them.
        """
        found: dict[tuple[str, ...], float] = {}
        for terms, weight in options:
            if terms in self:
                found[terms] = max(weight, found.get(terms, 0.0))
        tells = {terms: sum(map(self.idf, terms)) for terms in found}
        usual = min(tells.values(), default=0.0)
        return [
            WeightedTerms(terms, round(weight * (usual / tells[terms]) ** _LEVELLING, 3))
            for terms, weight in found.items()
        ]

    def group(self, source: str, alternatives: Sequence[WeightedTerms]) -> SynonymGroup:
        """Return what a word is searched as: its alternatives, and as it was typed.

        Archives have words in Latin letters too. A word that the index knows in no form stays in
        the question: that it is missing speaks against an answer.
        """
        typed = terms_of(source)
        known = {alternative.terms for alternative in alternatives}
        if typed and typed not in known and (typed in self or not known):
            return SynonymGroup((*alternatives, WeightedTerms(typed)))
        return SynonymGroup(tuple(alternatives))


@lru_cache(maxsize=2**15)
def terms_of(persian: str) -> tuple[str, ...]:
    """Return the index terms of Persian words, each once."""
    return tuple(dict.fromkeys(term for word in words(persian) for term in word.terms))
