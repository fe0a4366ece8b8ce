"""Slips of the finger: words that the archive does not have, and the nearest that it has."""

import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Protocol

from index.search_index import SearchIndex, SynonymGroup, WeightedTerms
from index.text.persian import ZWNJ, dictionary_words, words
from retrieval.crosslingual.finglish import QueryTerm, conjugated_forms
from retrieval.crosslingual.lexicon import news_lexicon
from retrieval.crosslingual.nearest_words import NearestWords, allowed_slips, typing_cost
from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.crosslingual.vocabulary import terms_of
from retrieval.query.query import ENGLISH, PERSIAN, Correction, Query

_TOKEN: Final = re.compile(rf"[^\W\d_]+(?:{ZWNJ}+[^\W\d_]+)*")
# What stands in quotation marks is meant as it is.
_QUOTED: Final = re.compile('«[^»]*»|"[^"]*"|“[^”]*”|„[^“”]*[“”]')
_NO_STEM: Final = re.compile("[#a-z0-9%.-]")
# A corrected word weighs less, the more its slips cost.
_DOUBT: Final = 0.3
# How much a frequent word is preferred, per unit of the logarithm of its frequency, and a word of
# a dictionary to a stem that no dictionary has.
_FREQUENCY_WEIGHT: Final = 0.05
_LISTED_DISCOUNT: Final = 0.25
# Other words that are nearly as near are searched for too.
_NEARLY: Final = 0.3
_MOST_OTHERS: Final = 2
_SUFFIXES: Final = (
    "ها های هایی هایم هایت هایش هایمان هایتان هایشان ترین تر مان تان شان ان ات ی ای".split()
)
_LONGEST: Final = 40
_REMEMBERED: Final = 2**12


@dataclass(frozen=True, slots=True)
class MeantWord:
    """A known word that may have been meant by an unknown one.

    Attributes:
        word: as it goes into the question.
        cost: of the slips between the two, the likelier words' lowered.
    """

    word: str
    cost: float


class _Speller(Protocol):
    """Knows the words of one language."""

    def knows(self, word: str) -> bool:
        """Return whether a word needs no correction."""

    def meant(self, word: str) -> Sequence[MeantWord]:
        """Return the words that may have been meant by an unknown one, likeliest first."""


class SpellingCorrector:
    """Corrects the words of questions that one opened index does not have.

    Words that it has cost no more than a look at their frequency; what is near the others is looked
    up in dictionaries that are made when they are first needed.
    """

    def __init__(self, index: SearchIndex, translator: Callable[[], QueryTranslator]) -> None:
        """Correct by the words of `index`; `translator` is called for English questions."""
        self._translator = translator
        self._persian = _PersianSpeller(index)
        self._lock = threading.Lock()
        self._english: _EnglishSpeller | None = None

    def correct(self, query: Query, parse: Callable[[str], Query | None]) -> Query:
        """Return a query in which unknown words are searched for as the nearest known ones.

        Persian in Latin letters comes back as it is: its words are matched by sound.

        Args:
            query: the query.
            parse: parses a text as the query was parsed.
        """
        if query.language == PERSIAN:
            if all(map(self._persian.has_group, query.groups)):
                return query
            speller: _Speller = self._persian
        elif query.language == ENGLISH:
            speller = self._english_speller()
        else:
            return query
        found = list(_corrections(query.text, speller))
        if not found:
            return query
        corrected = parse(_replaced(query.text, found))
        if corrected is None or corrected.language != query.language:
            return query
        meant = {key: best for _, [best, *_] in found for key in _sources(best.word)}
        others = {best.word: rest for _, [best, *rest] in found}
        return replace(
            corrected,
            words=tuple(_doubted(word, meant, others) for word in corrected.words),
            corrections=tuple(Correction(token.group(), best.word) for token, [best, *_] in found),
        )

    def _english_speller(self) -> "_EnglishSpeller":
        with self._lock:
            if self._english is None:
                self._english = _EnglishSpeller(self._translator())
            return self._english


