"""The lexical channel: tantivy over the terms of `index.text.persian`, with no tokenizer.

What it indexes and finds are rows: of passages in one index, of whole articles in another.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from tantivy import (
    Document,
    FieldType,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    TextAnalyzerBuilder,
    Tokenizer,
)

from index.search.metadata import ResolvedFilter
from index.search_index import Hits, SynonymGroup, WeightedTerms

# Terms hold no white space, so splitting at it gives back exactly what was joined with it.
_TOKENIZER = "terms"
# Scoring so many passages takes some 20 ms.
_MOST_SCORED = 500_000
# A million passages fit: one segment is searched in less time than several.
_WRITER_BYTES = 400_000_000
# Words of questions repeat, and each step of a question asks for those of its words again.
_REMEMBERED = 2**13


@cache
def _schema() -> Schema:
    builder = SchemaBuilder()
    for field in ("title", "text"):
        builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_integer_field("row", fast=True)
    # A span of days is read from a column, an agency from its list of passages.
    builder.add_integer_field("date", fast=True)
    builder.add_integer_field("agency", indexed=True)
    return builder.build()


def write_terms(
    folder: Path,
    documents: Iterable[tuple[list[str], list[str]]],
    dates: NDArray[np.int32] | None = None,
    agencies: NDArray[np.int32] | None = None,
) -> int:
    """Index documents, which are passages or articles, into a new folder; the i-th gets row i.

    Args:
        folder: where to write; it is made.
        documents: the terms of each one's title and text.
        dates: (documents,) ordinal of each one's day, 0 for none; None: none has one.
        agencies: (documents,) number of each one's agency, -1 for none; None: none has one.

    Returns:
        The number of documents.
    """
    folder.mkdir()
    index = _with_tokenizer(Index(_schema(), path=str(folder), reuse=False))
    # One thread and one commit make one segment, which is the fastest to search.
    writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
    row = 0
    for title, text in documents:
        document = Document(title=" ".join(title), text=" ".join(text), row=row)
        if dates is not None:
            document.add_integer("date", int(dates[row]))
        if agencies is not None:
            document.add_integer("agency", int(agencies[row]))
        writer.add_document(document)
        row += 1
    writer.commit()
    writer.wait_merging_threads()
    return row


class LexicalIndex:
    """BM25 over weighted terms."""

    def __init__(self, folder: Path, most_scored: int = _MOST_SCORED) -> None:
        """Open a folder that `write_terms` wrote.

        Args:
            folder: the folder.
            most_scored: how many passages a search may score.

        Raises:
            ValueError: it holds no index, or one of another schema.
        """
        with _lockable(folder) as place:
            self._index = _with_tokenizer(Index.open(str(place)))
            # It maps every file, so none is opened by its name afterwards.
            self._searcher = self._index.searcher()
        if not self._index.schema == _schema():
            raise ValueError(f"{folder.name} has other fields")
        self._most_scored = most_scored
        frequency = partial(self._searcher.doc_freq, "text")
        self._document_frequency = lru_cache(maxsize=_REMEMBERED)(frequency)

    def __len__(self) -> int:
        return self._searcher.num_docs

    def search(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: ResolvedFilter | None = None,
    ) -> Hits:
        """Return the rows that best match the groups.

        A group adds the score of the best of its alternatives in the text, and of the best in the
        title. Where so many passages have one of the terms that scoring all of them would take
        too long, as in an archive of a million, every term adds its score.

        Args:
            groups: the words.
            limit: how many rows at most.
            title_weight: what a term in the title counts, next to 1 in the text.
            filter_: which passages may be returned, with the scores that they have without it;
                None: all.
        """
        if not any(group.alternatives for group in groups):
            return Hits(np.empty(0, np.int64), np.empty(0, np.float32))
        make = _terms_alone if self._count(groups) > self._most_scored else _best_of_groups
        query = make(tuple(groups), title_weight)
        if filter_ is not None:
            # What is required adds its score; that of a condition must be nothing.
            conditions = [Query.const_score_query(one, 0) for one in self._conditions(filter_)]
            query = Query.boolean_query([(Occur.Must, one) for one in (query, *conditions)])
        hits = self._searcher.search(query, limit, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return Hits(
            np.array(rows, dtype=np.int64), np.array([score for score, _ in hits], np.float32)
        )

    def document_frequency(self, term: str) -> int:
        """Return how many passages have the term in their text."""
        return self._document_frequency(term)

    def has_term(self, term: str) -> bool:
        """Return whether any passage has the term in its text or its title."""
        return bool(self.document_frequency(term) or self._searcher.doc_freq("title", term))

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return every term of the texts with its document frequency, most frequent first."""
        return self._searcher.terms_with_prefix("text", "")

    def _conditions(self, filter_: ResolvedFilter) -> Iterator[Query]:
        if filter_.days is not None:
            yield Query.range_query(_schema(), "date", FieldType.Integer, *filter_.days)
        if filter_.agencies is not None:
            yield Query.term_set_query(_schema(), "agency", filter_.agencies)

    def _count(self, groups: Sequence[SynonymGroup]) -> int:
        """Return how many passages there are to score, those of each term counted again."""
        terms = (term for group in groups for one in group.alternatives for term in one.terms)
        return sum(map(self.document_frequency, terms))


# A question is searched for in the passages and then in the articles, which have the same fields.
@lru_cache(maxsize=16)
def _best_of_groups(groups: tuple[SynonymGroup, ...], title_weight: float) -> Query:
    """Return what gives the best score of each group's alternatives, in each field."""
    queries = [
        _best(group.alternatives, field, weight)
        for group in groups
        if group.alternatives
        for field, weight in _fields(title_weight)
    ]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


@lru_cache(maxsize=16)
def _terms_alone(groups: tuple[SynonymGroup, ...], title_weight: float) -> Query:
    """Return every term by itself: of such a query tantivy skips what cannot be among the best.

    What it finds is nearly what the groups would find.
    """
    weights: dict[str, float] = {}
    for group in groups:
        for one in group.alternatives:
            for term in one.terms:
                weights[term] = max(one.weight, weights.get(term, 0.0))
    queries = [
        _term(term, field, weight * own)
        for term, own in weights.items()
        for field, weight in _fields(title_weight)
    ]
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _fields(title_weight: float) -> Sequence[tuple[str, float]]:
    """Return the fields that count, with their weights."""
    return [pair for pair in (("text", 1.0), ("title", title_weight)) if pair[1]]


def _best(alternatives: Sequence[WeightedTerms], field: str, weight: float) -> Query:
    """Return what gives a passage the best score of some alternatives in one field."""
    queries = [_alternative(one, field, weight * one.weight) for one in alternatives]
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)


def _alternative(alternative: WeightedTerms, field: str, weight: float) -> Query:
    queries = [_term(term, field, weight) for term in alternative.terms]
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def _term(term: str, field: str, weight: float) -> Query:
    # Weighed here and not around a whole group: tantivy skips passages that cannot be among
    # the best only where all parts of a query are terms.
    query = Query.term_query(_schema(), field, term, "freq")
    return query if weight == 1 else Query.boost_query(query, weight)


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """Give a folder where tantivy can write its lock, which it wants even where it only reads."""
    if os.access(folder, os.W_OK):
        yield folder
        return
    # tantivy may still be writing its lock when the links are taken away.
    with TemporaryDirectory(ignore_cleanup_errors=True) as links:
        for path in folder.iterdir():
            if path.stat().st_size:
                Path(links, path.name).symlink_to(path.resolve())
        yield Path(links)


def _with_tokenizer(index: Index) -> Index:
    index.register_tokenizer(_TOKENIZER, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    return index
