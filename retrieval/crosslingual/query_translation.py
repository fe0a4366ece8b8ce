"""Query translation: English and Finglish words to weighted terms of the index."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Final

from index.search_index import WeightedTerms
from index.text.letter_names import spell_out
from index.text.persian import to_latin_digits
from index.weak_methods import weak_method
from retrieval.crosslingual.candidates import MAX_ALTERNATIVES, CandidateFinder, question_budget
from retrieval.crosslingual.finglish import MAX_WORDS, FinglishConverter, FinglishQuery, QueryTerm
from retrieval.crosslingual.lexicon import (
    ENGLISH_FUNCTION_WORDS,
    Entry,
    news_lexicon,
)
from retrieval.crosslingual.numbers import number_alternatives, read_number, split_at_numbers
from retrieval.crosslingual.phonetic_index import SearchBudget
from retrieval.crosslingual.transliteration import NAMES, latin_letters
from retrieval.crosslingual.vocabulary import Vocabulary, terms_of

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")
# U.S., which is US.
_INITIALS: Final = re.compile(r"\b(?:[^\W\d_]\.){2,}", re.IGNORECASE)
# Weights of a word's equivalents, the most usual first, and of phonetic matches: for a name that
# the lexicon lacks, in addition to the lexicon, and for a lower-case word that it lacks.
_RANK_WEIGHTS: Final = (1.0, 0.85, 0.7, 0.55, 0.4)
_SOUND_WEIGHT: Final = 1.0
_SOUND_BESIDE_LEXICON: Final = 0.5
_SOUND_OF_LOWER_CASE: Final = 0.4
_SHORTEST_SOUND: Final = 3
# A word that sounds so much like one of the index needs no correction.
_NEAR_SOUND: Final = 0.25
_LONGEST_ACRONYM: Final = 5
_FREQUENCY_WEIGHT: Final = 0.02
# Words of questions repeat.
_REMEMBERED: Final = 2**12
_POSSESSIVES: Final = {"'s": ("", 0.0), "s": ("", 0.6)}


class QueryTranslator:
    """Translates Latin-script questions to terms of one opened index."""

    def __init__(
        self,
        vocabulary: Sequence[tuple[str, int]],
        passages: int,
        *,
        lexicon: bool = True,
        phonetic_matching: bool = True,
    ) -> None:
        """Prepare for an index.

        Args:
            vocabulary: its terms with their document frequencies.
            passages: how many passages it has.
            lexicon: whether English words are looked up in the lexicon.
            phonetic_matching: whether English words are matched by sound.
        """
        self._uses_lexicon, self._phonetic_matching = lexicon, phonetic_matching
        self._vocabulary = Vocabulary(vocabulary, passages)
        self._lexicon = news_lexicon()
        self._weighed = lru_cache(maxsize=_REMEMBERED)(weak_method(self._weigh))

    def translate(self, text: str, budget: SearchBudget | None = None) -> list[QueryTerm]:
        """Return the words of an English question with the terms that each is searched as.

        Args:
            text: the question, or a part of one.
            budget: of the question that the text is a part of; None: it is all of it.
        """
        budget = budget or question_budget()
        text = unicodedata.normalize("NFKC", to_latin_digits(text))
        text = _INITIALS.sub(lambda match: match.group().replace(".", "").upper(), text)
        words = list(_words(text))[:MAX_WORDS]
        names = self._likely_names(words)
        # "Who was it?" has only function words, and they are all there is to search for.
        content = self._translated(words, names, ENGLISH_FUNCTION_WORDS, budget)
        return content or self._translated(words, names, frozenset(), budget)

    def knows(self, word: str, budget: SearchBudget) -> bool:
        """Return whether the lexicon or the index has a word, or the index what sounds like it."""
        if word.isupper() and len(word) <= _LONGEST_ACRONYM:
            return True
        small = word.casefold()
        if small in ENGLISH_FUNCTION_WORDS or self._lexicon.find([small], 0):
            return True
        if terms_of(word) in self._vocabulary:
            return True
        latin = latin_letters(word)
        sounds = self._candidates.find(latin, budget) if latin and self._phonetic_matching else ()
        return bool(sounds) and sounds[0].cost < _NEAR_SOUND

    def frequency(self, word: str) -> int:
        """Return how often the index has the usual equivalent of an English word."""
        entry = self._lexicon.find([word], 0)
        listed = self._weighed(entry.equivalents)[:1] if entry else []
        return max((self._vocabulary.frequencies[one.terms[0]] for one in listed), default=0)

    def transliterate(self, text: str) -> FinglishQuery:
        """Turn a Persian question in Latin letters into Persian."""
        return self._converter.convert(text)

    # Each question needs one of the two, and they take a while to make.
    @cached_property
    def _converter(self) -> FinglishConverter:
        return FinglishConverter(self._vocabulary)

    @cached_property
    def _candidates(self) -> CandidateFinder:
        return CandidateFinder(self._vocabulary, (NAMES,), _POSSESSIVES, _FREQUENCY_WEIGHT)

    def _likely_names(self, words: Sequence[str]) -> list[bool]:
        """Return whether each word is likely a name: by its capital, or unknown where none has one.

        Words of one text are typed alike: without any capital, names have none either.
        """
        if any(word[0].isupper() for word in words):
            return [word[0].isupper() for word in words]
        return [
            not (word in ENGLISH_FUNCTION_WORDS or self._lexicon.is_english(word)) for word in words
        ]

    def _translated(
        self,
        words: list[str],
        names: list[bool],
        left_out: frozenset[str],
        budget: SearchBudget,
    ) -> list[QueryTerm]:
        translated: list[QueryTerm] = []
        at = 0
        while at < len(words):
            entry = self._lexicon.find(words, at) if self._uses_lexicon else None
            length = entry.length if entry else 1
            if length > 1 or not _is_left_out(words[at], at, left_out):
                source = " ".join(words[at : at + length])
                alternatives = self._alternatives(
                    source, entry, budget, is_first=at == 0, is_name=names[at]
                )
                group = self._vocabulary.group(source, alternatives)
                if group.alternatives:  # normalisation leaves nothing of a lone ـ
                    translated.append(QueryTerm(source, group))
            at += length
        return translated

    def _alternatives(
        self,
        source: str,
        entry: Entry | None,
        budget: SearchBudget,
        *,
        is_first: bool,
        is_name: bool,
    ) -> list[WeightedTerms]:
        if (number := read_number(source)) is not None:
            ways = [(way.terms, way.weight) for way in number_alternatives(number)]
            if number.words and entry:  # "second" and "nine" are also other words
                ways += [(way.terms, way.weight) for way in self._weighed(entry.equivalents)]
            return self._vocabulary.damp_rare_terms(ways)
        if not (latin := latin_letters(source)):  # Persian script, or another.
            return self._vocabulary.damp_rare_terms([(terms_of(source), 1.0)])
        listed = [
            *(self._weighed(entry.equivalents) if entry else ()),
            *self._spelled_out(source),
        ]
        if listed and (is_first or not is_name or (entry and entry.length > 1)):
            return listed
        if len(latin) < _SHORTEST_SOUND or not self._phonetic_matching:
            return listed
        weight = _SOUND_WEIGHT if is_name else _SOUND_OF_LOWER_CASE
        weight = _SOUND_BESIDE_LEXICON if listed else weight
        known = {alternative.terms for alternative in listed}
        sounds = self._candidates.find_alternatives(latin, budget)
        return listed + [
            WeightedTerms(sound.terms, round(sound.weight * weight, 3))
            for sound in sounds[:MAX_ALTERNATIVES]
            if sound.terms not in known
        ]

    def _spelled_out(self, source: str) -> list[WeightedTerms]:
        """Return an acronym as Persian spells it out, if the index has it so."""
        if self._lexicon.is_english(source) or not (spelled := spell_out(source.casefold())):
            return []
        terms = terms_of(spelled)
        return [WeightedTerms(terms)] if terms in self._vocabulary else []

    def _weigh(self, equivalents: tuple[str, ...]) -> list[WeightedTerms]:
        """Return those of a word's equivalents that the index has, the most usual first."""
        last = len(_RANK_WEIGHTS) - 1
        return self._vocabulary.damp_rare_terms(
            (terms_of(equivalent), _RANK_WEIGHTS[min(rank, last)])
            for rank, equivalent in enumerate(equivalents)
        )


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text; a number of several words or signs is one."""
    for piece in split_at_numbers(text):
        yield from _WORD.findall(piece) if isinstance(piece, str) else (piece.text,)


def _is_left_out(word: str, at: int, left_out: frozenset[str]) -> bool:
    """Return whether to skip a word; `US` and, inside a question, `May` and `Will` are kept."""
    if word.casefold().replace("’", "'") not in left_out:
        return False
    return not ((len(word) > 1 and word.isupper()) or (at and word in {"May", "Will"}))
