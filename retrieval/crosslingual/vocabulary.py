"""The vocabulary of one opened index: its terms with their document frequencies."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from index.search_index import SynonymGroup, WeightedTerms
from index.text.persian import words

# How much the extra IDF of a rare alternative is damped; 1 removes all of it.
_DAMPING: Final = 0.4


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
        """Return those options that the index has as weighted alternatives.

        A rare word would otherwise score far above the usual one, only because it is rare.

        Args:
            options: terms that must all occur, each with a weight.
        """
        found: dict[tuple[str, ...], float] = {}
        for terms, weight in options:
            if terms in self:
                found[terms] = max(weight, found.get(terms, 0.0))
        idf = {terms: sum(map(self.idf, terms)) for terms in found}
        usual = min(idf.values(), default=0.0)
        return [
            WeightedTerms(terms, round(weight * (usual / idf[terms]) ** _DAMPING, 3))
            for terms, weight in found.items()
        ]

    def group(self, source: str, alternatives: Sequence[WeightedTerms]) -> SynonymGroup:
        """Return a word as a group of synonyms: its alternatives, and the word as it was typed.

        Archives have words in Latin letters too. A word that the index lacks in every form stays
        in the query, so that it counts against an answer.
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
