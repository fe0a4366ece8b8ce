"""Search operators in a question: an exact phrase in quotes, and words to leave out.

`"گاز طبیعی" ترکیه` wants the phrase as it is; `استقلال -پرسپولیس` wants no text with the second
word. Words that a whole sentence quotes are a title or someone's words, and no operator; neither
is a whole question in quotes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_QUOTED: Final = '"[^"]{1,200}"|“[^“”]{1,200}”|«[^«»]{1,200}»'
# A hyphen before a word and after a space: «-استقلال», but neither «گفت - استقلال» nor "run-off".
_EXCLUSION: Final = re.compile(rf"(?:(?<=\s)|^)[-−–](?P<left_out>{_QUOTED}|[^\W\d_][^\s\"“«]*)")
_PHRASE: Final = re.compile(_QUOTED)
_WORD: Final = re.compile(r"[^\W_]+")
_MARKS: Final = '"“”«»'
# With more words around it, a quotation is part of a sentence.
_MOST_WORDS_AROUND: Final = 3
# A quotation with more words, or with a question mark, is a sentence, not a phrase to look for.
_MOST_WORDS_IN_PHRASE: Final = 6
# Each is analysed by itself.
_MOST_OPERATORS: Final = 10
_ASKING: Final = re.compile(r"[?؟]")


@dataclass(frozen=True, slots=True)
class SearchOperators:
    """The operators of a question.

    Attributes:
        text: the question without the words that are to be left out.
        phrases: what a text must have word for word.
        excluded: what it must not have.
    """

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def find_operators(text: str) -> SearchOperators:
    """Find the operators of a question; a question of nothing but exclusions has none."""
    rest = _EXCLUSION.sub(" ", text)
    if not _WORD.search(rest):
        return SearchOperators(text)
    excluded = _first_of_each(
        match["left_out"].strip(_MARKS) for match in _EXCLUSION.finditer(text)
    )
    around = len(_WORD.findall(_PHRASE.sub(" ", rest)))
    phrases: tuple[str, ...] = ()
    if around <= _MOST_WORDS_AROUND:
        found = (match.group().strip(_MARKS).strip() for match in _PHRASE.finditer(rest))
        phrases = _first_of_each(phrase for phrase in found if _is_phrase(phrase))
    return SearchOperators(rest.strip() if excluded else text, phrases, excluded)


def _first_of_each(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:_MOST_OPERATORS]


def _is_phrase(quoted: str) -> bool:
    """Return whether what stands in quotes is a phrase, and no question that was quoted."""
    words = len(_WORD.findall(quoted))
    return 0 < words <= _MOST_WORDS_IN_PHRASE and not _ASKING.search(quoted)
