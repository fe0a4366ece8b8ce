"""The text of a question without what typing and copying leave in it."""

import re
import unicodedata
from typing import Final

from index.text.letters import drop_marks

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


def _is_picture(character: str) -> bool:
    return character > "\u00ff" and unicodedata.category(character) in ("So", "Sk", "Cs", "Co")


def _is_shouted(text: str) -> bool:
    """Return whether words are in capitals throughout, so that these tell nothing."""
    if any(character.islower() or "\u0600" <= character <= "\u06ff" for character in text):
        return False
    return len(_CAPITAL_WORD.findall(text)) >= _FEWEST_CAPITAL_WORDS
