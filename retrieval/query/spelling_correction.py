"""Slips of the finger: words that the archive does not have, and the nearest that it has."""

import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final, Protocol

from index.search_index import SearchIndex, SynonymGroup, WeightedTerms
from index.text.persian import ZWNJ, dictionary_words, words
from index.weak_methods import remembering
from retrieval.crosslingual.candidates import question_budget
from retrieval.crosslingual.finglish import QueryTerm, conjugated_forms
from retrieval.crosslingual.lexicon import news_lexicon
from retrieval.crosslingual.nearest_words import NearestWords, allowed_slips, typing_cost
from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.crosslingual.vocabulary import terms_of
from retrieval.query.query import ENGLISH, PERSIAN, Correction, Query

_TOKEN: Final = re.compile(rf"[^\W\d_]+(?:{ZWNJ}+[^\W\d_]+)*")
# What stands in quotation marks is meant as it is.
_QUOTED: Final = re.compile('«[^»]*»|"[^"]*"|“[^”]*”|„[^“”]*[“”]')
_VERB_PREFIX: Final = re.compile(r"^(ن?می)(?=..)")
# Of two words in one piece.
_SHORTEST_PART: Final = 3
_NO_STEM: Final = re.compile("[#a-z0-9%.-]")
# A corrected word weighs less, the more its slips cost.
_DOUBT: Final = 0.3
_LEAST_COST: Final = 0.25
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
# Passages that the word of a stem is looked for in.
_READ_PASSAGES: Final = 3
# The highest cost by the length of a word: a short name that the archive lacks is soon like another
# word, and a letter that is on no near key is seldom a slip.
_HIGHEST_COSTS: Final = ((6, 0.5), (8, 0.8), (100, 1.3))
# In English a capital tells a name, which may just as well be another one, like Rahim and Rahimi.
_NAME_COST: Final = 0.7
_SHORTEST_BEFORE_SUFFIX: Final = 4
_SUFFIX_COST: Final = 0.9
_LONGEST: Final = 40
# Each is compared with tens of thousands of words. A question with more unknown words has no slips,
# but words of another kind; of these the longest are looked up, which tell most.
_MOST_CORRECTED: Final = 8
_MOST_UNKNOWN_PARTS: Final = 2
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

    def unknown(self, query: Query, /) -> Callable[[str], bool]:
        """Return what tells whether a word of a query needs correction."""

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
        if query.language not in (PERSIAN, ENGLISH):
            return query
        persian = query.language == PERSIAN
        found = list(_corrections(query, self._persian if persian else self._english_speller()))
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
        self._meant = remembering(self._find, _REMEMBERED)

    def unknown(self, query: Query) -> Callable[[str], bool]:
        """Return what tells whether neither the index nor a dictionary has a word of a query."""
        sources = {word.source for word in query.words if not self._has_group(word.group)}
        sources = {source for source in sources if not _is_listed(source)}

        def is_unknown(word: str) -> bool:
            return bool(sources) and not sources.isdisjoint(_texts(word))

        return is_unknown

    def _has_group(self, group: SynonymGroup) -> bool:
        return any(
            all(map(self._index.has_term, one.terms)) and _may_be_meant(one.terms)
            for one in group.alternatives
        )

    def meant(self, word: str) -> Sequence[MeantWord]:
        """Return the words of the index that may have been meant, likeliest first."""
        return self._meant(word)

    def _find(self, word: str) -> Sequence[MeantWord]:
        if ZWNJ in word and (compound := self._compound(word)) is not None:
            return (compound,)
        text = "".join(_texts(word)).replace(ZWNJ, "")
        if not allowed_slips(text):
            return ()
        best: dict[str, MeantWord] = {}
        for candidate in self._candidates(text):
            if candidate.cost > _highest_cost(text):
                continue
            known = best.get(candidate.word)
            if known is None or candidate.cost < known.cost:
                best[candidate.word] = candidate
        likeliest = sorted(best.values(), key=lambda one: (one.cost, one.word))[: 1 + _MOST_OTHERS]
        return tuple(replace(one, word=self._written(one.word, text)) for one in likeliest)

    def _compound(self, word: str) -> MeantWord | None:
        """Return a compound whose unknown parts are corrected each by itself, or None."""
        parts, cost = word.split(ZWNJ), 0.0
        unknown = [at for at, part in enumerate(parts) if self._is_unknown_part(part)]
        if not 0 < len(unknown) <= _MOST_UNKNOWN_PARTS:
            return None
        for at in unknown:
            near = self._meant(parts[at])
            if not near:
                return None
            parts[at], cost = near[0].word, cost + near[0].cost
        meant = ZWNJ.join(parts)
        return MeantWord(meant, cost) if meant != word else None

    def _is_unknown_part(self, part: str) -> bool:
        known = _is_listed(part) or all(map(self._index.has_term, terms_of(part)))
        return bool(allowed_slips(part)) and not known

    def _candidates(self, text: str) -> Iterator[MeantWord]:
        dictionary = self._dictionary()
        for near in dictionary.near(text):
            yield from self._known(near.word, near.cost)
        # The ending that was stripped is right, or the word before the ending is.
        stem = terms_of(text)[0]
        if stem != text and text.startswith(stem):
            for near in dictionary.near(stem):
                yield from self._known(near.word + text[len(stem) :], near.cost)
        for at in range(len(text) - 1, _SHORTEST_BEFORE_SUFFIX - 1, -1):
            if text[:at] in dictionary:
                for suffix in _SUFFIXES:
                    if (cost := typing_cost(text[at:], suffix)) <= _SUFFIX_COST:
                        yield from self._known(text[:at] + suffix, cost)

    def _written(self, stem: str, typed: str) -> str:
        """Return the word of a text that has a stem, of several the one nearest to what was typed.

        The encoder knows words, not stems, and so do readers.
        """
        terms = terms_of(stem)
        if any("#" in term for term in terms):
            return _VERB_PREFIX.sub(rf"\1{ZWNJ}", stem)
        if stem in dictionary_words() or terms != (stem,):
            return stem
        group = SynonymGroup((WeightedTerms((stem,)),))
        rows = self._index.search_terms((group,), _READ_PASSAGES, 0.0).rows
        forms = {
            form
            for passage in self._index.passages(rows.tolist())
            for token in _TOKEN.findall(passage.text)
            if (form := token.replace(ZWNJ, "")).startswith(stem) and terms_of(form) == (stem,)
        }
        return min(sorted(forms), key=lambda form: typing_cost(typed, form), default=stem)

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
        self._meant = remembering(self._find, _REMEMBERED)

    def unknown(self, _query: Query) -> Callable[[str], bool]:
        """Return what tells whether neither the lexicon nor the index has a word of a query."""
        budget = question_budget()
        return lambda word: not self._translator.knows(word, budget)

    def meant(self, word: str) -> Sequence[MeantWord]:
        """Return the lexicon's words that may have been meant, likeliest first."""
        return self._meant(word)

    def _find(self, word: str) -> Sequence[MeantWord]:
        found = [
            MeantWord(
                _in_case_of(word, near.word),
                near.cost
                - _FREQUENCY_WEIGHT * math.log(1 + self._translator.frequency(near.word))
                - _LISTED_DISCOUNT * news_lexicon().is_english(near.word),
            )
            for near in _english_words().near(word.casefold())
            if word.islower() or word.isupper() or near.cost <= _NAME_COST
        ]
        likely = [one for one in found if one.cost <= _highest_cost(word)]
        return tuple(sorted(likely, key=lambda one: (one.cost, one.word))[:1])


