"""Persian text: normalisation, words and sentences; only this package calls hazm.

Two writings of the same words must meet: `همکاری‌های`, `همکاریهای` and `همكاريهای`; `می‌شود`,
`می شود` and `میشود`; `۱۴۰۴`, `١٤٠٤` and `1404`. Articles and questions both go through
`normalise` and `words`, and only for matching: what people are shown is never changed.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from index.text.hazm_lexicon import HazmLexicon
from index.text.hazm_loader import load_class, make_normalizer

ZWNJ = "\u200c"

# One word: letters and digits of any script, with combining marks, held together by ZWNJ.
_WORD = re.compile(rf"[^\W_]+(?:{ZWNJ}+[^\W_]+)*")
# It is tried once for a row of marks: what begins inside one cannot end better.
_SENTENCE_END = re.compile(r"(?<![.!?؟⸮…])[.!?؟⸮…]++[\"»”)\]]*+(?=\s)|\n++")
_TO_LATIN_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_TO_PERSIAN_DIGITS = str.maketrans("0123456789٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹۰۱۲۳۴۵۶۷۸۹")
# Parts that ZWNJ joins to a word, without a meaning of their own.
_AFFIXES = frozenset(
    "ها های هایی هایم هایت هایش هایمان هایتان هایشان ای ام ات اش ایم اید اند مان تان شان "
    "تر ترین ی می نمی".split()
)
# Third-person possessive endings, written and spoken.
_OWNERS = ("ش", "اش", "یش", "شان", "یشان", "شون", "هاش", "هایش", "هاشون", "هایشان")
_MIN_STEM = 3
# Hamza is written on a carrier, on another one, or not at all: رئیس and رییس, مأمور and مامور.
_BARE_LETTERS = str.maketrans("أإٱؤئةۀ", "اااویهه")
# Spellings that still differ: هیئت and هیأت, مسؤول and مسئول, مسئله and مسأله, جرئت and جرأت.
_SPELLINGS = {"هییت": "هیات", "مسوول": "مسیول", "مسیله": "مساله", "جریت": "جرات"}
# hazm joins می to a following number, and separates it again the next time.
_BEFORE_NUMBER = re.compile(rf"\b(ن?می){ZWNJ} ?(?=\d)")
_SPELLED_APART = re.compile(rf"\b(?:{'|'.join(_SPELLINGS)})")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text, ready for matching.

    Attributes:
        start: offset of its first character in the normalised text.
        text: the word in the normalised text, with ZWNJ and without inflection removed.
        terms: its index terms: one stem, or one for each part of a compound tied by ZWNJ.
        joined: the term that it has when written in one piece; equal to `terms[0]` unless it is
            a compound.
    """

    start: int
    text: str
    terms: tuple[str, ...]
    joined: str


def warm_up() -> None:
    """Load everything that the first text needs."""
    words("خزر")


def analyser_fingerprint() -> str:
    """Return the name of the rules of `words`; an index made with others cannot be searched."""
    return f"khazar-2/hazm-{version('hazm')}"


def to_latin_digits(text: str) -> str:
    """Return `text` with Persian and Arabic digits as 0-9."""
    return text.translate(_TO_LATIN_DIGITS)


def to_persian_digits(text: str) -> str:
    """Return `text` with Latin and Arabic digits as ۰-۹."""
    return text.translate(_TO_PERSIAN_DIGITS)


def normalise(text: str) -> str:
    """Return `text` with one spelling for what is written in several ways.

    Letters (ي, ك, presentation forms), hamza, diacritics, spacing of affixes, repeated letters,
    digits (to 0-9) and the case of Latin letters. Offsets do not survive.
    """
    normalised: str = _normaliser().normalize(to_latin_digits(text))
    apart = _BEFORE_NUMBER.sub(r"\1 ", normalised)
    bare = apart.translate(_BARE_LETTERS).casefold()
    return _SPELLED_APART.sub(lambda match: _SPELLINGS[match.group()], bare)


