"""Keys of an article that another one may share: its id, its agency and code, its address."""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from index.article import Article
from index.identifiers import canonical_url, news_code
from index.readers.formats.jsonl import to_record
from index.text.special_characters import replace_surrogates

_SPACES = re.compile(r"[\s\u200c]+")
_PERSIAN_LETTERS = str.maketrans("يىك", "ییک")


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """What an article says of its identity.

    Attributes:
        id: the article's id.
        code: its agency and the agency's number for it; None if one of them is unknown.
        link: its canonical address; None if it has none of its own.
    """

    id: str
    code: str | None
    link: str | None


def article_key(article: Article) -> ArticleKey:
    """Return the key of an article."""
    code = None
    if article.agency and (number := news_code(article.code)):
        code = f"{_agency(replace_surrogates(article.agency))}\n{replace_surrogates(number)}"
    return ArticleKey(
        replace_surrogates(article.id), code, canonical_url(replace_surrogates(article.link or ""))
    )


def to_json(article: Article) -> str:
    """Return an article as the line of JSON that the article store keeps."""
    return replace_surrogates(
        json.dumps(to_record(article), ensure_ascii=False, separators=(",", ":"))
    )


def checksum(record: str) -> bytes:
    """Return 16 bytes that change with any part of an article."""
    return hashlib.blake2b(record.encode("utf-8"), digest_size=16).digest()


def content_checksum(article: Article) -> bytes:
    """Return 16 bytes that change with any part of an article but its id and its time of day."""
    return checksum(to_json(replace(article, id="", time=None)))


def is_blank(article: Article) -> bool:
    """Return whether an article has no text."""
    return not any(text.strip() for text in (article.title, article.abstract, *article.paragraphs))


@lru_cache(maxsize=4096)
def _agency(name: str) -> str:
    """Return a name in one spelling, without hazm, which takes seconds to load."""
    return _SPACES.sub(" ", name.translate(_PERSIAN_LETTERS)).strip().casefold()
