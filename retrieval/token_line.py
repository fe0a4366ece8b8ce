"""Texts as lines of tokens, so that regular expressions find wordings in questions.

In a line every spelling of a word is one token, and single spaces separate the tokens. Some tokens
are symbols that stand for a word or for a name of several words.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, islice
from typing import Final, Self

from index.text.persian import in_one_piece

# Letters and digits with what may stand inside a word: diacritics and joiners.
WORD: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0670\u200c\u200d\u00ad])*")
_SENTENCE_END: Final = re.compile(r"[!?؟\n]|\.(?=\s|$)")
PAUSE: Final = re.compile(r"[،,؛;:()\[\]|…–—]|\s-\s")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a symbol, a pause "," or a sentence's end ".", with its offsets in the text."""

    plain: str
    start: int
    end: int


class TokenLine:
    """Tokens joined by single spaces.

    Attributes:
        tokens: the tokens.
        text: their spellings, joined.
        starts: offset of each token in `text`.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.text = " ".join(token.plain for token in tokens)
        ends = accumulate((len(token.plain) + 1 for token in tokens), initial=0)
        self.starts = list(ends)[: len(tokens)]

    def __len__(self) -> int:
        return len(self.tokens)

    def plain(self, at: int) -> str:
        """Return the spelling of a token; empty outside the line."""
        return self.tokens[at].plain if 0 <= at < len(self.tokens) else ""

    def before(self, at: int) -> str:
        """Return the line before a token, without the space between them."""
        return self.text[: max(self.starts[at] - 1, 0)]

    def after(self, at: int) -> str:
        """Return the line from a token on, with a space before it; `at` may be the length."""
        return f" {self.text[self.starts[at] :]}" if at < len(self.tokens) else ""

    def tokens_of(self, match: re.Match[str], group: str | int) -> Sequence[Token]:
        """Return the tokens that a group of a match covers."""
        first = bisect_right(self.starts, match.start(group)) - 1
        return self.tokens[first : bisect_left(self.starts, match.end(group))]


class TokenizedText:
    """A text with its normalised tokens, which are made once.

    Attributes:
        text: the text as it was typed.
        tokens: its words, pauses and ends of sentences.
    """

    def __init__(self, text: str, known: Mapping[str, str] | None = None) -> None:
        """Tokenize a text.

        Args:
            text: the text.
            known: the normalised spelling of words that have been normalised before.
        """
        self.text = text
        words = list(WORD.finditer(text))
        self._spellings = dict(known or {})
        new = [word.group() for word in words if word.group() not in self._spellings]
        self._spellings.update(zip(new, in_one_piece(new), strict=True))
        self.tokens = tuple(self._tokenize(words))

    @cached_property
    def line(self) -> TokenLine:
        """The tokens as one line."""
        return TokenLine(self.tokens)

    def without(self, start: int, end: int) -> Self:
        """Return the text without a span; no word is normalised again."""
        return type(self)(remove_span(self.text, start, end), self._spellings)

    def part(self, start: int, end: int) -> Self:
        """Return a span of the text; no word is normalised again."""
        if self.text[start:end].strip() == self.text:
            return self
        return type(self)(self.text[start:end].strip(), self._spellings)

    def _tokenize(self, words: Sequence[re.Match[str]]) -> Iterator[Token]:
        end = 0
        for word in words:
            yield from _stops(self.text, end, word.start())
            end = word.end()
            if plain := self._spellings[word.group()]:
                yield Token(plain, word.start(), end)
        yield from _stops(self.text, end, len(self.text))


@lru_cache(maxsize=16)  # The steps of one question ask for the same text.
def tokenized(text: str) -> TokenizedText:
    """Return a text with its tokens; the last few are remembered."""
    return TokenizedText(text)


def normalized_words(texts: Sequence[str]) -> list[list[str]]:
    """Return the words of each text, as they stand in a line."""
    found = [WORD.findall(text) for text in texts]
    plain = iter(in_one_piece([word for words in found for word in words]))
    return [[word for word in islice(plain, len(words)) if word] for words in found]


def _stops(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield the pause or the end of a sentence between two words, if there is one."""
    between = text[start : end + 1]  # A point before a letter, as in an address, ends nothing.
    if _SENTENCE_END.search(between):
        yield Token(".", start, end)
    elif PAUSE.search(between):
        yield Token(",", start, end)


def pattern(body: str) -> re.Pattern[str]:
    """Compile an expression for whole words of a line."""
    return re.compile(rf"(?<!\S)(?:{body})(?!\S)")


class LazyPatterns:
    """Expressions (see `pattern`) that are compiled when they are first used.

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
    """Return a span with the quotation marks, brackets and commas that its removal would leave."""
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
    """Return the end of a span, extended by the mark that closes a bracket or quotation in it."""
    opened = any(mark in text[start:end] for mark in _OPENING)
    return end + 1 if opened and text[end : end + 1] in tuple(_CLOSING) else end


def count_words(text: str) -> int:
    """Return how many tokens of a text have a letter or a digit."""
    return sum(any(map(str.isalnum, token.plain)) for token in tokenized(text).tokens)
