"""The text of a question without what typing and copying leave in it."""

import re
import unicodedata
from typing import Final

from index.text.letters import drop_marks
from retrieval.crosslingual.finglish import MAX_WORDS
from retrieval.token_line import WORD

# The longest question of the evaluation files has 36 words and 222 characters. What is longer is a
# text, of which each word takes its time, and the models have learned from shorter questions.
MAX_CHARACTERS: Final = 300
# What is matched by itself: letters, digits, each part of a compound.
_PART: Final = re.compile(r"\d+|[^\W\d_]+")
_LINK: Final = re.compile(r"(?:https?://|www\.|t\.me/)[^\s<>\"'«»()]+", re.IGNORECASE)
_MARKDOWN_LINK: Final = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
# Marks of Markdown around words, and at the beginning of a line: quotation, heading, list.
_MARKDOWN: Final = re.compile(r"\*+|`+|~~|\|\|")
_LINE_START: Final = re.compile(r"^[ \t]*(?:>+|#+(?= )|[-•](?= ))[ \t]*", re.MULTILINE)
# The mark of a hashtag, and what stands between its words; also Markdown.
_TAG: Final = re.compile(r"#(?=\w)|_+")
_FEWEST_CAPITAL_WORDS: Final = 2
_CAPITAL_WORD: Final = re.compile(r"[A-Z]{2,}")


def clean_question(text: str) -> str:
    """Return what a question says, as somebody types it who is careful.

    Composed letters without kashida, vowel signs and characters of no width; words of hashtags with
    spaces between them; no links, Markdown, emoji and line breaks; small letters instead of
    capitals throughout. A text that is nothing but links stays.

    Args:
        text: as it was typed.
    """
    cleaned = drop_marks(text)
    cleaned = _MARKDOWN_LINK.sub(r"\1", cleaned)
    without_links = _LINK.sub(" ", cleaned)
    if any(character.isalnum() for character in without_links):
        cleaned = without_links
    cleaned = _TAG.sub(" ", _MARKDOWN.sub("", _LINE_START.sub("", cleaned)))
    cleaned = "".join(" " if _is_picture(character) else character for character in cleaned)
    cleaned = " ".join(cleaned.split())
    return cleaned.lower() if _is_shouted(cleaned) else cleaned


def beginning(text: str) -> str:
    """Return as much of a question's beginning as is read: all of it, but for pasted texts.

    That is `MAX_WORDS`, each part of a compound counted, and `MAX_CHARACTERS`. A word is cut only
    if it is the first.

    Args:
        text: a text from `clean_question`.
    """
    first = WORD.search(text)
    if first is not None and len(text) > MAX_CHARACTERS:
        text = text[first.start() :]
    parts, end = 0, 0
    for word in WORD.finditer(text):
        parts += len(_PART.findall(word.group()))
        if parts > MAX_WORDS or word.end() > MAX_CHARACTERS:
            return text[: end or MAX_CHARACTERS]
        end = word.end()
    return text[:MAX_CHARACTERS].rstrip()


def _is_picture(character: str) -> bool:
    return character > "\u00ff" and unicodedata.category(character) in ("So", "Sk", "Cs", "Co")


def _is_shouted(text: str) -> bool:
    """Return whether words are in capitals throughout, so that these tell nothing."""
    if any(character.islower() or "\u0600" <= character <= "\u06ff" for character in text):
        return False
    return len(_CAPITAL_WORD.findall(text)) >= _FEWEST_CAPITAL_WORDS