class _PersianSpeller:
    """The Persian words of one index: dictionary words, verb forms and stems."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._lock = threading.Lock()
        self._nearest: NearestWords | None = None
        self._meant = lru_cache(maxsize=_REMEMBERED)(self._find)

    def has_group(self, group: SynonymGroup) -> bool:
        """Return whether the index has a word of a question in any form."""
        return any(all(map(self._index.has_term, one.terms)) for one in group.alternatives)

    def knows(self, word: str) -> bool:
        """Return whether the index or a dictionary has a word, or all parts of a compound."""
        for one in words(word):
            joined = one.text.replace(ZWNJ, "")
            if joined in dictionary_words() or self._index.has_term(one.joined):
                continue
            if not all(map(self._index.has_term, one.terms)):
                return False
        return True

    def meant(self, word: str) -> Sequence[MeantWord]:
        """Return the words of the index that may have been meant, likeliest first."""
        return self._meant(word)

    def _find(self, word: str) -> Sequence[MeantWord]:
        if ZWNJ in word and (compound := self._compound(word)) is not None:
            return (compound,)
        text = "".join(one.text for one in words(word)).replace(ZWNJ, "")
        if not allowed_slips(text):
            return ()
        best: dict[str, MeantWord] = {}
        for candidate in self._candidates(text):
            known = best.get(candidate.word)
            if known is None or candidate.cost < known.cost:
                best[candidate.word] = candidate
        return tuple(sorted(best.values(), key=lambda one: (one.cost, one.word)))

    def _compound(self, word: str) -> MeantWord | None:
        """Return a compound whose unknown parts are corrected each by itself, or None."""
        parts, cost = [], 0.0
        for part in word.split(ZWNJ):
            if allowed_slips(part) and not self.knows(part):
                near = self._meant(part)
                if not near:
                    return None
                part, cost = near[0].word, cost + near[0].cost
            parts.append(part)
        meant = ZWNJ.join(parts)
        return MeantWord(meant, cost) if meant != word else None

    def _candidates(self, text: str) -> Iterator[MeantWord]:
        dictionary = self._dictionary()
        for near in dictionary.near(text):
            yield from self._known(near.word, near.cost)
        # The ending that was stripped is right, or the word before the ending is.
        stem = terms_of(text)[0]
        if stem != text and text.startswith(stem):
            for near in dictionary.near(stem):
                yield from self._known(near.word + text[len(stem) :], near.cost)
        for at in range(len(text) - 1, 2, -1):
            if text[:at] in dictionary:
                for suffix in _SUFFIXES:
                    if (cost := typing_cost(text[at:], suffix)) <= 1:
                        yield from self._known(text[:at] + suffix, cost)

    def _known(self, word: str, cost: float) -> Iterator[MeantWord]:
        """Yield a word with its cost, if the index has it."""
        terms = terms_of(word)
        if terms and all(map(self._index.has_term, terms)):
            frequency = min(map(self._index.document_frequency, terms))
            cost -= _FREQUENCY_WEIGHT * math.log(1 + frequency)
            yield MeantWord(word, cost - _LISTED_DISCOUNT * (word in dictionary_words()))

    def _dictionary(self) -> NearestWords:
        with self._lock:
            if self._nearest is None:
                terms = [term for term, _ in self._index.vocabulary() if len(term) <= _LONGEST]
                verbs = (form for term in terms if "#" in term for form in conjugated_forms(term))
                stems = (term for term in terms if not _NO_STEM.search(term))
                names = news_lexicon().persian_words()
                self._nearest = NearestWords([*dictionary_words(), *names, *verbs, *stems])
            return self._nearest


class _EnglishSpeller:
    """English words that the lexicon translates."""

    def __init__(self, translator: QueryTranslator) -> None:
        self._translator = translator
        self._nearest = NearestWords(news_lexicon().inflected_words())
        self._meant = lru_cache(maxsize=_REMEMBERED)(self._find)

    def knows(self, word: str) -> bool:
        """Return whether the lexicon or the index has a word, or a name that sounds like it."""
        return self._translator.knows(word)

    def meant(self, word: str) -> Sequence[MeantWord]:
        """Return the lexicon's words that may have been meant, likeliest first."""
        return self._meant(word)

    def _find(self, word: str) -> Sequence[MeantWord]:
        found = [
            MeantWord(
                near.word.capitalize() if word[0].isupper() else near.word,
                near.cost - _FREQUENCY_WEIGHT * math.log(1 + self._translator.frequency(near.word)),
            )
            for near in self._nearest.near(word.casefold())
        ]
        return tuple(sorted(found, key=lambda one: (one.cost, one.word))[:1])


_Found = tuple[re.Match[str], Sequence[MeantWord]]


def _corrections(text: str, speller: _Speller) -> Iterator[_Found]:
    """Yield the unknown words of a text with those that may have been meant, likeliest first."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    for token in _TOKEN.finditer(text):
        word = token.group()
        if not allowed_slips(word) or len(word) > _LONGEST or speller.knows(word):
            continue
        if any(start <= token.start() < end for start, end in quoted):
            continue
        if meant := speller.meant(word):
            yield token, meant


def _replaced(text: str, found: Sequence[_Found]) -> str:
    for token, [best, *_] in reversed(found):
        text = text[: token.start()] + best.word + text[token.end() :]
    return text


def _sources(word: str) -> set[str]:
    """Return the forms in which a corrected word may be the source of a query term."""
    return {word, *(one.text for one in words(word))}


def _doubted(
    word: QueryTerm, meant: dict[str, MeantWord], others: dict[str, list[MeantWord]]
) -> QueryTerm:
    """Return a word with less weight if it is a corrected one, and what else may be meant."""
    best = meant.get(word.source)
    if best is None:
        return word
    doubt = math.exp(-_DOUBT * max(best.cost, 0.0))
    alternatives = [
        WeightedTerms(one.terms, round(doubt * one.weight, 3)) for one in word.group.alternatives
    ]
    known = {one.terms for one in alternatives}
    for other in others.get(best.word, [])[:_MOST_OTHERS]:
        terms = terms_of(other.word)
        if other.cost - best.cost < _NEARLY and terms not in known:
            weight = round(doubt * math.exp(best.cost - other.cost), 3)
            alternatives.append(WeightedTerms(terms, weight))
    return replace(word, group=SynonymGroup(tuple(alternatives)))
