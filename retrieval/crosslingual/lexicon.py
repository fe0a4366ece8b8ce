"""The news lexicon: English words and names with their equivalents in the Persian press."""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

from index.weak_methods import remembering

# Words of English questions that say nothing about the subject.
ENGLISH_FUNCTION_WORDS: Final = frozenset(
    """
    a an the of in on at to for from by with and or but as than then so if that this these those
    is are was were be been being am do does did done doing has have had having can could will
    would shall should may might must i you he she it we they me him her us them my your his its
    our their who whom whose what which when where why how much many there here not no any some
    such just also too very about into over under up down out off s t d ll re ve don didn doesn isn
    aren wasn weren what's who's where's when's how's why's that's it's he's she's there's let's
    who'd what'd he'd she'd they'd didn't doesn't don't isn't aren't wasn't weren't couldn't
    can't won't wouldn't hasn't haven't hadn't shouldn't according
    after before while during since until till because between among through against ahead own
    both each every other another again ever never only even still yet already more most less least
    same few via either neither whether onto upon v vs per ex
    get gets got getting us one ones please regarding concerning
    """.split()
)
# Endings with what stands in their place in the word that the lexicon may have, tried in order.
_ENDINGS: Final = (
    ("'s", ""), ("s'", "s"), ("'", ""), ("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"),
    ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""), ("ier", "y"), ("er", "e"), ("er", ""),
    ("iest", "y"), ("est", "e"), ("est", ""), ("ily", "y"), ("ly", ""), ("ness", ""),
)  # fmt: skip
_MIN_LEMMA: Final = 3
# Words of questions repeat.
_REMEMBERED: Final = 2**12
_DOUBLING: Final = re.compile("[^aeiou]+[aeiou][bdgmnprt]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A dictionary entry for one or more words of a text.

    Attributes:
        length: number of words of the text that it translates.
        equivalents: in Persian, the most usual first.
    """

    length: int
    equivalents: tuple[str, ...]


class Lexicon:
    """English words and phrases to Persian ones."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Take lines of a word or phrase, a tab and its equivalents with `|` between them."""
        self._entries: dict[str, dict[str, str]] = {}
        # The number of words of the longest phrase that begins with a word.
        self._longest: dict[str, int] = {}
        self._inflected = remembering(self._find_inflected, _REMEMBERED)
        for line in lines:
            word, _, equivalents = line.partition("\t")
            word = word.replace("-", " ")
            self._entries.setdefault(word.casefold(), {})[word] = equivalents
            if gaps := word.count(" "):
                first = word.partition(" ")[0].casefold()
                self._longest[first] = max(gaps + 1, self._longest.get(first, 1))

    def find(self, words: Sequence[str], at: int) -> Entry | None:
        """Return the entry for the most words from `words[at]` on.

        A plural, a tense or a comparative that the lexicon lacks is looked up without its ending.
        """
        longest = self._longest.get(words[at].partition(" ")[0].casefold(), 1)
        for length in range(min(longest, len(words) - at), 0, -1):
            if equivalents := self._inflected(" ".join(words[at : at + length])):
                return Entry(length, equivalents)
        return None

    def is_english(self, word: str) -> bool:
        """Return whether a word, in any inflection, is English and not only a name."""
        return any(form in self._english for form in _forms(word.casefold()))

    @cached_property
    def _english(self) -> frozenset[str]:
        """The words and phrases that are not only names."""
        return frozenset(
            word for word, spellings in self._entries.items() if any(map(str.islower, spellings))
        )

    def has(self, word: str) -> bool:
        """Return whether the lexicon has a word in any spelling."""
        return word.casefold() in self._entries

    def names(self) -> dict[str, str]:
        """Return the single-word names by their most usual Persian equivalent.

        A Persian word that other English words stand for, too, is no name (نفت, a club and oil).
        """
        names: dict[str, str] = {}
        others: set[str] = set()
        for spellings in self._entries.values():
            name = next((one for one in spellings if one.istitle() and one.isalpha()), None)
            if name is None:
                others.update(one for all_ in spellings.values() for one in all_.split("|"))
            else:
                names.setdefault(spellings[name].split("|")[0], name)
        return {persian: name for persian, name in names.items() if persian not in others}

    def entries(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each word or phrase, as it is spelled, with its equivalents."""
        for spellings in self._entries.values():
            for spelling, equivalents in spellings.items():
                yield spelling, tuple(equivalents.split("|"))

    def lemmas(self, phrase: str) -> set[str]:
        """Return the entries, in small letters, that a word or phrase may be a form of."""
        return {form for form in _forms(phrase.casefold()) if form in self._entries}

    def persian_words(self) -> set[str]:
        """Return the single words among all equivalents."""
        return {
            word
            for spellings in self._entries.values()
            for equivalents in spellings.values()
            for word in equivalents.split("|")
            if word.isalpha()
        }

    def inflected_words(self) -> set[str]:
        """Return the single English words, small, also with the usual endings of those in use."""
        single = {word for word in self._entries if word.isalpha()}
        inflected = (form for word in single if self.is_english(word) for form in _inflected(word))
        return {*single, *ENGLISH_FUNCTION_WORDS, *inflected}

    def _find_inflected(self, phrase: str) -> tuple[str, ...]:
        """Return the equivalents of a word or phrase, or of the first form of it that has any."""
        return next(filter(None, map(self._equivalents, _forms(phrase))), ())

    def _equivalents(self, form: str) -> tuple[str, ...]:
        """Return the equivalents of all spellings of a word, those of its own spelling first."""
        spellings = self._entries.get(form.casefold())
        if not spellings:
            return ()
        lists = [spellings[form]] if form in spellings else []
        lists += [spellings[other] for other in sorted(spellings, reverse=True) if other != form]
        return tuple(dict.fromkeys(one for several in lists for one in several.split("|")))


@cache
def news_lexicon() -> Lexicon:
    """Return the lexicon that ships with the project."""
    data = files("retrieval").joinpath("data")
    words = gzip.decompress(data.joinpath("en_fa.tsv.gz").read_bytes()).decode("utf-8")
    phrases = data.joinpath("phrases.tsv").read_text("utf-8")
    return Lexicon([*words.splitlines(), *phrases.splitlines()])


def _inflected(word: str) -> Iterator[str]:
    """Yield the usual plural, past and progressive of a word."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        yield from (f"{word[:-1]}ies", f"{word[:-1]}ied", f"{word}ing")
    elif word.endswith("e"):
        yield from (f"{word}s", f"{word}d", f"{word[:-1]}ing")
    elif _DOUBLING.fullmatch(word):  # running, stopped
        yield from (f"{word}s", f"{word}{word[-1]}ed", f"{word}{word[-1]}ing")
    else:
        yield from (f"{word}s", f"{word}ed", f"{word}ing")


def _forms(word: str) -> Iterator[str]:
    """Yield a word and what it may be an inflection of."""
    yield word
    for ending, replacement in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < _MIN_LEMMA:
            continue
        yield stem + replacement
        if not replacement and stem[-1] == stem[-2]:  # running, bigger
            yield stem[:-1]
