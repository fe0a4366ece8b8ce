"""Queries: a question's language, its text for the encoder, its terms for the lexical channel."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.search_index import SynonymGroup, WeightedTerms
from index.text.numbers import NumberExpression
from index.text.persian import Word, formal_variants, words
from retrieval.crosslingual.finglish import QueryTerm, is_finglish
from retrieval.crosslingual.numbers import number_alternatives, split_at_numbers
from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.errors import QuestionError

PERSIAN, ENGLISH, LATIN_PERSIAN = "fa", "en", "fa-Latn"

# Question words, conjunctions, pronouns and auxiliary verbs, written and spoken.
_FUNCTION_WORDS = frozenset(
    """
    و یا که را رو از به در تو با بر برای واسه تا هم نیز اگر اگه ولی اما پس چون
    چه چی چند چندتا چقدر چگونه چطور چطوری چرا کی کجا کدام کدوم آیا مگر مگه
    این آن اون اینکه آنکه همین همان یک یه یکی او اونا آنها وی من ما شما تو خود خودش
    است هست #است #هست بود#باش می ها های ای اش
    """.split()
)
# A spoken form may just as well be a word of its own.
_FORMAL_WEIGHT = 0.8


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
        encoder_text: what the encoder gets: the text, in Persian script where it is Persian.
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
        QuestionError: it is longer than `max_characters`, apart from the space around it.
    """
    length = len(text.strip())
    if length > max_characters:
        raise QuestionError(
            f"a question may have {max_characters:,} characters, and this one has {length:,}; "
            "ask it in fewer words"
        )
    return any(character.isalnum() for character in text)


def parse_query(text: str, translator: Callable[[], QueryTranslator]) -> Query | None:
    """Turn a question into what both channels search for.

    Args:
        text: the question, without the words that became constraints.
        translator: returns the translator of the index that is to be searched; not called for a
            question in Persian script.

    Returns:
        The query, or None when the text has no letter and no digit.
    """
    text = text.strip()
    if not any(character.isalnum() for character in text):
        return None
    language = detect_language(text)
    if language == PERSIAN:
        return Query(text, language, text, tuple(_persian_words(text)))
    if language == LATIN_PERSIAN:
        converted = translator().transliterate(text)
        return Query(text, language, converted.persian_text, converted.words)
    return Query(text, language, text, tuple(translator().translate(text)))


@lru_cache(maxsize=16)  # The steps of one question ask for the same text.
def detect_language(text: str) -> str:
    """Return "fa" for a text in Arabic script, for the most part, "fa-Latn", or else "en"."""
    if is_arabic_script(text):
        return PERSIAN
    return LATIN_PERSIAN if is_finglish(text) else ENGLISH


def is_arabic_script(text: str) -> bool:
    """Return whether at least half of a text's letters are Arabic, and it has any."""
    letters = [character for character in text if character.isalpha()]
    arabic = sum(unicodedata.name(letter, "").startswith("ARABIC") for letter in letters)
    return arabic * 2 >= len(letters) > 0


def _persian_words(text: str) -> Iterator[QueryTerm]:
    pieces = list(split_at_numbers(text))
    found = [word for piece in pieces for word in _words_of(piece)]
    content = [word for word in found if not _is_function_word(word)]
    # «چی هست؟» has only function words, and they are all there is to search for.
    for word in content or found:
        if isinstance(word, NumberExpression):
            yield QueryTerm(word.text, SynonymGroup(tuple(number_alternatives(word))))
            continue
        for group in _word_groups(word):
            yield QueryTerm(word.text, group)


def _words_of(piece: str | NumberExpression) -> Sequence[Word | NumberExpression]:
    return words(piece) if isinstance(piece, str) else [piece]


def _is_function_word(word: Word | NumberExpression) -> bool:
    if isinstance(word, NumberExpression):
        return False
    return not _FUNCTION_WORDS.isdisjoint((word.text, *word.terms))


def _word_groups(word: Word) -> list[SynonymGroup]:
    """Return one group, or one for each part of a compound, which may be written in one piece."""
    if len(word.terms) == 1:
        spellings = formal_variants(word.text)
        formal = (WeightedTerms((term,), _FORMAL_WEIGHT) for term in spellings)
        return [SynonymGroup((WeightedTerms(word.terms), *formal))]
    first, *others = word.terms
    return [
        SynonymGroup((WeightedTerms((first,)), WeightedTerms((word.joined,)))),
        *(SynonymGroup((WeightedTerms((term,)),)) for term in others),
    ]
