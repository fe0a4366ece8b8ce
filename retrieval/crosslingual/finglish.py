"""Finglish, Persian in Latin letters as people type it: detected, and converted to Persian."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from typing import Final

from index.search_index import SynonymGroup, WeightedTerms
from index.text.letter_names import spell_out
from index.text.persian import ZWNJ, to_latin_digits
from retrieval.crosslingual.candidates import Candidate, CandidateFinder, question_budget
from retrieval.crosslingual.lexicon import ENGLISH_FUNCTION_WORDS, news_lexicon
from retrieval.crosslingual.numbers import number_alternatives, read_number
from retrieval.crosslingual.phonetic_index import SearchBudget
from retrieval.crosslingual.transliteration import (
    NAMES,
    PERSIAN,
    is_inflected,
    latin_letters,
)
from retrieval.crosslingual.vocabulary import Vocabulary, terms_of

_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+(?:['’`][^\W\d_]+)*")
# Phonetic matching takes milliseconds a word; further words of a question are left as they are.
MAX_WORDS: Final = 64
_CONTENT: Final = "@content\n"


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A word of the table: its Persian spelling, and whether it is a content word."""

    persian: str
    content: bool


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of a question with what it is searched as.

    Attributes:
        source: the word or phrase as it was typed.
        group: its index terms.
    """

    source: str
    group: SynonymGroup


@dataclass(frozen=True, slots=True)
class FinglishQuery:
    """A question in Latin letters, turned into Persian.

    Attributes:
        persian_text: the best guess at the question in Persian script; what has no likely
            Persian reading stays as it was.
        words: its words with the terms that each is searched as.
    """

    persian_text: str
    words: tuple[QueryTerm, ...]


# The shape of Persian verbs, and letter combinations that English words do not have.
_VERB: Final = re.compile(r"(ne)?mi[rkgshdztxb].*(e|an|and|ad|am|im|id|in|i|t|d)|nemi.+")
_PERSIAN_LETTERS: Final = re.compile(r"kh|zh|gh(?!t)|q(?!u)|^x|aa")
# Evidence of one word for Persian or for English.
_FUNCTION_WORD: Final = 1.0
_KNOWN_ENGLISH: Final = 0.8
_LIKELY_PERSIAN: Final = 0.7
_UNKNOWN: Final = 0.4
# Least evidence for Persian; one unknown word alone is more likely a name.
_LEAST_PERSIAN: Final = 0.6


def is_finglish(text: str) -> bool:
    """Return whether a text in Latin letters is Persian rather than English.

    Names count for neither, so names alone are not Persian; translation finds them either way.
    """
    persian = english = 0.0
    lexicon = news_lexicon()
    for token in _TOKEN.findall(text):
        word = latin_letters(token)
        if not word:
            continue
        listed = spelling_key(word) in _spellings()
        function = word in ENGLISH_FUNCTION_WORDS
        known = function or (len(word) > 2 and lexicon.is_english(word))
        if listed and known:  # "to" and "in" are words of both.
            continue
        if listed:
            persian += _FUNCTION_WORD
        elif known:
            english += _FUNCTION_WORD if function else _KNOWN_ENGLISH
        elif token.islower() and _VERB.fullmatch(word):
            persian += _FUNCTION_WORD
        elif token.islower() and not lexicon.has(word):
            persian += _LIKELY_PERSIAN if _PERSIAN_LETTERS.search(word) else _UNKNOWN
    return persian > english and persian >= _LEAST_PERSIAN


# The parts of an ending in their order: plural, belonging or indefiniteness, owner, and what
# links the word to the next.
_ENDING_PARTS: Final = (
    "ha=ها:0.05 a=ها:0.3 yan=یان:0.2 jat=جات:0.3",
    "ie=ی:0.15 iy=ی:0.15 yi=یی:0.1 ei=ی:0.15 i=ی:0.05",
    "esh=ش:0.2 ash=ش:0.2 eshoon=شان:0.2 eshun=شان:0.2 eshan=شان:0.2 shoon=شان:0.25 shun=شان:0.25 "
    "shan=شان:0.25 emoon=مان:0.25 emun=مان:0.25 eman=مان:0.25",
    "e=:0.1 ye=ی:0.15 o=:0.35 ro=:0.25 ra=:0.25 eh=:0.2 st=:0.45 ast=:0.3 as=:0.45 s=:0.6",
)
_MAX_ENDING_COST: Final = 0.6


@cache
def _tails() -> dict[str, tuple[str, float]]:
    """Return Latin endings that a Persian stem may have lost, with their Persian and cost."""
    found: dict[str, tuple[str, float]] = {"": ("", 0.0)}
    for part in _ENDING_PARTS:
        longer = dict(found)
        for option in part.split():
            latin, persian, cost = re.split("[=:]", option)
            for before, (persian_before, cost_before) in found.items():
                total = round(cost_before + float(cost), 2)
                if total <= min(_MAX_ENDING_COST, longer.get(before + latin, ("", 9.0))[1]):
                    longer[before + latin] = (persian_before + persian, total)
        found = longer
    del found[""]
    return found


_VERB_PREFIX: Final = re.compile(r"^(ن?می)(?=..)")
_FREQUENCY_WEIGHT: Final = 0.06
# Costs of the first and second equivalent that the lexicon has for a name.
_LISTED_NAME_COSTS: Final = (0.0, 0.2)


class FinglishConverter:
    """Turns Persian in Latin letters into words of one index."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Prepare for the words of an index."""
        self._vocabulary = vocabulary
        self._lexicon = news_lexicon()
        verbs = (lemma for lemma in vocabulary.frequencies if "#" in lemma)
        forms = (form for lemma in verbs for form in conjugated_forms(lemma))
        # Inflected words match more precisely than stems, where they are known.
        written = (
            word
            for word in self._lexicon.persian_words()
            if is_inflected(word, vocabulary.frequencies)
        )
        self._candidates = CandidateFinder(
            vocabulary,
            (PERSIAN, NAMES),
            _tails(),
            _FREQUENCY_WEIGHT,
            more_words=(*forms, *written),
            left_out=_function_terms(),
        )

    def convert(self, text: str) -> FinglishQuery:
        """Turn a question into Persian."""
        tokens = _TOKEN.findall(unicodedata.normalize("NFKC", to_latin_digits(text)))
        budget = question_budget()
        found = [(token, *self._word(token, budget)) for token in tokens[:MAX_WORDS]]
        words = [(token, alternatives) for token, _, alternatives in found if alternatives]
        if not words:  # "chi shod?" has only function words, so they are searched for.
            words = [(token, self._searched([(best, 1.0)])) for token, best, _ in found]
        return FinglishQuery(
            " ".join([*(best for _, best, _ in found), *tokens[MAX_WORDS:]]),
            tuple(
                QueryTerm(token, SynonymGroup(tuple(alternatives)))
                for token, alternatives in words
                if alternatives
            ),
        )

    def _word(self, token: str, budget: SearchBudget) -> tuple[str, list[WeightedTerms]]:
        """Return a word in Persian, and the terms that it is searched as."""
        if token.isdigit() and (number := read_number(token)) is not None:
            ways = number_alternatives(number)
            return token, self._vocabulary.damp_rare_terms((way.terms, way.weight) for way in ways)
        latin = latin_letters(token)
        if not latin:  # Persian script, or another.
            return token, self._searched([(token, 1.0)])
        if spelled := _spellings().get(spelling_key(latin)):
            if not spelled.content:
                return spelled.persian, []
            found = self._searched([(spelled.persian, 1.0)])
            return spelled.persian, list(self._vocabulary.group(token, found).alternatives)
        if token.isupper() and (acronym := spell_out(latin)):
            terms = terms_of(acronym)
            if terms in self._vocabulary:
                return acronym, [WeightedTerms(terms), *self._searched([(token, 1.0)])]
        candidates = [*self._candidates.find(latin, budget), *self._listed(token)]
        candidates.sort(key=lambda one: (one.cost, one.persian))
        if not candidates:
            return token, list(self._vocabulary.group(token, []).alternatives)
        best = candidates[0]
        # Verbs are found in one piece, and written with their prefix apart.
        persian = _VERB_PREFIX.sub(rf"\1{ZWNJ}", best.persian) if _is_verb(best) else best.persian
        return persian, self._candidates.alternatives(candidates)

    def _searched(self, options: Iterable[tuple[str, float]]) -> list[WeightedTerms]:
        """Return weighted Persian words as alternatives of one query word."""
        return self._vocabulary.damp_rare_terms(
            (terms_of(persian), weight) for persian, weight in options
        )

    def _listed(self, token: str) -> Iterator[Candidate]:
        """Yield the candidates that the lexicon has for a name."""
        if self._lexicon.is_english(token):
            return
        entry = self._lexicon.find([token.capitalize()], 0)
        for persian, cost in zip(
            entry.equivalents if entry else (), _LISTED_NAME_COSTS, strict=False
        ):
            terms = terms_of(persian)
            if terms in self._vocabulary:
                yield self._candidates.candidate(persian, terms, cost)


