"""Persian text: normalisation, words and sentences; only this package calls hazm.

Two writings of the same words must meet: `همکاری‌های`, `همکاریهای` and `همكاريهای`; `می‌شود`,
`می شود` and `میشود`; `۱۴۰۴`, `١٤٠٤` and `1404`. Articles and questions both go through
`normalise` and `words`, and only for matching: what people are shown is never changed.
"""

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import compress
from operator import not_
from typing import Any

from index.text.function_words import function_words, is_function_word
from index.text.hazm_lexicon import NORMAL_LETTERS, HazmLexicon
from index.text.hazm_loader import load_class, make_normalizer
from index.text.letter_names import is_spelled_out, join_acronyms
from index.text.letters import ZWNJ as ZWNJ
from index.text.letters import fold_letters, translation_table
from index.text.numbers import number_terms
from index.text.spellings import join_pairs, pair_in_one_piece, standard_spelling
from index.text.spoken_verbs import spoken_lemma
from index.text.tables import read_table

# One word: letters and digits of any script, with combining marks, held together by ZWNJ.
_WORD = re.compile(rf"[^\W_]+(?:{ZWNJ}+[^\W_]+)*")
# It is tried once for a row of marks: what begins inside one cannot end better.
_SENTENCE_END = re.compile(r"(?<![.!?؟⸮…])[.!?؟⸮…]++[\"»”)\]]*+(?=\s)|\n++")
_TO_LATIN_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_TO_PERSIAN_DIGITS = str.maketrans("0123456789٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹۰۱۲۳۴۵۶۷۸۹")
# Parts that ZWNJ joins to a word, without a meaning of their own.
_AFFIXES = frozenset(
    "ها های هایی هایم هایت هایش هایمان هایتان هایشان هام هات هاش هامون هاتون هاشون هایمون هایتون "
    "هایشون ای ام ات اش ایم اید اند مان تان شان مون تون شون تر ترین ی می نمی".split()
)
# Plurals with an owner that are typed apart (کتاب هایشان); hazm joins those without one.
_OWNED_APART = re.compile(r"(?<=[^\W\d_]) (?=ها(?:ی?(?:م|ت|ش|مان|تان|شان|مون|تون|شون))\b)")
# Spoken endings: the plural, with an owner or را, and "is".
_SPOKEN_ENDING = re.compile("(..+?)(?:ا(?:ی|م|ت|ش|مون|تون|شون|رو|یی)?|و|ه|ست|ین|ون)")
# In one piece, an ending after a silent ه looks like another one: هستهای is هسته‌ای, no plural.
_AFTER_SILENT = re.compile("(...+ه)(?:ای|ام|ات|اش|اند|ایم|اید)")
# Third-person possessive endings, written and spoken.
_OWNERS = ("ش", "اش", "یش", "شان", "یشان", "شون", "هاش", "هایش", "هاشون", "هایشان")
_MIN_STEM = 3
# Hamza is written on a carrier, on another one, or not at all: رئیس and رییس, علماء and علما.
_BARE_LETTERS = translation_table({"ئ": "ی", "ء": None})
# hazm joins می to a following number, and separates it again the next time.
_BEFORE_NUMBER = re.compile(rf"\b(ن?می){ZWNJ} ?(?=\d)")
# In a word that stands alone, has no ZWNJ, none but these letters and no letter three times in a
# row, `fold_letters` leaves nothing to normalise but hamza.
_USUAL_WORD = re.compile(r"(?!.*(.)\1\1)[a-z0-9ءآئا-غف-قل-وکگپچژی]*")
# Likewise, in a word that also stays in one piece: without می, ه before ها, سوء, and digits beside
# letters.
_LONE_WORD = re.compile(
    r"(?=(?:[ءآئا-غف-قل-وکگپچژی]+|[a-z]+|[0-9]+)\Z)(?!ن?می|.*(?:هها|سوء|(.)\1\1)).*"
)


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
    return f"khazar-3/hazm-{version('hazm')}"


