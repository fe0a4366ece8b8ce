"""Resemblance of two texts under one id, address or code: versions of one article, or two articles.

Measured on the 1,497 articles of `news_dated`: of 4,000 random pairs 0.6 % count as related; of
titles with the text below them, 98 %; of articles with a new last paragraph and title, all.
"""

import re
from collections.abc import Set
from itertools import pairwise

from index.article import Article

_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans("يىكأإٱؤئةۀ", "ییکاااویهه")
# Shorter words are mostly those that every text has: از، که، این.
_LONG_WORD = 4
# The share of the shorter text's long words, or pairs of words, that the other text has too.
_SHARED_WORDS = 0.5
_SHARED_PAIRS = 0.25


def are_related(one: Article, other: Article) -> bool:
    """Return whether two texts may be versions of one article.

    They have the same title or text, or much of the shorter one is in the longer one: a flash and
    the report that follows it, or a lead and its article.
    """
    for mine, others in ((one.title, other.title), (_body(one), _body(other))):
        if _words(mine) == _words(others) != []:
            return True
    words = _words(_text(one)), _words(_text(other))
    if not words[0] or not words[1]:
        return words[0] == words[1]
    long_words = [{word for word in own if len(word) >= _LONG_WORD} for own in words]
    pairs = [set(pairwise(own)) for own in words]
    return (
        _shared(*long_words) >= _SHARED_WORDS
        or _shared(*pairs) >= _SHARED_PAIRS
        or words[0] == words[1]
    )


def have_same_wording(one: Article, other: Article) -> bool:
    """Return whether two articles have the same title and text."""
    return (one.title, _text(one)) == (other.title, _text(other))


def _shared(one: Set[object], other: Set[object]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.translate(_LETTERS).casefold())


def _text(article: Article) -> str:
    return f"{article.title}\n{_body(article)}"


def _body(article: Article) -> str:
    return "\n".join((article.abstract, *article.paragraphs))
