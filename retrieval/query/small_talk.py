"""Small talk: greetings, thanks and the like, which ask nothing of the archive.

The phrases are in data/small_talk.tsv. A message is small talk when it is nothing but such phrases,
one after the other: «سلام» + «خوبی» + «داداش». One other word makes it a question.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from index.text.encoder_text import encoder_text
from retrieval.query.query import LATIN_PERSIAN, PERSIAN, detect_language

# A longer message is not looked at.
_MAX_CHARACTERS: Final = 300
_FILLER: Final = "filler"
_APOSTROPHE: Final = re.compile(r"(?<=\w)['’`´](?=\w)")
_BETWEEN_WORDS: Final = re.compile(r"[^\w|]+")
_EMOTICON: Final = re.compile(
    r"(?<!\w)(?:[:;=8x]['’]?-?[)(\]\[dpo3*|/\\]+|[)(]+-?[:;=]|<3+|\^[_.-]*\^|-_+-)(?!\w)",
    re.IGNORECASE,
)
_LAUGHTER: Final = re.compile("(?:h[aeio]|x[aeio]|j[aeiou]|kh|ها|هه|خ|ه){2,}h?")
_UNSPOKEN: Final = str.maketrans({"آ": "ا", "ئ": "ی", "ء": None})
_REPEATED: Final = re.compile(r"(.)\1+")
# A letter three times, or the last one twice: سلااام, hiii, byee.
_DRAWN_OUT: Final = re.compile(r"(.)\1\1|(.)\2$")
# Sounds that Latin letters spell in several ways, with one of them; "|" divides phrases.
_SOUNDS: Final = (
    (re.compile("[ou]+"), "u"),
    (re.compile("ee+|y"), "i"),
    (re.compile("q"), "gh"),
    (re.compile("x"), "kh"),
    (re.compile("[ae]i"), "ei"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=[aeiu])h(?=\||$)"), ""),
)


class SmallTalkTopic(StrEnum):
    """What a message is for; where it has several of these, the first counts."""

    HELP = "help"
    ABOUT = "about"
    WELLBEING = "wellbeing"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    THANKS = "thanks"
    APOLOGY = "apology"
    PRAISE = "praise"
    REACTION = "reaction"


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """A message that asks nothing of the archive.

    Attributes:
        topic: what it is for.
        language: "fa", "en" or "fa-Latn"; None for emoji alone.
    """

    topic: SmallTalkTopic
    language: str | None


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What a phrase may be for: topics with their languages; none for a filler."""

    meanings: tuple[SmallTalk, ...]


def find_small_talk(text: str) -> SmallTalk | None:
    """Return what a message is for if it is nothing but small talk, or None.

    Emoji and emoticons alone are a reaction; punctuation alone is nothing.
    """
    if len(text) > _MAX_CHARACTERS:
        return None
    rest = _EMOTICON.sub(" ", text)
    words = _split(encoder_text(rest))
    if not words:
        shown = rest != text or any(unicodedata.category(one) == "So" for one in text)
        return SmallTalk(SmallTalkTopic.REACTION, None) if shown else None
    meanings = _segmented(words)
    if not meanings:
        return None
    order = list(SmallTalkTopic)
    first = min(meanings, key=lambda one: order.index(one.topic))
    language = detect_language(text)
    known = {one.language for one in meanings if one.topic is first.topic}
    return SmallTalk(first.topic, language if language in known else first.language)


def _segmented(words: Sequence[str]) -> tuple[SmallTalk, ...]:
    """Return the meanings of the phrases that words are made of; empty where others remain."""
    phrases = _phrases()
    # Of the ways to cut the words up to each place, the one with the fewest phrases.
    cuts: list[tuple[_Phrase, ...] | None] = [()]
    for end in range(1, len(words) + 1):
        if not any(cut is not None for cut in cuts[-phrases.longest :]):
            return ()  # As of nearly every question, after its first words.
        ways = [
            (*before, phrase)
            for start in range(max(end - phrases.longest, 0), end)
            if (before := cuts[start]) is not None
            and (phrase := phrases.find("".join(words[start:end]))) is not None
        ]
        cuts.append(min(ways, key=len, default=None))
    return tuple(one for phrase in cuts[-1] or () for one in phrase.meanings)


class _Phrases:
    """The phrases of the data file, by spelling."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.longest = 1
        self._exact: dict[str, _Phrase] = {}
        self._drawn_out: dict[str, _Phrase] = {}
        self._by_sound: dict[str, _Phrase] = {}
        for line in lines:
            if line.startswith("#"):
                continue
            topic, language, phrases = line.split("\t")
            known = (SmallTalk(SmallTalkTopic(topic), language),) if topic != _FILLER else ()
            # Spelled all at once, which is many times faster.
            words = _BETWEEN_WORDS.sub(" ", _plain(encoder_text(phrases)))
            self.longest = max(self.longest, *(len(one.split()) for one in words.split("|")))
            keys = words.replace(" ", "")
            _add(self._exact, keys.split("|"), known)
            _add(self._drawn_out, _squeezed(keys).split("|"), known)
            if language == LATIN_PERSIAN:
                _add(self._by_sound, _sounds(keys).split("|"), known)

    def find(self, key: str) -> _Phrase | None:
        """Return the phrase of some words written in one piece, or None."""
        if phrase := self._exact.get(key):
            return phrase
        # Only Latin letters spell a sound in several ways.
        if key.isascii() and (phrase := self._by_sound.get(_sounds(key))):
            return phrase
        if _LAUGHTER.fullmatch(key):
            return _laughter(key)
        return self._drawn_out.get(_squeezed(key)) if _DRAWN_OUT.search(key) else None


@cache
def _phrases() -> _Phrases:
    data = files("retrieval").joinpath("data", "small_talk.tsv")
    return _Phrases(data.read_text("utf-8").splitlines())


def _add(phrases: dict[str, _Phrase], keys: Sequence[str], meanings: tuple[SmallTalk, ...]) -> None:
    new = _Phrase(meanings)
    for key in keys:
        if (known := phrases.setdefault(key, new)) is not new:
            phrases[key] = _Phrase(tuple(dict.fromkeys((*known.meanings, *meanings))))


def _laughter(key: str) -> _Phrase:
    language = LATIN_PERSIAN if key.isascii() else PERSIAN
    return _Phrase((SmallTalk(SmallTalkTopic.REACTION, language),))


def _split(spelled: str) -> list[str]:
    """Return the words of a text in the encoder's spelling, without apostrophes."""
    return _BETWEEN_WORDS.sub(" ", _plain(spelled)).replace("|", " ").split()


def _plain(spelled: str) -> str:
    """Return a text without letters that may be left out, and without apostrophes in words."""
    return _APOSTROPHE.sub("", spelled.translate(_UNSPOKEN).replace("_", " "))


def _squeezed(key: str) -> str:
    return _REPEATED.sub(r"\1", key)


def _sounds(key: str) -> str:
    for spelling, sound in _SOUNDS:
        key = spelling.sub(sound, key)
    return key