def to_latin_digits(text: str) -> str:
    """Return `text` with Persian and Arabic digits as 0-9."""
    return text.translate(_TO_LATIN_DIGITS)


def to_persian_digits(text: str) -> str:
    """Return `text` with Latin and Arabic digits as ۰-۹."""
    return text.translate(_TO_PERSIAN_DIGITS)


def normalise(text: str) -> str:
    """Return `text` with one spelling for what is written in several ways.

    The letters of `fold_letters`, without hamza; acronyms, affixes and pairs like گفت و گو in one
    piece; no letter more than twice. Offsets do not survive.
    """
    folded = fold_letters(text)
    # Names are compared with many words, each of which is normalised by itself.
    if _LONE_WORD.fullmatch(folded):
        return folded.translate(_BARE_LETTERS)
    return _normalise(folded)


def _normalise(folded: str) -> str:
    normalised: str = _normaliser().normalize(join_acronyms(folded))
    apart = _BEFORE_NUMBER.sub(r"\1 ", normalised)
    return join_pairs(_OWNED_APART.sub(ZWNJ, apart)).translate(_BARE_LETTERS)


def in_one_piece(words: Collection[str]) -> list[str]:
    """Return each word as `normalise` writes it where it stands alone, without ZWNJ and spaces.

    Args:
        words: of any text, without white space.
    """
    spelled = fold_letters("\n".join(words)).split("\n")
    if len(spelled) != len(words):
        return _each_normalised(words)
    usual = [_USUAL_WORD.fullmatch(word) is not None for word in spelled]
    others = iter(_each_normalised(list(compress(words, map(not_, usual)))))
    return [
        word.translate(_BARE_LETTERS) if is_usual else next(others)
        for word, is_usual in zip(spelled, usual, strict=True)
    ]


def _each_normalised(words: Collection[str]) -> list[str]:
    if not words:
        return []
    # All at once is ten times faster than one by one.
    normalised = normalise("\n".join(words)).split("\n")
    if len(normalised) != len(words):
        normalised = list(map(normalise, words))
    return ["".join(word.replace(ZWNJ, "").split()) for word in normalised]


def words(text: str) -> list[Word]:
    """Split `text` (any spelling) into words with their index terms."""
    return [
        Word(match.start(), match.group(), *_analysed(match.group()))
        for match in _WORD.finditer(normalise(text))
    ]


def index_terms(text: str) -> list[str]:
    """Return the terms under which a text is indexed, in order, repeats kept, numbers last."""
    found: list[str] = []
    folded = fold_letters(text)
    for word in _WORD.findall(_normalise(folded)):
        terms, joined = _analysed(word)
        found.extend(terms)
        if len(terms) > 1:
            found.append(joined)
    return found + number_terms(folded)


def sentence_terms(text: str) -> list[list[str]]:
    """Return the index terms of each of a text's `sentences`."""
    return [index_terms(text[start:end]) for start, end in sentences(text)]


def formal_variants(word: str) -> tuple[str, ...]:
    """Return the terms of the written forms that a spoken form may stand for.

    Spoken Persian says `نشون` for `نشان` and `خونه` for `خانه`, `کتابا` for `کتاب‌ها`, `کتابو` for
    `کتاب را` and `کتابه` for `کتاب است`; its verbs are covered by `words`. Empty if the word has no
    such form.
    """
    joined = word.replace(ZWNJ, "")
    if len(joined) < _MIN_STEM:
        return ()
    formal = re.sub("ون(?=.?$|ها|ه)", "ان", joined)
    if formal != joined and formal in dictionary_words():
        return (_stem(formal),)
    forms = [formal] if formal != joined else []
    spoken = _SPOKEN_ENDING.fullmatch(joined)
    if spoken and joined not in dictionary_words() and spoken[1] in dictionary_words():
        forms.append(spoken[1])
    return tuple(dict.fromkeys(map(_stem, forms)))


