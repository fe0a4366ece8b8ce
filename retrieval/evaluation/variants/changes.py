"""Changes of a question's text, each as somebody might have typed it.

What a change has nothing to do with stays as it is. Changes that choose a place choose it by the
random generator that they are given.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from index.text.number_words import spell_out
from index.text.numbers import NumberKind, find_numbers
from index.text.persian import ZWNJ
from retrieval.query.query import ENGLISH, PERSIAN

Change = Callable[[str, random.Random], str]

# Words from this length on may have a slip, and a third of them get one.
_LONG: Final = 5
_SHARE_OF_SLIPS: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]+")
_LONG_WORD: Final = re.compile(rf"[^\W\d_]{{{_LONG},}}")
_FATHA, _EMBED, _POP = "\u064e", "\u202b", "\u202c"

# Keys that stand side by side on the Iranian standard keyboard, and on a Latin one.
_KEY_ROWS: Final = (
    *("ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو"),
    *("qwertyuiop", "asdfghjkl", "zxcvbnm"),
)
_SOUNDS: Final = ("زذضظ", "سصث", "تط", "هح", "قغ")
_SPOKEN: Final = {
    PERSIAN: (
        (r"چه کسی\b", "کی"),
        (r"چه کسانی\b", "کیا"),
        (r"\bچگونه\b", "چطوری"),
        (r"\bچیست\b", "چیه"),
        (r"\bکیست\b", "کیه"),
        (r"\bکجاست\b", "کجاس"),
        (r"\bکدام\b", "کدوم"),
        (r"\bچه\b", "چی"),
        (r"\bرا\b", "رو"),
        (r"\bآن\b", "اون"),
        (r"\bاگر\b", "اگه"),
        (rf"\bمی{ZWNJ}?شود\b", "میشه"),
        (rf"\bمی{ZWNJ}?کند\b", "میکنه"),
        (rf"\bمی{ZWNJ}?دهد\b", "میده"),
        (rf"\bمی{ZWNJ}?گوید\b", "میگه"),
        (rf"\bمی{ZWNJ}?خواهد\b", "میخواد"),
        (r"\bاست(?=[؟?.\s]*$)", "هست"),
    ),
    ENGLISH: (
        (r"\bWhat is\b", "what's"),
        (r"\bWho is\b", "who's"),
        (r"\bdid not\b", "didn't"),
        (r"\bgoing to\b", "gonna"),
        (r"\byou\b", "u"),
        (r"\bare\b", "r"),
    ),
}


def always(change: Callable[[str], str]) -> Change:
    """Return a change that is the same every time."""
    return lambda text, _: change(text)


def replacing(table: Mapping[str, str]) -> Change:
    """Return a change that replaces single characters."""
    translation = str.maketrans(dict(table))
    return lambda text, _: text.translate(translation)


def around(before: str, after: str = "") -> Change:
    """Return a change that writes something before and behind a text."""
    return lambda text, _: f"{before}{text}{after}"


def inside_words(mark: str, pattern: str) -> Change:
    """Return a change that puts a mark into one long word, where a pattern matches its letters."""
    place = re.compile(pattern)

    def change(text: str, chance: random.Random) -> str:
        places = [
            match.start() + 1
            for word in _LONG_WORD.finditer(text)
            for match in place.finditer(text, word.start(), word.end() - 1)
        ]
        if not places:
            return text
        at = chance.choice(places)
        return text[:at] + mark + text[at:]

    return change


def vowels(text: str, _chance: random.Random) -> str:
    """Put a vowel sign after the first letter of every other word."""
    number = iter(range(len(text)))
    return _WORD.sub(
        lambda word: (
            word[0][0] + _FATHA + word[0][1:]
            if len(word[0]) > 2 and next(number) % 2 == 0
            else word[0]
        ),
        text,
    )


def embedded(text: str, chance: random.Random) -> str:
    """Put one word between a right-to-left embedding and its end."""
    words = text.split(" ")
    at = chance.randrange(len(words))
    words[at] = f"{_EMBED}{words[at]}{_POP}"
    return " ".join(words)


@cache
def presentation_forms() -> dict[int, str]:
    """Return the isolated form of each Arabic letter, as old exports of PDFs have them."""
    forms = {}
    for code in range(0xFB50, 0xFEFD):
        tag, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        if tag == "<isolated>" and len(letters) == 1:
            forms[int(letters[0], 16)] = chr(code)
    return forms


def line_break(text: str, _chance: random.Random) -> str:
    """Break the line in the middle."""
    words = text.split(" ")
    half = len(words) // 2
    return " ".join(words[:half]) + "\n" + " ".join(words[half:]) if half else text


def bold(text: str, chance: random.Random) -> str:
    """Make one word bold, as Markdown does."""
    words = text.split(" ")
    at = chance.randrange(len(words))
    words[at] = f"**{words[at]}**"
    return " ".join(words)


def hashtag(text: str, chance: random.Random) -> str:
    """Put a hash before one long word."""
    places = [match.start() for match in _LONG_WORD.finditer(text)]
    places = [at for at in places if text[at - 1 : at] in ("", " ")]
    if not places:
        return text
    at = chance.choice(places)
    return f"{text[:at]}#{text[at:]}"


def spoken(language: str) -> Change:
    """Return a change to the forms that people speak."""

    def change(text: str, _chance: random.Random) -> str:
        for pattern, spoken in _SPOKEN[language]:
            text = re.sub(pattern, spoken, text)
        return text

    return change


def question_word_last(text: str, _chance: random.Random) -> str:
    """Ask as in a chat: the question's sign gone, and what is wanted said behind."""
    return f"{text.rstrip(' ؟?.')} رو میخوام بدونم"


