"""What a snapshot in Milvus says of itself, in one record."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, Self

from index.engines.milvus.bm25 import DocumentTotals
from index.search_index import IndexInfo

FORMAT: Final = 1


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
