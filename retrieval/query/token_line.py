"""Texts as lines of plain words, for finding wordings in questions by regular expressions.

In a line every spelling of a word is one, and words are parted by single spaces. Some words may
have been replaced by marks.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, islice
from typing import Final

from index.text.persian import ZWNJ, normalise

# Letters and digits with what may stand inside a word: diacritics and joiners.
WORD: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0670\u200c\u200d\u00ad])*")
_UNSEEN: Final = str.maketrans("", "", "\u200d\u00ad")
_SENTENCE_END: Final = re.compile(r"[!?؟\n]|\.(?=\s|$)")
PAUSE: Final = re.compile(r"[،,؛;:()\[\]|…–—]|\s-\s")
# Marks for agencies in a line: by a name of its own; by one that something else has, too; by a
# word that in most questions is something else. data/agencies.tsv stars the latter two.
MARKS: Final = ("§", "¤", "¬")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a pause "," or a sentence's end "." with its place in the text."""

    plain: str
    start: int
    end: int


class TokenLine:
    """Units as one line, with the way back to them."""

    def __init__(self, units: Sequence[Token]) -> None:
        self.units = units
        self.text = " ".join(unit.plain for unit in units)
        self._starts = list(accumulate((len(unit.plain) + 1 for unit in units), initial=0))

    def units_of(self, match: re.Match[str], group: str | int) -> Sequence[Token]:
        """Return the units that a group of a match lies on."""
        first = bisect_right(self._starts, match.start(group)) - 1
        return self.units[first : bisect_left(self._starts, match.end(group))]


@lru_cache(maxsize=64)  # The three questions are asked of the same text.
def tokenize(text: str) -> tuple[Token, ...]:
    """Return the words of a text, and what parts them."""
    found: list[Token] = []
    end = 0
    matches = list(WORD.finditer(text))
    for match, plain in zip(matches, _plain([match.group() for match in matches]), strict=True):
        found.extend(_stops(text, end, match.start()))
        end = match.end()
        if plain:
            found.append(Token(plain, match.start(), end))
    return (*found, *_stops(text, end, len(text)))


def normalized_words(texts: Sequence[str]) -> list[list[str]]:
    """Return the words of each text, as they stand in a line."""
    found = [WORD.findall(text) for text in texts]
    plain = iter(_plain([word for words in found for word in words]))
    return [[word for word in islice(plain, len(words)) if word] for words in found]


def _plain(words: Sequence[str]) -> list[str]:
    """Return the one spelling of each word; a compound tied by ZWNJ is one word in one piece."""
    # All at once is ten times faster than one by one.
    plain = normalise("\n".join(words).translate(_UNSEEN)).split("\n")
    if len(plain) != len(words):
        plain = [normalise(word) for word in words]
    return ["".join(word.replace(ZWNJ, "").split()) for word in plain]


def _stops(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield what stands between two words, if it parts them."""
    between = text[start : end + 1]  # A point with a letter behind it, as in an address, is none.
    if _SENTENCE_END.search(between):
        yield Token(".", start, end)
    elif PAUSE.search(between):
        yield Token(",", start, end)


def pattern(body: str) -> re.Pattern[str]:
    """Compile an expression for whole words of a line."""
    return re.compile(rf"(?<!\S)(?:{body})(?!\S)")


class LazyPatterns:
    """Several expressions, see `pattern`, that are compiled when they are first looked through.

    A question from a shell needs few of them, and compiling all takes longer than to answer it.
    """

    def __init__(self, *bodies: str) -> None:
        self._bodies = bodies

    def __iter__(self) -> Iterator[re.Pattern[str]]:
        return iter(self._compiled)

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(pattern, self._bodies))


def remove_span(text: str, start: int, end: int) -> str:
    """Return `text` without the characters from `start` to `end` and the space left over there."""
    left, right = text[:start].rstrip(), text[end:].lstrip()
    return (left + right if right[:1] in tuple(".!?؟،,؛;:") else f"{left} {right}").strip()


_COMMA: Final = re.compile(r"\s*[،,؛;:–—]")
_OPENING, _CLOSING = "\"'«“‘(", "\"'»”’)"


def expand_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span with the quotation marks, brackets and commas that would be left over."""
    end = close_bracket(text, start, end)
    while start > 0 and text[start - 1] in _OPENING and text[end : end + 1] in tuple(_CLOSING):
        start, end = start - 1, end + 1
    comma = _COMMA.match(text, end)
    if comma:
        end = comma.end()
    before = text[:start].rstrip()
    if before.endswith(("،", ",")) and (comma or not WORD.search(text, end)):
        start = len(before) - 1
    return start, end


def close_bracket(text: str, start: int, end: int) -> int:
    """Return the end of a span with the mark that closes what is opened in it."""
    opened = any(mark in text[start:end] for mark in _OPENING)
    return end + 1 if opened and text[end : end + 1] in tuple(_CLOSING) else end
