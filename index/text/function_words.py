"""Function words of Persian: words that say nothing of a subject, written and spoken."""

from functools import cache

from index.text.letters import ZWNJ
from index.text.tables import read_table


@cache
def function_words() -> frozenset[str]:
    """Return the words in one piece, in the letters of `index.text.persian.normalise`."""
    return frozenset(
        word for _, words in read_table("function_words.tsv") for word in words.split()
    )


def is_function_word(word: str) -> bool:
    """Return whether a normalised word is a function word as it was typed.

    Its stem does not count, nor its parts: اینتر is no این, and کی‌روش no کی.
    """
    return word.replace(ZWNJ, "") in function_words()
