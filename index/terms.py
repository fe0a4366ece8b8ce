"""The lexical channel: tantivy over terms made by `index.persian`, which no tokenizer touches."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tantivy import (
    Document,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    TextAnalyzerBuilder,
    Tokenizer,
)

from index.contract import Alternative, Hits, TermGroup

# Terms hold no white space, so splitting at it gives back exactly what was joined with it.
_TOKENIZER = "terms"
_WRITER_BYTES = 64_000_000


def _schema() -> Schema:
    builder = SchemaBuilder()
    for field in ("title", "text"):
        builder.add_text_field(field, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_integer_field("row", fast=True)
    return builder.build()


def write_terms(folder: Path, passages: Iterable[tuple[list[str], list[str]]]) -> int:
    """Index passages into a new folder; the i-th gets row i.

    Args:
        folder: where to write; it is made.
        passages: the terms of each passage's title and text.

    Returns:
        The number of passages.
    """
    folder.mkdir()
    index = _with_tokenizer(Index(_schema(), path=str(folder), reuse=False))
    # One thread and one commit make one segment, which is the fastest to search.
    writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
    row = 0
    for title, text in passages:
        writer.add_document(Document(title=" ".join(title), text=" ".join(text), row=row))
        row += 1
    writer.commit()
    writer.wait_merging_threads()
    return row


class TermIndex:
    """BM25 over weighted terms."""

    def __init__(self, folder: Path) -> None:
        """Open a folder that `write_terms` wrote.

        Raises:
            ValueError: it holds no index, or one of another schema.
        """
        self._index = _with_tokenizer(Index.open(str(folder)))
        self._searcher = self._index.searcher()
        self._schema = self._index.schema

    def __len__(self) -> int:
        return self._searcher.num_docs

    def search(self, groups: Sequence[TermGroup], limit: int, title_weight: float) -> Hits:
        """Return the rows that best match the groups, by the sum of each group's best score."""
        queries = [self._group(group, title_weight) for group in groups if group.alternatives]
        if not queries:
            return Hits(np.empty(0, np.int64), np.empty(0, np.float32))
        query = Query.boolean_query([(Occur.Should, query) for query in queries])
        hits = self._searcher.search(query, limit, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        return Hits(
            np.array(rows, dtype=np.int64), np.array([score for score, _ in hits], np.float32)
        )

    def document_frequency(self, term: str) -> int:
        """Return how many passages have the term in their text."""
        return self._searcher.doc_freq("text", term)

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return every term of the texts with its document frequency, most frequent first."""
        return self._searcher.terms_with_prefix("text", "")

    def _group(self, group: TermGroup, title_weight: float) -> Query:
        queries = [self._alternative(option, title_weight) for option in group.alternatives]
        return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)

    def _alternative(self, option: Alternative, title_weight: float) -> Query:
        queries = [self._term(term, title_weight) for term in option.terms]
        query = queries[0]
        if len(queries) > 1:
            query = Query.boolean_query([(Occur.Must, query) for query in queries])
        return query if option.weight == 1 else Query.boost_query(query, option.weight)

    def _term(self, term: str, title_weight: float) -> Query:
        text = Query.term_query(self._schema, "text", term, "freq")
        if title_weight == 0:
            return text
        title = Query.boost_query(
            Query.term_query(self._schema, "title", term, "freq"), title_weight
        )
        return Query.boolean_query([(Occur.Should, text), (Occur.Should, title)])


def _with_tokenizer(index: Index) -> Index:
    index.register_tokenizer(_TOKENIZER, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    return index
