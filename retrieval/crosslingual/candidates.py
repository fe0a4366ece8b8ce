"""Candidates: the words of one index that a Latin word may stand for, each with a weight."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from index.search_index import WeightedTerms
from index.text.persian import ZWNJ
from index.weak_methods import remembering
from retrieval.crosslingual.phonetic_index import PhoneticIndex, SearchBudget, SoundMatch
from retrieval.crosslingual.vocabulary import Vocabulary, terms_of

MAX_ALTERNATIVES: Final = 6
# Highest cost of a match: a constant, and an amount for every letter of the word.
_BASE_COST: Final = 0.4
_COST_PER_LETTER: Final = 0.17
_MATCHES: Final = 32
# Longer words are no names.
_LONGEST: Final = 20
# For all words of a question; the last of them may take more. With 6,500, two of the 432 questions
# of the development file have words left over; a long word that sounds like nothing takes 8,000.
_MOVES_OF_QUESTION: Final = 10_000
_REMEMBERED: Final = 2**13
_NEAR: Final = 0.6
# How fast the weight falls with the cost beyond that of the best candidate.
_SHARPNESS: Final = 1.2
# How fast the weight of the best candidate falls with its cost.
_DOUBT: Final = 0.5
# A silent ه, after which ی and ها are written apart.
_SILENT_END: Final = re.compile("[^اآوی]ه$")
_NOT_PERSIAN: Final = re.compile("[a-z0-9]")


def question_budget() -> SearchBudget:
    """Return what the words of one question may cost together."""
    return SearchBudget(_MOVES_OF_QUESTION)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word of the index that a Latin word may stand for.

    Attributes:
        persian: the word in Persian script.
        terms: its index terms, all of which the index has.
        cost: distance from the Latin word, minus a discount for its frequency.
    """

    persian: str
    terms: tuple[str, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class _Found:
    """The candidates for a word, best first, and the moves that were looked at for them.

    Attributes:
        candidates: the candidates.
        alternatives: the best of them, as `CandidateFinder.alternatives` weighs them.
        moves: what they count in a `SearchBudget`.
    """

    candidates: tuple[Candidate, ...] = ()
    alternatives: tuple[WeightedTerms, ...] = ()
    moves: int = 0


class CandidateFinder:
    """Finds candidates for Latin words among the words of an index."""

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
            frequency_weight: discount per unit of the logarithm of a word's frequency.
            more_words: Persian words in forms that are no terms; those whose terms the index lacks
                are never found.
            left_out: terms that are never candidates.
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
        # Words of questions repeat, and each search takes milliseconds.
        self._cached_find = remembering(self._find, _REMEMBERED)

    def find(self, latin: str, budget: SearchBudget) -> Sequence[Candidate]:
        """Return the candidates for a word from `latin_letters`, best first.

        Args:
            latin: the word.
            budget: of the question that has it; a word that comes when nothing is left has none.
        """
        return self._find_within(budget, latin).candidates

    def find_alternatives(self, latin: str, budget: SearchBudget) -> Sequence[WeightedTerms]:
        """Return the best candidates for a word as alternatives; the arguments are `find`'s."""
        return self._find_within(budget, latin).alternatives

    def _find_within(self, budget: SearchBudget, latin: str) -> _Found:
        if budget.left <= 0:
            return _Found()
        found = self._cached_find(latin)
        # A word that is remembered counts like one that is searched for: the same question gets
        # the same answer again.
        budget.left -= found.moves
        return found

    def _find(self, latin: str) -> _Found:
        budget = SearchBudget(0)
        if len(latin) > _LONGEST:
            return _Found()
        limit = _BASE_COST + _COST_PER_LETTER * len(latin)
        found: dict[tuple[str, ...], Candidate] = {}
        nearest = math.inf
        for sounds in self._sounds:
            for match in self._words.search(latin, sounds, self._tails, limit, _MATCHES, budget):
                persian = _written(match)
                terms = terms_of(persian)
                if terms not in self._vocabulary or not self._left_out.isdisjoint(terms):
                    continue
                candidate = self.candidate(persian, terms, match.cost)
                if terms not in found or candidate.cost < found[terms].cost:
                    found[terms] = candidate
                nearest = min(nearest, match.cost)
            if nearest < _NEAR:
                break
        best = sorted(found.values(), key=lambda one: (one.cost, one.persian))
        return _Found(tuple(best), tuple(self.alternatives(best)), -budget.left)

    def candidate(self, persian: str, terms: tuple[str, ...], cost: float) -> Candidate:
        """Return a word of the index as a candidate, its frequency discounted from its cost."""
        frequency = min(self._vocabulary.frequencies[term] for term in terms)
        return Candidate(persian, terms, cost - self._frequency_weight * math.log(frequency))

    def alternatives(self, candidates: Iterable[Candidate]) -> list[WeightedTerms]:
        """Return the best of some candidates (best first) as alternatives of one query word."""
        best = list(candidates)[:MAX_ALTERNATIVES]
        if not best:
            return []
        weight = math.exp(-_DOUBT * max(best[0].cost, 0.0))
        return self._vocabulary.damp_rare_terms(
            (one.terms, weight * math.exp(_SHARPNESS * (best[0].cost - one.cost))) for one in best
        )


def _written(match: SoundMatch) -> str:
    apart = match.ending.startswith(("ی", "ها")) and _SILENT_END.search(match.term)
    return match.term + (ZWNJ if apart else "") + match.ending
