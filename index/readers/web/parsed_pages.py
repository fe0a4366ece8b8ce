"""Articles of fetched pages, kept until the page or what reads it changes.

Finding the article of a page takes some 20 ms of processor time, and a feed leads to the same pages
for days.
"""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from index.article import Article
from index.checksums import code_fingerprint
from index.readers.formats.jsonl import from_record, to_record
from index.readers.web.http_cache import HttpCache, Page
from index.source_settings import SourceSettings

PageReader = Callable[[Page, SourceSettings], Article]
_PACKAGE = Path(__file__).parents[2]


class ParsedPages:
    """Reads pages, each version of a page once."""

    def __init__(self, state: HttpCache, read: PageReader) -> None:
        """Read pages.

        Args:
            state: keeps the articles.
            read: reads the article of a page.
        """
        self._state = state
        self._read = read

    def article(self, page: Page, options: SourceSettings) -> Article:
        """Return the article of a page.

        Raises:
            UnreadableError: it holds none.
            SourceError: the cache cannot be used.
        """
        said = (_readers_fingerprint(), page.address, str(page.charset), options.model_dump_json())
        key = hashlib.blake2b("\0".join(said).encode() + page.body, digest_size=16).digest()
        if known := self._state.parsed(page.address, key):
            return from_record(json.loads(known))
        article = self._read(page, options)
        self._state.put_parsed(page.address, key, json.dumps(to_record(article)))
        return article


@cache
def _readers_fingerprint() -> str:
    """Return a fingerprint of the code that reads pages."""
    patterns = ("readers/formats/*.py", "readers/decoding/*.py", "dates*", "dates/*")
    paths = (path for pattern in patterns for path in sorted(_PACKAGE.glob(pattern)))
    return code_fingerprint(filter(Path.is_file, paths), version("trafilatura"))
