"""Readings: the words of one index that a Latin word may be, with the trust in each."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from index.search_index import WeightedTerms
from index.text.persian import ZWNJ
from retrieval.crosslingual.transliteration import PhoneticIndex, SoundMatch
from retrieval.crosslingual.vocabulary import Vocabulary, terms_of

MAX_ALTERNATIVES: Final = 6
# A match may cost this much, and so much more for every letter of the word.
_BASE_COST: Final = 0.4
_COST_PER_LETTER: Final = 0.17
_MATCHES: Final = 32
_REMEMBERED: Final = 2**13
_NEAR: Final = 0.6
# How fast trust falls with distance from the best reading.
_SHARPNESS: Final = 1.2
# How fast trust in the best reading itself falls with its cost.
_DOUBT: Final = 0.5
# A silent ه, after which ی and ها are written apart.
_SILENT_END: Final = re.compile("[^اآوی]ه$")
_NOT_PERSIAN: Final = re.compile("[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read a Latin word.

    Attributes:
        persian: the word in Persian script.
        terms: its index terms, all of which the index has.
        cost: how unlike the Latin word it is, less what its frequency speaks for it.
    """

    persian: str
    terms: tuple[str, ...]
    cost: float


class CandidateFinder:
    """Finds the readings of Latin words among the words of an index."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sounds: Sequence[str],
        tails: Mapping[str, tuple[str, float]],
        frequency_weight: float,
        more_words: Iterable[str] = (),
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        """Prepare for an index.

        Args:
            vocabulary: of the index.
            sounds: the spellings to try, each only when the one before found nothing near.
            tails: Latin endings that may follow a word; see `PhoneticIndex.search`.
            frequency_weight: how much a word's frequency, as its logarithm, speaks for it.
            more_words: Persian words in forms that are no terms; those that the index does not
                have under any form are never found.
            left_out: terms that are not to be found.
        """
        self._vocabulary = vocabulary
        self._sounds = sounds
        self._tails = tails
        self._frequency_weight = frequency_weight
        self._left_out = left_out
        stems = (
            term
            for term in vocabulary.frequencies
            if "#" not in term and not _NOT_PERSIAN.search(term)
        )
        self._words = PhoneticIndex((*stems, *more_words))
        # The words of questions come again, and searching for one takes milliseconds.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._find)

    def find(self, latin: str) -> Sequence[Candidate]:
        """Return the readings of what `latin_letters` returns, best first."""
        return self._remembered(latin)

    def _find(self, latin: str) -> tuple[Candidate, ...]:
        limit = _BASE_COST + _COST_PER_LETTER * len(latin)
        found: dict[tuple[str, ...], Candidate] = {}
        nearest = math.inf
        for sounds in self._sounds:
            for match in self._words.search(latin, sounds, self._tails, limit, _MATCHES):
                persian = _written(match)
                terms = terms_of(persian)
                if terms not in self._vocabulary or not self._left_out.isdisjoint(terms):
                    continue
                reading = self.reading(persian, terms, match.cost)
                if terms not in found or reading.cost < found[terms].cost:
                    found[terms] = reading
                nearest = min(nearest, match.cost)
            if nearest < _NEAR:
                break
        return tuple(sorted(found.values(), key=lambda reading: (reading.cost, reading.persian)))

    def reading(self, persian: str, terms: tuple[str, ...], cost: float) -> Candidate:
        """Make a reading of a word that the index has, at a cost."""
        frequency = min(self._vocabulary.frequencies[term] for term in terms)
        return Candidate(persian, terms, cost - self._frequency_weight * math.log(frequency))

    def alternatives(self, readings: Iterable[Candidate]) -> list[WeightedTerms]:
        """Return the best of readings (best first) as alternatives of one query word."""
        best = list(readings)[:MAX_ALTERNATIVES]
        if not best:
            return []
        trust = math.exp(-_DOUBT * max(best[0].cost, 0.0))
        return self._vocabulary.damp_rare_terms(
            (reading.terms, trust * math.exp(_SHARPNESS * (best[0].cost - reading.cost)))
            for reading in best
        )


def _written(match: SoundMatch) -> str:
    apart = match.ending.startswith(("ی", "ها")) and _SILENT_END.search(match.term)
    return match.term + (ZWNJ if apart else "") + match.ending
