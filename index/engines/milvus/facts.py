"""What a snapshot in Milvus says of itself, in one record."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from index.engines.milvus.bm25 import DocumentTotals
from index.engines.milvus.client import MilvusServer
from index.engines.milvus.schema import FACTS_KEY, CollectionNames, from_pieces
from index.search_index import IndexInfo

FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """The facts of a snapshot.

    Attributes:
        info: what `SearchIndex.facts` returns.
        analyser: the rules behind its index terms.
        exact: whether vectors are searched exactly; False: by a graph.
        agencies: every agency with its number of articles; its number is its place here.
        passages: totals over passages, for BM25.
        articles: totals over articles.
    """

    info: IndexInfo
    analyser: str
    exact: bool
    agencies: tuple[tuple[str, int], ...]
    passages: DocumentTotals
    articles: DocumentTotals

    def days_of(self, count: int, agencies: Sequence[str]) -> int:
        """Return in how many days there are so many articles on average.

        Args:
            count: the number of articles.
            agencies: whose articles count; empty: all do.
        """
        first, last = self.info.first_date, self.info.last_date
        known = dict(self.agencies)
        articles = sum(known.get(name, 0) for name in agencies) if agencies else self.info.articles
        days = (last - first).days + 1 if first and last else 1
        return math.ceil(count * days / max(1, articles))

    def to_record(self) -> dict[str, object]:
        """Return the facts as JSON can hold them."""
        info = self.info
        return {
            "format": FORMAT,
            "snapshot": info.snapshot,
            "articles": info.articles,
            "passages": info.passages,
            "encoder": info.encoder,
            "fingerprint": info.fingerprint,
            "dimension": info.dimension,
            "first_date": info.first_date and info.first_date.isoformat(),
            "last_date": info.last_date and info.last_date.isoformat(),
            "analyser": self.analyser,
            "exact": self.exact,
            "agencies": self.agencies,
            "lengths": {
                "passages": [self.passages.average_text, self.passages.average_title],
                "articles": [self.articles.average_text, self.articles.average_title],
            },
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """Return the facts of a record that `to_record` made.

        Raises:
            ValueError: it has another format.
        """
        if record["format"] != FORMAT:
            raise ValueError(f"its format is {record['format']}, this version reads {FORMAT}")
        first, last = (
            record[key] and dt.date.fromisoformat(record[key])
            for key in ("first_date", "last_date")
        )
        info = IndexInfo(
            snapshot=record["snapshot"],
            articles=record["articles"],
            passages=record["passages"],
            encoder=record["encoder"],
            fingerprint=record["fingerprint"],
            dimension=record["dimension"],
            first_date=first,
            last_date=last,
        )
        return cls(
            info=info,
            analyser=record["analyser"],
            exact=record["exact"],
            agencies=tuple((name, count) for name, count in record["agencies"]),
            passages=DocumentTotals(info.passages, *record["lengths"]["passages"]),
            articles=DocumentTotals(info.articles, *record["lengths"]["articles"]),
        )


def read_facts(server: MilvusServer, names: CollectionNames) -> SnapshotFacts:
    """Return the facts of a snapshot.

    Raises:
        KeyError: the snapshot is not whole.
        ValueError: it has another format.
    """
    found = server.fetch(names.facts, "number", [FACTS_KEY], ("number", "record"))
    return SnapshotFacts.from_record(from_pieces(found[FACTS_KEY]["record"]))
