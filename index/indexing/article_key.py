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
from index.text.surrogates import replace_surrogates

# What trackers add to an address, which leads to the same page without it.
_TRACKING = re.compile(r"utm_.*|fbclid|gclid|ref|ref_src")
_SPACES = re.compile(r"[\s\u200c]+")
_PERSIAN_LETTERS = str.maketrans("يىك", "ییک")


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """The identity of an article.

    Attributes:
        id: the article's id.
        code: its agency and the agency's own number for it; None where one of them is unknown.
        link: its address, without what does not matter; None where there is none.
    """

    id: str
    code: str | None
    link: str | None


def article_key(article: Article) -> ArticleKey:
    """Return what tells an article from others."""
    code = None
    if article.agency and article.code and article.code.strip():
        number = replace_surrogates(to_latin_digits(article.code.strip()))
        code = f"{_agency(replace_surrogates(article.agency))}\n{number}"
    return ArticleKey(
        replace_surrogates(article.id), code, canonical_url(replace_surrogates(article.link or ""))
    )


def canonical_url(link: str) -> str | None:
    """Return an address without scheme, www, fragment, trackers and a slash at its end.

    None for what is no address, and for that of a whole site, which many of its articles may give.
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
    """Return the one line of JSON that an archive keeps of an article."""
    return replace_surrogates(
        json.dumps(to_record(article), ensure_ascii=False, separators=(",", ":"))
    )


def checksum(record: str) -> bytes:
    """Return the 16 bytes that change whenever anything in an article does."""
    return hashlib.blake2b(record.encode("utf-8"), digest_size=16).digest()


@lru_cache(maxsize=4096)
def _agency(name: str) -> str:
    """Return a name in one spelling; hazm, which takes seconds to load, is not needed for it."""
    return _SPACES.sub(" ", name.translate(_PERSIAN_LETTERS)).strip().casefold()
