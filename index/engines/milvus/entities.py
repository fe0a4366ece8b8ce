"""Passages and articles as they come from the server, and the ones that were fetched last."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.engines.milvus.schema import from_pieces
from index.search_index import PassageTerms
from index.snapshots.article_codec import stored_article
from index.text.passages import Passage

K = TypeVar("K")
V = TypeVar("V")

PASSAGE_FIELDS: Final = (
    *("row", "article", "first", "count", "lead", "day", "agency"),
    *("record", "source", "mean", "vector"),
)
ARTICLE_FIELDS: Final = ("number", "id", "first", "count", "day", "record")


class LeastRecentlyUsed(Generic[K, V]):
    """Keeps the last `size` values that were put in or taken out; for several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def put(self, values: Iterable[tuple[K, V]]) -> None:
        """Keep some values."""
        with self._lock:
            for key, value in values:
                self._values[key] = value
                self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def get(self, keys: Iterable[K]) -> dict[K, V]:
        """Return those of some values that are kept."""
        found = {}
        with self._lock:
            for key in keys:
                if key in self._values:
                    self._values.move_to_end(key)
                    found[key] = self._values[key]
        return found


@dataclass(frozen=True)
class ArticleEntity:
    """An article.

    Attributes:
        pieces: its record, in pieces.
    """

    pieces: Sequence[str]

    @cached_property
    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = from_pieces(self.pieces)
        return record

    @cached_property
    def article(self) -> Article:
        """The article itself."""
        return stored_article(self._record["article"])

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of its passages."""
        first, count = self._record["rows"]
        return np.arange(first, first + count, dtype=np.int64)

    @property
    def duplicates(self) -> list[str]:
        """The ids of its near-duplicates, in order of rows."""
        return list(self._record["duplicates"])


@dataclass(frozen=True)
class PassageEntity:
    """A passage; its fields are those of the collection, see `index.engines.milvus.schema`."""

    article: int
    first: int
    count: int
    lead: bool
    day: int
    agency: int
    vector: NDArray[np.float32]
    pieces: Sequence[str]
    source: Sequence[str]
    mean: NDArray[np.float32]

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "PassageEntity":
        """Return the passage of the `PASSAGE_FIELDS` of an entity."""
        return cls(
            article=int(fields["article"]),
            first=int(fields["first"]),
            count=int(fields["count"]),
            lead=bool(fields["lead"]),
            day=int(fields["day"]),
            agency=int(fields["agency"]),
            vector=np.asarray(fields["vector"], dtype=np.float32),
            pieces=fields["record"],
            source=fields["source"],
            mean=np.asarray(fields["mean"], dtype=np.float32),
        )

    @cached_property
    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = from_pieces(self.pieces)
        return record

    @cached_property
    def passage(self) -> Passage:
        """The passage itself."""
        record = self._record
        return Passage(
            article_id=record["article"],
            title=record["title"],
            paragraphs=tuple(record["paragraphs"]),
            text=record["text"],
        )

    @cached_property
    def article_terms(self) -> frozenset[str]:
        """The index terms of its article, of which it is the first passage."""
        return frozenset(from_pieces(self.source)["terms"].split())

    @cached_property
    def terms(self) -> PassageTerms:
        """Its index terms."""
        return PassageTerms(
            frozenset(self._record["title_terms"].split()),
            tuple(frozenset(sentence.split()) for sentence in self._record["terms"].split("\n")),
        )
