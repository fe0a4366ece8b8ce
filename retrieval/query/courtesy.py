"""Courtesy: greetings, requests and thanks around a question, which say nothing of its subject."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from retrieval.crosslingual.finglish import spelling_key
from retrieval.query.query import ENGLISH, LATIN_PERSIAN, PERSIAN, detect_language
from retrieval.query.question_text import beginning, clean_question
from retrieval.token_line import Token, TokenizedText, tokenized

_PAUSES: Final = frozenset(",.")
_WRITINGS: Final = {"fa": PERSIAN, "latn": LATIN_PERSIAN, "en": ENGLISH}
# Left behind by courtesy that is cut at the end, with what stands before it.
_TRAILING: Final = " \t،,؛;:.-–—"


class _Kind(StrEnum):
    """Kinds of courteous phrases: the first column of the table."""

    GREETING = "greeting"
    ADDRESS = "address"
    POLITE = "polite"
    THANKS = "thanks"
    NOUN = "noun"
    ASK = "ask"
    MODAL = "modal"
    RECIPIENT = "recipient"
    TELL = "tell"
    SAY = "say"
    THAT = "that"


# Mean the same in a question of any writing; "begin" would not.
_IN_ALL_WRITINGS: Final = frozenset({_Kind.GREETING, _Kind.POLITE, _Kind.THANKS, _Kind.NOUN})
_ALONE: Final = frozenset({_Kind.GREETING, _Kind.POLITE, _Kind.THANKS, _Kind.ASK})
_BETWEEN: Final = frozenset({_Kind.POLITE, _Kind.RECIPIENT})
_AND: Final = frozenset({"و", "va", "and"})
# With one of these behind it, courtesy is what is asked about: «درود بر شهیدان», "thanks to whom".
_COMPLEMENTS: Final = {
    _Kind.GREETING: frozenset({"بر", "bar"}),
    _Kind.THANKS: frozenset({"بر", "از", "بابت", "bar", "az", "babate", "for", "to"}),
}
# Courtesy behind a question has no more tokens than this.
_LONGEST_CLOSING: Final = 16

_Phrases = Mapping[tuple[str, ...], frozenset[_Kind]]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """What a question asks, without courtesy and what typing left in it.

    Attributes:
        text: the question.
        language: of the whole text, as `detect_language` says it.
        beginning: what was read of a text that is too long for a question; None: all of it.
    """

    text: TokenizedText
    language: str
    beginning: str | None = None


def read_question(text: str) -> AskedQuestion:
    """Return what is asked in a text as it was typed."""
    cleaned = clean_question(text)
    read = beginning(cleaned)
    language = detect_language(read)
    asked = without_courtesy(tokenized(read), language)
    return AskedQuestion(asked, language, None if read == cleaned else read)


def without_courtesy(question: TokenizedText, language: str) -> TokenizedText:
    """Return a question without the courtesy before and after it.

    Args:
        question: the question as it was asked.
        language: its language, of which requests are looked for ("could you tell me").

    Returns:
        What is asked; the whole question where nothing else is in it.
    """
    tokens, text = question.tokens, question.text
    line = _CourteousLine(tokens, language)
    start = line.end_of_opening()
    end = line.start_of_closing(start)
    if all(token.plain in _PAUSES for token in tokens[start:end]):
        return question
    first = tokens[start].start if start else 0
    last = len(text)
    if end < len(tokens):
        # The mark that ends the question stays.
        last = len(text[: tokens[end].start].rstrip(_TRAILING))
    return question.part(first, last)


class _CourteousLine:
    """The tokens of a question, compared with courteous phrases."""

    def __init__(self, tokens: Sequence[Token], language: str) -> None:
        self._words = [_key(token.plain) for token in tokens]
        self._phrases = _phrases(language)
        self._longest = _longest(language)

    def end_of_opening(self) -> int:
        """Return the number of tokens that are courtesy before the question."""
        at = 0
        while (after := self._after_next(at, 0)) is not None:
            at = after
        return at

    def start_of_closing(self, opening: int) -> int:
        """Return the first token of the courtesy behind the question."""
        end = len(self._words)
        for at in range(max(opening, end - _LONGEST_CLOSING), end):
            if self._is_courtesy_from(at):
                return at
        return end

    def _is_courtesy_from(self, start: int) -> bool:
        """Return whether all tokens from one on are courtesy, beginning with a word."""
        at = start
        while (after := self._after_next(at, start)) is not None:
            at = after
        return at == len(self._words)

    def _after_next(self, at: int, start: int) -> int | None:
        """Return the place after courtesy that goes on at a token, or a pause in it; or None."""
        if at == len(self._words):
            return None
        if at == start:
            # Hardly any word of a question begins a phrase.
            if self._words[at] not in self._longest:
                return None
            return self._after_courtesy(at, greeted=False) or self._after_call(at)
        if self._words[at] in _PAUSES:
            return at + 1
        joined = at + 1 if self._words[at] in _AND else at
        return self._after_courtesy(joined, greeted=True)

    def _after_call(self, at: int) -> int | None:
        """Return the place after an address with courtesy behind it («آقا یه سوال»), or None."""
        called = self._match(at, frozenset({_Kind.ADDRESS}))
        if called is None:
            return None
        while called < len(self._words) and self._words[called] in _PAUSES:
            called += 1
        return self._after_courtesy(called, greeted=False)

    def _after_courtesy(self, at: int, *, greeted: bool) -> int | None:
        """Return the place after the longest courtesy that begins at a token, or None."""
        kinds = _ALONE | {_Kind.ADDRESS} if greeted else _ALONE
        ends = [self._match(at, kinds), self._after_request(at)]
        found = [end for end in ends if end is not None]
        if found:
            return None if self._has_complement(at, max(found)) else max(found)
        return self._after_noun(at)

    def _has_complement(self, at: int, after: int) -> bool:
        """Return whether the word behind a phrase belongs to it."""
        kinds = self._phrases.get(tuple(self._words[at:after]), frozenset())
        following = self._words[after : after + 1]
        return any(word in _COMPLEMENTS.get(kind, ()) for kind in kinds for word in following)

    def _after_noun(self, at: int) -> int | None:
        """Return the place after a noun that no words follow but courtesy, or None.

        «تشکر» is courtesy in «تشکر، قیمت نفت؟», but not in «تشکر مردم از تیم ملی».
        """
        after = self._match(at, frozenset({_Kind.NOUN}))
        if after is None or after == len(self._words) or self._words[after] in _PAUSES:
            return after
        courteous = self._match(after, _ALONE | {_Kind.NOUN, _Kind.ADDRESS})
        return None if courteous is None else after

    def _after_request(self, at: int) -> int | None:
        """Return the place after "could you please tell me that", or None."""
        after = self._match(at, frozenset({_Kind.MODAL}))
        place = at if after is None else after
        kinds = _BETWEEN if after is None else _BETWEEN | {_Kind.MODAL}
        while (between := self._match(place, kinds)) is not None:
            place = between
        asked = {_Kind.TELL} if after is None else {_Kind.TELL, _Kind.SAY}
        told = self._match(place, frozenset(asked))
        if told is None:
            return None
        while (between := self._match(told, _BETWEEN)) is not None:
            told = between
        that = self._match(told, frozenset({_Kind.THAT}))
        return told if that is None else that

    def _match(self, at: int, kinds: frozenset[_Kind]) -> int | None:
        """Return the place after the longest phrase of some kinds, or None."""
        if at == len(self._words):
            return None
        longest = self._longest.get(self._words[at], 0)
        for length in range(min(longest, len(self._words) - at), 0, -1):
            phrase = tuple(self._words[at : at + length])
            if not kinds.isdisjoint(self._phrases.get(phrase, ())):
                return at + length
        return None


@cache
def _phrases(language: str) -> _Phrases:
    """Return the kinds of the phrases that count in questions of a language."""
    found: dict[tuple[str, ...], set[_Kind]] = defaultdict(set)
    table = files("retrieval").joinpath("data", "courtesy.tsv").read_text("utf-8")
    for line in table.splitlines():
        if not line or line.startswith("#"):
            continue
        kind, writing, phrases = line.split("\t")
        if _Kind(kind) in _IN_ALL_WRITINGS or _WRITINGS[writing] == language:
            for phrase in phrases.split("|"):
                found[tuple(map(_key, phrase.split()))].add(_Kind(kind))
    return {phrase: frozenset(kinds) for phrase, kinds in found.items()}


@cache
def _longest(language: str) -> Mapping[str, int]:
    """Return how many words the longest phrase has that begins with a word."""
    found: dict[str, int] = {}
    for phrase in _phrases(language):
        found[phrase[0]] = max(len(phrase), found.get(phrase[0], 0))
    return found


def _key(word: str) -> str:
    return spelling_key(word) if word.isascii() else word