def plural_variants(term: str) -> tuple[str, ...]:
    """Return the terms of a word's Arabic plurals, or of the singular of such a plural."""
    return _plurals().get(term, ())


def joined_term(first: str, second: str) -> str:
    """Return the term of two normalised words written in one piece."""
    return _analysed(f"{first}{ZWNJ}{second}")[1]


def split_terms(word: str, at: int) -> tuple[str, ...]:
    """Return the terms of a normalised word cut in two."""
    return tuple(term for part in (word[:at], word[at:]) for term in _analysed(part)[0])


def dictionary_words() -> Collection[str]:
    """Return hazm's words, in one piece and as `normalise` writes them."""
    return _hazm_words().normal


def has_possessive_suffix(word: str) -> bool:
    """Return whether a normalised word ends in "his", "her" or "their": کارگردانش, قیمت‌شان."""
    joined = word.replace(ZWNJ, "")
    known = dictionary_words()
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
    if verb := _verb(text):
        return (verb,), verb
    whole = pair_in_one_piece(text)
    all_parts = [standard_spelling(part) for part in whole.split(ZWNJ) if part]
    joined = _stem(standard_spelling("".join(all_parts)))
    # An acronym is one word, of which no part means anything.
    if is_spelled_out(all_parts):
        return (joined,), joined
    parts = [part for part in all_parts if part not in _AFFIXES]
    if len(parts) > 1:
        return tuple(_stem(part) for part in parts), joined
    # کتاب‌ها: without its affixes one part is left, the same stem as کتابها has.
    stem = _stem(parts[0]) if parts else joined
    return (stem,), stem


def _verb(text: str) -> str | None:
    """Return the lemma of a conjugated verb, also of a spoken form (می‌کنه, می‌کنن, می‌گه)."""
    joined = text.replace(ZWNJ, "")
    prefixed = text.startswith((f"می{ZWNJ}", f"نمی{ZWNJ}"))
    spoken = spoken_lemma(joined)
    if spoken and (prefixed or joined not in dictionary_words()):
        return spoken
    verbs = _hazm_words().verbs
    lemma = verbs.lemma(joined)
    if not lemma and joined.startswith(("می", "نمی", "ب")):
        if joined.endswith("ه"):
            lemma = verbs.lemma(joined[:-1] + "د")
        elif joined.endswith("ن"):
            lemma = verbs.lemma(joined + "د")
    # hazm takes the endings of "to be" for verbs, alone and after می: نه, نیم, مین.
    if not lemma or (lemma.startswith("#") and not is_function_word(joined)):
        return None
    # It has two present stems of some verbs: گفت#گو and, for می‌گوید, گفت#گوی.
    return lemma.removesuffix("ی") if lemma.endswith(("ای", "وی")) else lemma


@lru_cache(maxsize=2**18)
def _stem(word: str) -> str:
    """Strip suffixes until none is left, so that `همکاری` and `همکاریهای` meet in one stem.

    hazm's stemmer makes one pass and stops at different depths for different inflections. What is
    left is never a function word, which would be found everywhere: امام stays what it is.
    """
    if (silent := _AFTER_SILENT.fullmatch(word)) and silent[1] in dictionary_words():
        word = silent[1]
    while True:
        shorter: str = _stemmer().stem(word)
        if shorter == word or len(shorter) < _MIN_STEM or shorter in function_words():
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
def _plurals() -> dict[str, tuple[str, ...]]:
    """Return the plurals of each singular and the singulars of each plural, as terms."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for singular, plurals in read_table("plurals.tsv"):
        for plural in plurals.split():
            one, many = (_stem(word.translate(NORMAL_LETTERS)) for word in (singular, plural))
            if one != many:
                found[one][many] = found[many][one] = None
    return {term: tuple(others) for term, others in found.items()}
