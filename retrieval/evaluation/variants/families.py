"""The ways of typing, family by family."""

import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from index.text.persian import ZWNJ, to_latin_digits, to_persian_digits
from retrieval.evaluation.variants.changes import (
    Change,
    always,
    around,
    bold,
    doubled,
    embedded,
    hashtag,
    in_words,
    inside_words,
    left_out,
    line_break,
    neighbours,
    numbers,
    other_letter,
    presentation_forms,
    question_word_last,
    replacing,
    same_sounds,
    slips,
    spoken,
    swapped,
    vowels,
    with_separators,
)
from retrieval.query.query import ENGLISH, LATIN_PERSIAN, PERSIAN

SLIPS: Final = "slips"
_ALL: Final = (PERSIAN, ENGLISH, LATIN_PERSIAN)
_LATIN: Final = (ENGLISH, LATIN_PERSIAN)
_PLURAL_APART: Final = re.compile(rf"{ZWNJ}(?=ها)")
_JOINING: Final = "بپتثجچحخسشصضطظعغفقکگلمنهی"
_KASHIDA, _RLM, _JOINER, _SOFT_HYPHEN = "\u0640", "\u200f", "\u200d", "\u00ad"


@dataclass(frozen=True, slots=True)
class TypingVariant:
    """A way of typing.

    Attributes:
        name: of the way.
        family: the family that it is reported with.
        languages: of the questions that it fits.
        change: returns a text as it is typed in this way; the same if nothing is to be changed.
    """

    name: str
    family: str
    languages: tuple[str, ...]
    change: Change


def variants_of(text: str, language: str, key: str) -> Iterator[tuple[TypingVariant, str]]:
    """Yield the ways of typing that change a question, each with its text.

    Args:
        text: the question.
        language: of it.
        key: names the question; with the way's name it is the seed of all that is random.
    """
    for variant in typing_variants():
        if language in variant.languages:
            typed = variant.change(text, random.Random(f"{key} {variant.name}"))
            if typed != text:
                yield variant, typed


@cache
def typing_variants() -> tuple[TypingVariant, ...]:
    """Return all ways of typing, family by family."""
    return tuple(
        TypingVariant(name, family, languages, change)
        for family, languages, changes in _FAMILIES
        for name, change in changes.items()
    )


_FAMILIES: Final[tuple[tuple[str, tuple[str, ...], dict[str, Change]], ...]] = (
    (
        "spelling",
        (PERSIAN,),
        {
            "Arabic ي and ك": replacing({"ی": "ي", "ک": "ك"}),
            "Urdu ہ and Kurdish ڪ": replacing({"ه": "ہ", "ک": "ڪ"}),
            "bare hamza": replacing({"ئ": "ی", "أ": "ا", "ؤ": "و"}),
            "no madda": replacing({"آ": "ا"}),
            "kashida": inside_words(_KASHIDA * 3, f"[{_JOINING}](?=[^\\W\\d_])"),
            "vowel signs": vowels,
            "NFD": always(lambda text: unicodedata.normalize("NFD", text)),
            "presentation forms": always(lambda text: text.translate(presentation_forms())),
            "RLM inside a word": inside_words(_RLM, "."),
            "embedding": embedded,
            "ZWJ inside a word": inside_words(_JOINER, "."),
            "soft hyphen": inside_words(_SOFT_HYPHEN, "."),
        },
    ),
    (
        "spacing",
        (PERSIAN,),
        {
            "no half-spaces": replacing({ZWNJ: ""}),
            "spaces for half-spaces": replacing({ZWNJ: " "}),
            "¬ for half-spaces": replacing({ZWNJ: "¬"}),
            "plurals apart": always(lambda text: _PLURAL_APART.sub(" ", text)),
            "underscores": replacing({ZWNJ: "_"}),
        },
    ),
    (
        "spacing",
        _ALL,
        {"two spaces": replacing({" ": "  "}), "line break": line_break},
    ),
    (
        "punctuation",
        _ALL,
        {
            "no punctuation": always(lambda text: re.sub(r"[؟?!.،,؛;:«»\"'’()]", "", text)),
            "many question marks": always(lambda text: text.rstrip(" ?؟.") + "??!"),
        },
    ),
    (
        "capitals",
        _LATIN,
        {
            "all capitals": always(str.upper),
            "all small": always(str.lower),
            "each word": always(str.title),
        },
    ),
    (
        "courtesy",
        (PERSIAN,),
        {
            "formal": around("با سلام و احترام، لطفاً بفرمایید "),
            "friendly": around("سلام، لطفاً میشه بگید "),
            "casual": around("میشه بگی "),
            "greeting": around("سلام خسته نباشید. "),
            "thanks": around("", " خیلی ممنون"),
            "casual thanks": around("", " مرسی دمت گرم 🙏"),
        },
    ),
    (
        "courtesy",
        (ENGLISH,),
        {
            "formal": around("Dear sir or madam, could you please tell me: "),
            "friendly": around("Hi, can you tell me "),
            "casual": around("hey do you know "),
            "greeting": around("Hello! "),
            "thanks": around("", " Thank you very much!"),
            "casual thanks": around("", " thx 🙏"),
        },
    ),
    (
        "courtesy",
        (LATIN_PERSIAN,),
        {
            "friendly": around("salam, lotfan mishe begid "),
            "casual": around("mishe begi "),
            "greeting": around("salam khaste nabashid. "),
            "thanks": around("", " kheyli mamnoon"),
            "casual thanks": around("", " merci 🙏"),
        },
    ),
    ("spoken", (PERSIAN,), {"spoken": spoken(PERSIAN), "wanted": question_word_last}),
    ("spoken", (ENGLISH,), {"spoken": spoken(ENGLISH)}),
    (
        "numbers",
        (PERSIAN,),
        {
            "Latin digits": always(to_latin_digits),
            "Persian digits": always(to_persian_digits),
            "in words": numbers(in_words(PERSIAN)),
            "in digits": numbers(lambda value, _: to_persian_digits(value)),
            "separators": numbers(with_separators("٬")),
        },
    ),
    (
        "numbers",
        (ENGLISH,),
        {
            "in words": numbers(in_words(ENGLISH)),
            "in digits": numbers(lambda value, _: value),
            "separators": numbers(with_separators(",")),
        },
    ),
    (
        "decoration",
        _ALL,
        {
            "emoji": around("", " 🤔👍"),
            "bold": bold,
            "hashtag": hashtag,
            "link": around("", " https://t.me/example/123"),
            "quoted": around("> "),
        },
    ),
    (
        SLIPS,
        _ALL,
        {
            "left out": slips(left_out),
            "doubled": slips(doubled),
            "swapped": slips(swapped),
            "next key": slips(other_letter(neighbours())),
        },
    ),
    (SLIPS, (PERSIAN,), {"same sound": slips(other_letter(same_sounds()))}),
)