def words(text: str) -> list[Word]:
    """Split `text` (any spelling) into words with their index terms."""
    return [
        Word(match.start(), match.group(), *_analysed(match.group()))
        for match in _WORD.finditer(normalise(text))
    ]


def index_terms(text: str) -> list[str]:
    """Return the terms under which a text is indexed, in order, repeats kept."""
    found: list[str] = []
    for word in _WORD.findall(normalise(text)):
        terms, joined = _analysed(word)
        found.extend(terms)
        if len(terms) > 1:
            found.append(joined)
    return found


def sentence_terms(text: str) -> list[list[str]]:
    """Return the index terms of each of a text's `sentences`."""
    return [index_terms(text[start:end]) for start, end in sentences(text)]


def formal_variants(word: str) -> tuple[str, ...]:
    """Return the terms of the written forms that a spoken form may stand for.

    Spoken Persian says `نشون` for `نشان` and `خونه` for `خانه`; its verb endings are covered by
    `words`. Empty if the word has no such form.
    """
    formal = re.sub("ون(?=.?$|ها|ه)", "ان", word)
    return () if formal == word or len(word) < _MIN_STEM else (_stem(formal.replace(ZWNJ, "")),)


def has_possessive_suffix(word: str) -> bool:
    """Return whether a normalised word ends in "his", "her" or "their": کارگردانش, قیمت‌شان."""
    joined = word.replace(ZWNJ, "")
    known = _dictionary()
    return joined not in known and any(
        joined.endswith(ending) and joined[: -len(ending)] in known for ending in _OWNERS
    )


def sentences(text: str) -> list[tuple[int, int]]:
    """Return (start, end) offsets of the sentences of `text`, without the space around them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        piece = text[start:end]
        left = start + len(piece) - len(piece.lstrip())
        right = start + len(piece.rstrip())
        if left < right:
            spans.append((left, right))
        start = end
    return spans


@lru_cache(maxsize=2**16)
def _analysed(text: str) -> tuple[tuple[str, ...], str]:
    """Return the terms of a normalised word, and its term when written in one piece."""
    joined = text.replace(ZWNJ, "")
    if verb := _verb(joined):
        return (verb,), verb
    stem = _stem(joined)
    parts = [part for part in text.split(ZWNJ) if part and part not in _AFFIXES]
    if len(parts) > 1:
        return tuple(_stem(part) for part in parts), stem
    # کتاب‌ها: without its affixes one part is left, the same stem as کتابها has.
    stem = _stem(parts[0]) if parts else stem
    return (stem,), stem


def _verb(joined: str) -> str | None:
    """Return the lemma of a conjugated verb, spoken endings (می‌کنه, می‌کنن) included."""
    verbs = _hazm_words().verbs
    if lemma := verbs.lemma(joined):
        return lemma
    if joined.startswith(("می", "نمی", "ب")):
        if joined.endswith("ه"):
            return verbs.lemma(joined[:-1] + "د")
        if joined.endswith("ن"):
            return verbs.lemma(joined + "د")
    return None


@lru_cache(maxsize=2**18)
def _stem(word: str) -> str:
    """Strip suffixes until none is left, so that `همکاری` and `همکاریهای` meet in one stem.

    hazm's stemmer makes one pass and stops at different depths for different inflections.
    """
    while True:
        shorter: str = _stemmer().stem(word)
        if shorter == word or len(shorter) < _MIN_STEM:
            return word
        word = shorter


@cache
def _normaliser() -> Any:
    known = _hazm_words()
    return make_normalizer(known.verbs, known.listed)


@cache
def _stemmer() -> Any:
    return load_class("Stemmer")()


@cache
def _hazm_words() -> HazmLexicon:
    return HazmLexicon.open()


@cache
def _dictionary() -> frozenset[str]:
    """Return hazm's words, written as `normalise` writes them and in one piece."""
    return frozenset(
        word.replace(ZWNJ, "").translate(_BARE_LETTERS) for word in _hazm_words().listed
    )
