"""Queries: a question's language, its text for the encoder, its terms for the lexical channel."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.search_index import SynonymGroup
from index.text.function_words import is_function_word
from index.text.numbers import NumberExpression
from index.text.persian import Word, words
from retrieval.crosslingual.candidates import question_budget
from retrieval.crosslingual.finglish import QueryTerm, is_finglish
from retrieval.crosslingual.lexicon import ENGLISH_FUNCTION_WORDS
from retrieval.crosslingual.numbers import number_alternatives, split_at_numbers
from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.errors import QuestionError
from retrieval.query.word_forms import DocumentFrequency, word_groups

PERSIAN, ENGLISH, LATIN_PERSIAN = "fa", "en", "fa-Latn"
# A question in quotes as a whole: these make another question of it for the encoder.
_QUOTED = re.compile(r"[\"“«„']([^\"“”«»„]+)[\"”»“']([?؟.!]*)")


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that the archive does not have, and the one that was searched for in its place."""

    typed: str
    searched: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question, ready to be searched.

    Attributes:
        text: as it was asked, without the words that became constraints.
        language: "fa", "en", or "fa-Latn" for Persian in Latin letters; what is in neither script
            is treated as "en".
        encoder_text: what the encoder gets: the text, in Persian script where it is Persian, and
            without quotes around all of it.
        words: its words as they were typed, with the terms that each is searched as; empty when
            it has none.
        corrections: words of the question that were corrected; `text` has the corrected ones.
    """

    text: str
    language: str
    encoder_text: str
    words: tuple[QueryTerm, ...]
    corrections: tuple[Correction, ...] = ()

    @property
    def groups(self) -> tuple[SynonymGroup, ...]:
        """The terms of its words, for the lexical channel."""
        return tuple(dict.fromkeys(word.group for word in self.words))


def check_question(text: str, max_characters: int) -> bool:
    """Return whether a text has a letter or a digit, and so can be searched.

    Raises:
        QuestionError: it is longer than `max_characters`, apart from the space around it and with
            its ligatures written out.
    """
    asked = text.strip()
    # One character may stand for eighteen letters (ﷺ), and each of them takes its time.
    length = max(len(asked), len(unicodedata.normalize("NFKC", asked[: max_characters + 1])))
    if length > max_characters:
        raise QuestionError("question_too_long", most=max_characters, length=length)
    return any(character.isalnum() for character in text)


def parse_query(
    text: str,
    translator: Callable[[], QueryTranslator],
    document_frequency: DocumentFrequency,
    asked_in: str | None = None,
) -> Query | None:
    """Turn a question into what both channels search for.

    Args:
        text: the question, without the words that became constraints.
        translator: returns the translator of the index that is to be searched; not called for a
            question without words in Latin letters.
        document_frequency: of an index term in that index.
        asked_in: language of the whole question, of which `text` is what is left; None: the same.

    Returns:
        The query, or None when the text has no letter and no digit.
    """
    text = text.strip()
    if not any(character.isalnum() for character in text):
        return None
    language = detect_language(text)
    if language == PERSIAN:
        found = _persian_words(text, translator, document_frequency)
        return Query(text, language, _unquoted(text), tuple(found))
    # What is left of "salam, lotfan begu …" may be names alone, which are of no language.
    if LATIN_PERSIAN in (language, asked_in):
        converted = translator().transliterate(text)
        return Query(text, LATIN_PERSIAN, converted.persian_text, converted.words)
    return Query(text, language, _unquoted(text), tuple(translator().translate(text)))


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return "".join(quoted.groups()) if quoted else text


@lru_cache(maxsize=16)  # The steps of one question ask for the same text.
def detect_language(text: str) -> str:
    """Return "fa" for a text in Arabic script, for the most part, "fa-Latn", or else "en"."""
    if is_arabic_script(text):
        return PERSIAN
    return LATIN_PERSIAN if is_finglish(text) else ENGLISH


def has_content_word(text: str) -> bool:
    """Return whether a text has a word that names a subject: «از این» and "the" have none."""
    return any(
        not (is_function_word(word.text) or word.text.casefold() in ENGLISH_FUNCTION_WORDS)
        for word in words(text)
    )


def is_arabic_script(text: str) -> bool:
    """Return whether at least half of a text's letters are Arabic, and it has any."""
    letters = list(filter(str.isalpha, text))
    return sum(map(_is_arabic, letters)) * 2 >= len(letters) > 0


@lru_cache(maxsize=2**10)
def _is_arabic(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("ARABIC")


def _persian_words(
    text: str, translator: Callable[[], QueryTranslator], document_frequency: DocumentFrequency
) -> Iterator[QueryTerm]:
    found: list[tuple[Word | NumberExpression, Sequence[SynonymGroup]]] = []
    for piece in split_at_numbers(text):
        if isinstance(piece, NumberExpression):
            found.append((piece, [SynonymGroup(tuple(number_alternatives(piece)))]))
        else:
            own = words(piece)
            found += zip(own, word_groups(own, document_frequency), strict=True)
    budget = question_budget()
    content = [pair for pair in found if not _is_function_word(pair[0])]
    # «چی هست؟» has only function words, and they are all there is to search for.
    for word, groups in content or found:
        if isinstance(word, Word) and word.text.isascii() and word.text.isalpha():
            # FATF, which may be in either script.
            groups = [term.group for term in translator().translate(word.text, budget)]
        for group in groups:
            yield QueryTerm(word.text, group)


def _is_function_word(word: Word | NumberExpression) -> bool:
    return isinstance(word, Word) and is_function_word(word.text)
