"""A snapshot's folder copied into new collections of a Milvus server.

The order matters: create, insert, flush, index, wait until all rows are indexed, and only then
load. A collection that is loaded earlier finds only part of its rows for a while, although every
count says that it is whole.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from index.article import Article
from index.engines.milvus.bm25 import (
    TEXT,
    TITLE,
    DocumentTotals,
    FieldTotals,
    document_vector,
    number_terms,
)
from index.engines.milvus.client import MilvusServer
from index.engines.milvus.facts import SnapshotFacts
from index.engines.milvus.schema import (
    FACTS_KEY,
    NOTHING,
    VECTOR,
    WORDS,
    CollectionNames,
    article_schema,
    facts_schema,
    passage_schema,
    term_schema,
    to_pieces,
    vector_index,
)
from index.readers.formats.jsonl import to_record
from index.similarity import mean_direction
from index.snapshots.analyses import AnalysisStore
from index.snapshots.snapshot import PREPARED, Snapshot, passage_record

# Entities in one call: half a thousand passages take some two megabytes.
_BATCH: Final = 500
_SECONDS: Final = 0.2
# Of four bytes each they still fit into a text of Milvus.
_LONGEST_TERM: Final = 16_000


class SnapshotCopy:
    """Copies one snapshot to a server."""

    def __init__(
        self,
        server: MilvusServer,
        folder: Path,
        snapshot: Snapshot,
        *,
        exact: bool,
        sparse: bool = True,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        """Count the snapshot's terms.

        Args:
            server: where to copy to.
            folder: the snapshot's folder.
            snapshot: the same, opened.
            exact: whether vectors are to be searched exactly; False: by a graph.
            sparse: whether the server has sparse vectors, without which no words can be searched.
            on_progress: is called with the number of rows that are copied, and of all of them.
        """
        self._server = server
        self._snapshot = snapshot
        self._analyses = AnalysisStore(folder / PREPARED)
        self._sparse = sparse
        self.names = CollectionNames.of_snapshot(folder.name)
        passages, articles = (
            _totals(self._analyses.terms()),
            _totals(self._analyses.article_terms()),
        )
        self._passage_fields, self._article_fields = passages, articles
        counted = [*passages.values(), *articles.values()]
        self._numbers = number_terms(set().union(*(one.frequencies for one in counted)))
        # They are numbered as they first come, like those of a folder.
        agencies = Counter(one.agency for one in snapshot.articles() if one.agency)
        self._agency_numbers = {name: number for number, name in enumerate(agencies)}
        info = snapshot.facts
        self.facts = SnapshotFacts(
            info=info,
            analyser=snapshot.manifest.analyser,
            exact=exact,
            agencies=tuple(agencies.items()),
            passages=_document_totals(info.passages, passages),
            articles=_document_totals(info.articles, articles),
        )
        self._done = 0
        # One more for the facts.
        self._total = info.passages + info.articles + len(self._numbers) + 1
        self._on_progress = on_progress

    def write(self) -> None:
        """Create the collections, all but the one of facts, fill them and load them."""
        dimension = self._snapshot.facts.dimension
        exact = vector_index(exact=self.facts.exact)
        flat = vector_index(exact=True)
        words: dict[str, tuple[str, dict[str, int]]] = {}
        if self._sparse:
            words[WORDS] = ("SPARSE_INVERTED_INDEX", {})
        names, sparse = self.names, self._sparse
        self._write(
            names.passages,
            passage_schema(dimension, sparse=sparse),
            self._passages(),
            {VECTOR: exact, **words},
            ("day", "agency"),
        )
        self._write(
            names.articles,
            article_schema(sparse=sparse),
            self._articles(),
            words or {VECTOR: flat},
            ("id", "code", "day", "agency"),
        )
        self._write(names.terms, term_schema(), self._terms(), {VECTOR: flat}, ())

    def complete(self) -> None:
        """Write the facts, which make the snapshot whole."""
        entity = {"number": FACTS_KEY, "record": to_pieces(self.facts.to_record()), **NOTHING}
        index = {VECTOR: vector_index(exact=True)}
        self._write(self.names.facts, facts_schema(), iter([entity]), index, ())

    def _write(
        self,
        collection: str,
        schema: object,
        entities: Iterator[dict[str, object]],
        vectors: dict[str, tuple[str, dict[str, int]]],
        filtered: Iterable[str],
    ) -> None:
        server = self._server
        server.create(collection, schema)
        count = 0
        while batch := list(islice(entities, _BATCH)):
            server.insert(collection, batch)
            count += len(batch)
            self._done += len(batch)
            self._on_progress(self._done, self._total)
        server.flush(collection)
        for field, (kind, parameters) in vectors.items():
            server.create_index(collection, field, kind, parameters)
        if self._sparse:
            for field in filtered:
                server.create_index(collection, field, "INVERTED", None)
        for field in vectors:
            # Only the server knows how long it takes.
            while server.index_state(collection, field) != (count, 0):
                time.sleep(_SECONDS)
        server.load(collection)

    def _passages(self) -> Iterator[dict[str, object]]:
        snapshot = self._snapshot
        for number, article in enumerate(snapshot.articles()):
            rows = snapshot.article_rows(article.id).tolist()
            analysis = self._analyses[number]
            title = _indexed(analysis.title_terms)
            source = self._article_record(article, rows)
            source["terms"] = " ".join(sorted({*title, *_article_text(analysis.terms)}))
            vectors = snapshot.vectors(rows)
            records = zip(
                rows,
                snapshot.passages(rows),
                analysis.terms,
                vectors,
                snapshot.is_lead(rows).tolist(),
                strict=True,
            )
            for row, passage, terms, vector, is_lead in records:
                record = {
                    **passage_record(passage),
                    "title_terms": analysis.title_terms,
                    "terms": terms,
                }
                is_first = row == rows[0]
                yield {
                    "row": row,
                    "article": number,
                    "first": rows[0],
                    "count": len(rows),
                    "lead": is_lead,
                    **self._filtered(article),
                    "record": to_pieces(record),
                    "source": to_pieces(source) if is_first else [],
                    "mean": mean_direction(vectors) if is_first else [],
                    VECTOR: vector,
                    **self._words(title, _indexed(terms), self.facts.passages),
                }

    def _articles(self) -> Iterator[dict[str, object]]:
        snapshot, first = self._snapshot, 0
        for number, article in enumerate(snapshot.articles()):
            rows = snapshot.article_rows(article.id).tolist()
            analysis = self._analyses[number]
            text = _article_text(analysis.terms)
            title = _indexed(analysis.title_terms)
            words = self._words(title, text, self.facts.articles)
            yield {
                "number": number,
                "id": article.id,
                "code": article.code or "",
                "link": article.link or "",
                "first": first,
                "count": len(rows),
                **self._filtered(article),
                "record": to_pieces(self._article_record(article, rows)),
                **(words or NOTHING),
            }
            first += len(rows)

    def _terms(self) -> Iterator[dict[str, object]]:
        columns = {
            "passage_text": self._passage_fields[TEXT],
            "passage_title": self._passage_fields[TITLE],
            "article_text": self._article_fields[TEXT],
            "article_title": self._article_fields[TITLE],
        }
        for term, number in self._numbers.items():
            counts = {name: one.frequencies[term] for name, one in columns.items()}
            yield {"number": number, "term": term, **counts, **NOTHING}

    def _words(
        self, title: Sequence[str], text: Sequence[str], totals: DocumentTotals
    ) -> dict[str, object]:
        if not self._sparse:
            return {}
        return {WORDS: document_vector(title, text, self._numbers, totals)}

    def _filtered(self, article: Article) -> dict[str, object]:
        return {
            "day": article.date.toordinal() if article.date else 0,
            "agency": self._agency_numbers[article.agency] if article.agency else -1,
        }

    def _article_record(self, article: Article, rows: Sequence[int]) -> dict[str, object]:
        return {
            "article": to_record(article),
            "rows": [rows[0] if rows else 0, len(rows)],
            "duplicates": self._snapshot.near_duplicates(article.id),
        }


def _totals(documents: Iterable[tuple[list[str], list[str]]]) -> dict[int, FieldTotals]:
    """Count the terms of documents, given as those of title and text."""
    totals = {TEXT: FieldTotals(), TITLE: FieldTotals()}
    for title, text in documents:
        totals[TEXT].add(_short(text))
        totals[TITLE].add(_short(title))
    return totals


def _document_totals(documents: int, fields: Mapping[int, FieldTotals]) -> DocumentTotals:
    return DocumentTotals(
        documents, fields[TEXT].terms / documents, fields[TITLE].terms / documents
    )


def _article_text(passages: Iterable[str]) -> list[str]:
    return [term for terms in passages for term in _indexed(terms)]


def _indexed(terms: str) -> list[str]:
    return _short(terms.split())


def _short(terms: list[str]) -> list[str]:
    """Leave out terms too long for an index, as tantivy does; no word is as long."""
    return [term for term in terms if len(term) <= _LONGEST_TERM]