def numbers(write: Callable[[str, str], str]) -> Change:
    """Return a change that writes the whole numbers of a text otherwise.

    Args:
        write: returns a number, in Latin digits, in another way; it also gets the way of the text.
    """

    def change(text: str, _chance: random.Random) -> str:
        for number in reversed(find_numbers(text)):
            if number.kind is NumberKind.CARDINAL and number.value.isdigit():
                written = write(number.value, number.text)
                text = text[: number.start] + written + text[number.end :]
        return text

    return change


def in_words(language: str) -> Callable[[str, str], str]:
    """Return how a number below a thousand is written in words."""
    # Years stay: nobody writes them in words.
    return lambda value, typed: spell_out(int(value), language) if int(value) < 1000 else typed


def with_separators(mark: str) -> Callable[[str, str], str]:
    """Return how a number gets separators of thousands; years get none."""

    def write(value: str, typed: str) -> str:
        if len(value) < 4 or not typed.isdigit() or int(value) < 2100:
            return typed
        return f"{int(value):,}".replace(",", mark)

    return write


def slips(slip: Callable[[str, random.Random], str]) -> Change:
    """Return a change that makes a slip in a third of the long words, at least in one."""

    def change(text: str, chance: random.Random) -> str:
        places = list(_LONG_WORD.finditer(text))
        chosen = chance.sample(places, -(-len(places) // _SHARE_OF_SLIPS))
        for word in sorted(chosen, key=re.Match.start, reverse=True):
            text = text[: word.start()] + slip(word.group(), chance) + text[word.end() :]
        return text

    return change


def left_out(word: str, chance: random.Random) -> str:
    """Leave out one letter, not the first."""
    at = chance.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def doubled(word: str, chance: random.Random) -> str:
    """Type one letter twice."""
    at = chance.randrange(1, len(word))
    return word[:at] + word[at] + word[at:]


def swapped(word: str, chance: random.Random) -> str:
    """Swap two letters, not the first."""
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def other_letter(groups: Mapping[str, str]) -> Callable[[str, random.Random], str]:
    """Return a slip that takes another letter of those that are near one."""

    def slip(word: str, chance: random.Random) -> str:
        places = [at for at in range(1, len(word)) if word[at] in groups]
        if not places:
            return word
        at = chance.choice(places)
        return word[:at] + chance.choice(groups[word[at]]) + word[at + 1 :]

    return slip


def neighbours() -> dict[str, str]:
    """Return for each letter those on the keys beside its own."""
    found = {}
    for row in _KEY_ROWS:
        for at, letter in enumerate(row):
            found[letter] = row[max(at - 1, 0) : at] + row[at + 1 : at + 2]
    return found


def same_sounds() -> dict[str, str]:
    """Return for each Persian letter those that sound like it."""
    return {letter: letters.replace(letter, "") for letters in _SOUNDS for letter in letters}
