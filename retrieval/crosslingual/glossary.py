"""The glossary: Persian words and names with the one English word that each surely means.

`data/fa_en.tsv.gz` has a line for each: the Persian, a tab, the English. It is the
lexicon turned round, without what could mean something else (`retrieval.evaluation.gloss_learning`
makes it).
"""

import gzip
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from index.text.persian import ZWNJ

FILE: Final = "fa_en.tsv.gz"
# Endings that leave the meaning alone: the plural, and the ی that ties a word to the next one.
_INFLECTION: Final = re.compile(f"{ZWNJ}?های?$|(?<=[او])ی$")


class Glossary:
    """Persian words and phrases to English ones."""

    def __init__(self, entries: Mapping[str, str], longest: int) -> None:
        """Take entries by `glossary_key`, and of how many words the longest may be."""
        self._entries = entries
        self._longest = longest

    def find(self, words: Sequence[str], at: int) -> tuple[int, str] | None:
        """Return the entry for the most words from `words[at]` on: their number, the English."""
        for length in range(min(self._longest, len(words) - at), 0, -1):
            if english := self._entries.get(glossary_key(words[at : at + length])):
                return length, english
        bare = _INFLECTION.sub("", words[at])
        return (1, english) if (english := self._entries.get(glossary_key([bare]))) else None


def glossary_key(words: Sequence[str]) -> str:
    """Return words as one key; in compounds a ZWNJ is as good as a space."""
    return " ".join(words).replace(ZWNJ, " ")


# Of the lexicon's phrases; longer ones are sentences, not terms.
LONGEST: Final = 4


@cache
def news_glossary() -> Glossary:
    """Return the glossary that ships with the project."""
    data = files("retrieval").joinpath("data", FILE).read_bytes()
    lines = gzip.decompress(data).decode("utf-8").splitlines()
    return Glossary(dict(tuple(line.split("\t")) for line in lines), LONGEST)  # type: ignore[misc]