@cache
def _english_words() -> NearestWords:
    """Return the lexicon's words, which are the same for every index."""
    return NearestWords(news_lexicon().inflected_words())


_Found = tuple[re.Match[str], Sequence[MeantWord]]


def _corrections(query: Query, speller: _Speller) -> Iterator[_Found]:
    """Yield the unknown words of a query with those that may have been meant, likeliest first."""
    unknown = list(_unknown_words(query, speller))
    longest = sorted({token.group() for token in unknown}, key=lambda word: (-len(word), word))
    corrected = frozenset(longest[:_MOST_CORRECTED])
    for token in unknown:
        if token.group() in corrected and (meant := speller.meant(token.group())):
            yield token, meant


def _unknown_words(query: Query, speller: _Speller) -> Iterator[re.Match[str]]:
    """Yield the words of a query that may need correction, in order."""
    quoted = [match.span() for match in _QUOTED.finditer(query.text)]
    is_unknown = speller.unknown(query)
    for token in _TOKEN.finditer(query.text):
        word = token.group()
        if not allowed_slips(word) or len(word) > _LONGEST or not is_unknown(word):
            continue
        if not any(start <= token.start() < end for start, end in quoted):
            yield token


def _highest_cost(word: str) -> float:
    return next(cost for length, cost in _HIGHEST_COSTS if len(word) < length)


def _in_case_of(typed: str, word: str) -> str:
    """Return an English word in capitals, with a capital or small, as another one was typed."""
    if typed.isupper():
        return word.upper()
    return word.capitalize() if typed[0].isupper() else word


@lru_cache(maxsize=2**12)
def _texts(word: str) -> tuple[str, ...]:
    """Return the words of a text, which is one word most often, as `words` spells them."""
    return tuple(one.text for one in words(word))


def _is_listed(word: str) -> bool:
    return word.replace(ZWNJ, "") in dictionary_words()


def _may_be_meant(terms: tuple[str, ...]) -> bool:
    """Return whether terms are a word, or two that were typed in one piece.

    Nearly every slip leaves a word that can be cut into two short terms of a large index.
    """
    return len(terms) == 1 or all(
        len(term) >= _SHORTEST_PART and _is_listed(term) for term in terms
    )


def _replaced(text: str, found: Sequence[_Found]) -> str:
    for token, [best, *_] in reversed(found):
        text = text[: token.start()] + best.word + text[token.end() :]
    return text


def _sources(word: str) -> set[str]:
    """Return the forms in which a corrected word may be the source of a query term."""
    return {word, *_texts(word)}


def _doubted(
    word: QueryTerm, meant: dict[str, MeantWord], others: dict[str, list[MeantWord]]
) -> QueryTerm:
    """Return a word with less weight if it is a corrected one, and what else may be meant."""
    best = meant.get(word.source)
    if best is None:
        return word
    doubt = math.exp(-_DOUBT * max(best.cost, _LEAST_COST))
    alternatives = [
        WeightedTerms(one.terms, round(doubt * one.weight, 3)) for one in word.group.alternatives
    ]
    known = {one.terms for one in alternatives}
    for other in others.get(best.word, []):
        terms = terms_of(other.word)
        if other.cost - best.cost < _NEARLY and terms not in known:
            weight = round(doubt * math.exp(best.cost - other.cost), 3)
            alternatives.append(WeightedTerms(terms, weight))
    return replace(word, group=SynonymGroup(tuple(alternatives)))