def _is_verb(candidate: Candidate) -> bool:
    return any("#" in term for term in candidate.terms)


def conjugated_forms(lemma: str) -> Iterator[str]:
    """Yield the usual forms of a verb, of a lemma such as خواند#خوان, in one piece."""
    past, present = lemma.split("#")
    if past:
        for prefix in ("", "ن", "می", "نمی"):
            for ending in ("", "م", "ی", "یم", "ید", "ند", "ن"):
                yield prefix + past + ending
        for form in ("ه", "هاند", "هاست"):
            yield past + form
            yield "ن" + past + form
        yield past + "ن"
    if present:
        # می‌آید and می‌گوید, but می‌رود and می‌شود.
        stems = {present, present + "ی" if present[-1] in "او" else present}
        for prefix, stem in product(("می", "نمی", "ب", "ن"), sorted(stems)):
            for ending in ("م", "ی", "د", "ه", "یم", "ید", "ین", "ند", "ن"):
                yield prefix + stem + ending


_FOLDS: Final = (
    ("kh", "x"),
    ("gh", "q"),
    ("oo", "u"),
    ("ou", "u"),
    ("ee", "i"),
    ("aa", "a"),
    ("w", "v"),
    ("'", ""),
)


@lru_cache(maxsize=2**12)
def spelling_key(word: str) -> str:
    """Return a word in small Latin letters in a spelling with one way to write each sound."""
    for written, sound in _FOLDS:
        word = word.replace(written, sound)
    return re.sub(r"(.)\1", r"\1", word)


@cache
def _function_terms() -> frozenset[str]:
    listed = _spellings().values()
    return frozenset(t for word in listed if not word.content for t in terms_of(word.persian))


@cache
def _spellings() -> dict[str, _Spelled]:
    table = files("retrieval").joinpath("data", "latin_words.tsv").read_text("utf-8")
    function, content = table.split(_CONTENT)
    found: dict[str, _Spelled] = {}
    for part, is_content in ((function, False), (content, True)):
        for line in part.splitlines():
            if line and not line.startswith("#"):
                persian, spellings = line.split("\t")
                for spelling in spellings.split():
                    found.setdefault(spelling_key(spelling), _Spelled(persian, is_content))
    return found
