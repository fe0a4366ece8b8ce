"""Identity of articles: the same id, the same agency and code, or the same address."""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from index.article import Article
from index.readers.formats.jsonl import to_record
from index.text.persian import to_latin_digits
from index.text.special_characters import replace_surrogates

# Parameters that trackers add to an address.
_TRACKING = re.compile(r"utm_.*|fbclid|gclid|ref|ref_src")
_SPACES = re.compile(r"[\s\u200c]+")
_PERSIAN_LETTERS = str.maketrans("يىك", "ییک")


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """The identity of an article.

    Attributes:
        id: the article's id.
        code: its agency and the agency's number for it; None if one of them is unknown.
        link: its canonical address; None if it has none.
    """

    id: str
    code: str | None
    link: str | None


def article_key(article: Article) -> ArticleKey:
    """Return the key of an article."""
    code = None
    if article.agency and article.code and article.code.strip():
        number = replace_surrogates(to_latin_digits(article.code.strip()))
        code = f"{_agency(replace_surrogates(article.agency))}\n{number}"
    return ArticleKey(
        replace_surrogates(article.id), code, canonical_url(replace_surrogates(article.link or ""))
    )


def canonical_url(link: str) -> str | None:
    """Return an address without scheme, www, fragment, trackers and a slash at its end.

    None for a text that is not an address, and for the address of a whole site.
    """
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    query = [pair for pair in parse_qsl(parts.query) if not _TRACKING.fullmatch(pair[0])]
    if not host or not (path or query):
        return None
    port = f":{parts.netloc.rpartition(':')[2]}" if re.search(r":\d+$", parts.netloc) else ""
    return f"{host}{port}{path}" + (f"?{urlencode(query)}" if query else "")


def to_json(article: Article) -> str:
    """Return an article as the line of JSON that the article store keeps."""
    return replace_surrogates(
        json.dumps(to_record(article), ensure_ascii=False, separators=(",", ":"))
    )


def checksum(record: str) -> bytes:
    """Return 16 bytes that change with any part of an article."""
    return hashlib.blake2b(record.encode("utf-8"), digest_size=16).digest()


@lru_cache(maxsize=4096)
def _agency(name: str) -> str:
    """Return a name in one spelling, without hazm, which takes seconds to load."""
    return _SPACES.sub(" ", name.translate(_PERSIAN_LETTERS)).strip().casefold()
