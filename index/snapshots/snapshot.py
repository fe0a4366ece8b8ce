"""Snapshots: immutable directories that hold a whole index.

    NAME/manifest.json   facts, and size and checksum of every other file; its own ends NAME
        /articles.jsonl  passages.jsonl   with their .offsets.npy
        /catalogue/      columns; see index.search.metadata
        /vectors.faiss   and, of many passages, codes.faiss; see index.search.dense
        /terms/          tantivy, over passages
        /article_terms/  tantivy, over whole articles
        /prepared/       what the next build takes over; see index.snapshots.analyses

Row i means the same passage in passages.jsonl, the catalogue, vectors.faiss, codes.faiss and terms,
and the same article in articles.jsonl, the catalogue, article_terms and prepared.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.article import Article
from index.errors import IndexCorruptError
from index.search.dense import DenseIndex
from index.search.lexical import LexicalIndex
from index.search.metadata import ArticleMetadata
from index.search_index import (
    NO_FILTER,
    ArticleHits,
    Filter,
    Hits,
    IndexInfo,
    PassageTerms,
    SynonymGroup,
)
from index.similarity import mean_directions
from index.snapshots.analyses import AnalysisStore
from index.snapshots.article_codec import stored_article
from index.snapshots.manifest import Manifest, compare, corrupt, read_manifest, verify
from index.snapshots.row_store import RowStore
from index.snapshots.snapshot_pointer import current_folder, published_folder
from index.text.passages import Passage
from index.text.persian import analyser_fingerprint

ARTICLES = "articles.jsonl"
PASSAGES = "passages.jsonl"
CATALOGUE = "catalogue"
VECTORS = "vectors.faiss"
CODES = "codes.faiss"
TERMS = "terms"
ARTICLE_TERMS = "article_terms"
PREPARED = "prepared"


class Snapshot:
    """An opened snapshot; implements `index.search_index.SearchIndex`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open the files of a snapshot whose checksums were verified."""
        self.manifest = manifest
        self._articles = RowStore(folder / ARTICLES)
        self._passages = RowStore(folder / PASSAGES)
        self._catalogue = ArticleMetadata(folder / CATALOGUE)
        self._vectors = open_vectors(folder, manifest)
        self._terms = LexicalIndex(folder / TERMS)
        self._article_terms = LexicalIndex(folder / ARTICLE_TERMS)
        self._analyses = AnalysisStore(folder / PREPARED)
        self._facts = IndexInfo(
            snapshot=folder.name,
            articles=manifest.articles,
            passages=manifest.passages,
            encoder=manifest.encoder,
            fingerprint=manifest.fingerprint,
            dimension=manifest.dimension,
            first_date=self._catalogue.first_date,
            last_date=self._catalogue.last_date,
        )
        articles = {
            len(self._articles),
            self._catalogue.article_count,
            len(self._article_terms),
        }
        passages = {
            len(self._passages),
            self._catalogue.passage_count,
            len(self._vectors),
            len(self._terms),
        }
        if articles != {manifest.articles} or passages != {manifest.passages}:
            raise ValueError("its files hold different numbers of passages or articles")

    @classmethod
    def open_current(cls, directory: Path) -> Self:
        """Open the published snapshot of an index directory.

        Raises:
            IndexMissingError: nothing has been published there.
            IndexCorruptError: a file is missing or is not what was written.
        """
        while True:
            folder = published_folder(directory)
            try:
                return cls.open(folder)
            except IndexCorruptError:
                # A build may have published another one and removed this one meanwhile.
                if current_folder(directory) == folder:
                    raise

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open one snapshot folder, every checksum verified.

        Raises:
            IndexCorruptError: a file is missing or is not what was written.
        """
        manifest = verify(folder)
        if manifest.analyser != analyser_fingerprint():
            raise IndexCorruptError(
                f"{folder}: made with other Persian rules ({manifest.analyser}, here "
                f"{analyser_fingerprint()}); run `python -m index build` again"
            )
        try:
            return cls(folder, manifest)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise corrupt(folder, str(error)) from error

    @property
    def facts(self) -> IndexInfo:
        """Return what the index says of itself."""
        return self._facts

    @property
    def is_remote(self) -> bool:
        """Return False: it is in memory and on this machine's disk."""
        return False

    def prefetch(self, rows: Sequence[int], article_ids: Sequence[str] = ()) -> None:
        """Do nothing: all is at hand; see `SearchIndex`."""

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, filter_: Filter = NO_FILTER
    ) -> Hits:
        """Return the passages nearest to `vector`; see `SearchIndex`."""
        among = self._catalogue.passage_mask(filter_) if filter_ else None
        return self._vectors.search(vector, limit, among)

    def search_vectors_batch(
        self, vectors: Sequence[NDArray[np.float32]], limit: int, filter_: Filter = NO_FILTER
    ) -> list[Hits]:
        """Return the passages nearest to each vector."""
        return [self.search_vectors(vector, limit, filter_) for vector in vectors]

    def search_terms(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> Hits:
        """Return the passages that best match the query words; see `SearchIndex`."""
        selection = self._catalogue.selection(filter_) if filter_ else None
        return self._terms.search(groups, limit, title_weight, selection)

    def search_terms_batch(
        self,
        queries: Sequence[Sequence[SynonymGroup]],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> list[Hits]:
        """Return the passages that best match each query's words."""
        return [self.search_terms(groups, limit, title_weight, filter_) for groups in queries]

    def search_articles(
        self,
        groups: Sequence[SynonymGroup],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> ArticleHits:
        """Return the articles that best match the query words; see `SearchIndex`."""
        selection = self._catalogue.selection(filter_) if filter_ else None
        hits = self._article_terms.search(groups, limit, title_weight, selection)
        return ArticleHits(hits.rows, hits.scores)

    def search_articles_batch(
        self,
        queries: Sequence[Sequence[SynonymGroup]],
        limit: int,
        title_weight: float,
        filter_: Filter = NO_FILTER,
    ) -> list[ArticleHits]:
        """Return the articles that best match each query's words."""
        return [self.search_articles(groups, limit, title_weight, filter_) for groups in queries]

    def passages_of(self, articles: Sequence[int]) -> NDArray[np.int64]:
        """Return the rows of all passages of articles, by number, article by article."""
        return self._catalogue.passages_of(articles)

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of the given passages."""
        return self._vectors.vectors(np.asarray(rows, dtype=np.int64))

    def article_vectors(self, articles: Sequence[int]) -> NDArray[np.float32]:
        """Return the means of articles' vectors; see `SearchIndex`."""
        counts = self._catalogue.passage_counts(articles)
        vectors = self._vectors.vectors(self.passages_of(articles))
        return mean_directions(vectors, counts)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages of the given rows, in their order."""
        return [_passage(self._passages[row]) for row in rows]

    def passage_terms(self, rows: Sequence[int]) -> list[PassageTerms]:
        """Return the index terms of the passages of the given rows, in their order."""
        articles = self._catalogue.articles_of(rows)
        numbers = np.asarray(rows, np.int64) - self._catalogue.first_passages(articles)
        return list(map(self._analyses.passage_terms, articles.tolist(), numbers.tolist()))

    def article_terms(self, articles: Sequence[int]) -> list[frozenset[str]]:
        """Return the index terms of articles, by number: of the title and of all passages."""
        own = [self.passage_terms(self.passages_of([article]).tolist()) for article in articles]
        return [frozenset().union(*(one.title | one.text for one in passages)) for passages in own]

    def article_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return, (len(rows),), a number of each passage's article."""
        return self._catalogue.articles_of(rows)

    def agency_numbers(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return, (len(rows),), a number of each article's agency, -1 where it has none."""
        return self._catalogue.agency_numbers(rows)

    def is_lead(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Return, (len(rows),), whether each passage is an abstract or a title."""
        return self._catalogue.is_lead(rows)

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None."""
        row = self._catalogue.row(article_id)
        return None if row is None else stored_article(self._articles[row])

    def article_ids(self) -> Sequence[str]:
        """Return the ids of all articles, in order of rows."""
        return self._catalogue.ids

    def articles(self) -> Iterator[Article]:
        """Yield every article, by row."""
        return (stored_article(self._articles[row]) for row in range(len(self._articles)))

    def article_row(self, article_id: str) -> int | None:
        """Return an article's row, or None when there is no such article."""
        return self._catalogue.row(article_id)

    def article_rows(self, article_id: str) -> NDArray[np.int64]:
        """Return the rows of an article's passages in order; empty when it is not known."""
        return self._catalogue.article_rows(article_id)

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles, most articles first."""
        return self._catalogue.agencies()

    def articles_with_code(self, code: str) -> list[str]:
        """Return the ids of the articles with an agency code, in order of rows."""
        return self._catalogue.articles_with_code(code)

    def articles_linked(self, part: str) -> list[Article]:
        """Return the articles whose link contains a text; see `SearchIndex`."""
        articles = (stored_article(self._articles[row]) for row in self._articles.rows_with(part))
        return [article for article in articles if part in (article.link or "")]

    def near_duplicates(self, article_id: str) -> list[str]:
        """Return the ids of the articles that say nearly the same; see `SearchIndex`."""
        return self._catalogue.near_duplicates(article_id)

    def duplicate_groups(self) -> list[list[str]]:
        """Return groups of near-duplicates by their articles' ids, the largest first."""
        return self._catalogue.duplicate_groups()

    def latest(self, limit: int, filter_: Filter = NO_FILTER) -> list[str]:
        """Return the ids of the newest articles that pass; see `SearchIndex`."""
        return self._catalogue.latest(limit, filter_)

    def dates(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the ordinal of the day of each passage's article, 0 where it has none."""
        return self._catalogue.dates(rows)

    def article_dates(self, filter_: Filter = NO_FILTER) -> NDArray[np.int32]:
        """Return the day of each article that passes a filter; see `SearchIndex`."""
        return self._catalogue.passing_dates(filter_)

    def document_frequency(self, term: str) -> int:
        """Return how many passages contain an index term in their text."""
        return self._terms.document_frequency(term)

    def has_term(self, term: str) -> bool:
        """Return whether any passage has an index term in its text or its title."""
        return self._terms.has_term(term)

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return every index term with its document frequency, most frequent first."""
        return self._terms.vocabulary()


def read_catalogue(folder: Path) -> ArticleMetadata:
    """Open the catalogue of a snapshot, its files verified and no others.

    Raises:
        IndexCorruptError: a file of it is missing, or is not what was written.
    """
    files = read_manifest(folder).files
    compare(folder, {name: files[name] for name in files if name.startswith(f"{CATALOGUE}/")})
    return ArticleMetadata(folder / CATALOGUE)


def read_passages(folder: Path) -> Iterator[Passage]:
    """Yield the passages of a snapshot, by row; their files are verified and no others.

    Raises:
        IndexCorruptError: a file of them is missing, or is not what was written.
    """
    files = read_manifest(folder).files
    compare(folder, {name: files[name] for name in files if name.startswith(PASSAGES)})
    rows = RowStore(folder / PASSAGES)
    return (_passage(rows[row]) for row in range(len(rows)))


def open_vectors(folder: Path, manifest: Manifest) -> DenseIndex:
    """Open the vectors of a snapshot, with their codes where it has any."""
    return DenseIndex.open(folder / VECTORS, folder / CODES if CODES in manifest.files else None)


def passage_record(passage: Passage) -> dict[str, object]:
    """Return the row that is kept of a passage."""
    return {
        "article": passage.article_id,
        "title": passage.title,
        "paragraphs": passage.paragraphs,
        "text": passage.text,
    }


def _passage(record: dict[str, object]) -> Passage:
    return Passage(
        article_id=str(record["article"]),
        title=str(record["title"]),
        paragraphs=tuple(record["paragraphs"]),  # type: ignore[arg-type]
        text=str(record["text"]),
    )
