"""A snapshot being written: articles go in one by one, vectors at the end; a folder comes out.

It is written under a name that nobody opens and renamed when it is whole; see
`index.snapshots.snapshot` for the files.
"""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from index.files import sync
from index.readers.formats.jsonl import to_record
from index.search.dense import VectorFile
from index.search.ivf_pq import IvfPqIndex, sample_step
from index.search.lexical import write_terms
from index.search.metadata import ArticleMetadata, ArticleMetadataWriter
from index.snapshots.analyses import AnalysisStore, AnalysisWriter, AnalyzedArticle
from index.snapshots.manifest import FORMAT, Manifest, list_files, verify, write_manifest
from index.snapshots.row_store import RowWriter
from index.snapshots.snapshot import (
    ARTICLE_TERMS,
    ARTICLES,
    CATALOGUE,
    CODES,
    PASSAGES,
    PREPARED,
    TERMS,
    VECTORS,
    passage_record,
)
from index.snapshots.snapshot_pointer import PARTIAL, SNAPSHOTS, next_creation_time
from index.text.minhash import near_duplicates
from index.text.persian import analyser_fingerprint

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a snapshot; see `Manifest`."""

    encoder: str
    fingerprint: str
    rules: str
    archive: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VectorCompression:
    """The compression of a snapshot's vectors to codes.

    Attributes:
        on_progress: is called with the number of compressed vectors as it grows.
        previous: a snapshot from which it is taken over how, where that fits, since learning it
            takes longer than doing it; None: there is none.
    """

    on_progress: Callable[[int], None]
    previous: Path | None

    def codes(self, vectors: VectorFile) -> IvfPqIndex:
        """Return the codes of some vectors."""
        codes = None
        if self.previous is not None and (self.previous / CODES).exists():
            codes = IvfPqIndex.open(self.previous / CODES)
        if codes is None or not codes.is_compatible(len(vectors), vectors.dimension):
            codes = IvfPqIndex.train(vectors.every(sample_step(len(vectors))), len(vectors))
        codes.rebuild(vectors.blocks(), self.on_progress)
        return codes


class _RowProgress:
    """Tells how many rows of a snapshot are written, of how many, as they pass by."""

    def __init__(self, total: int, on_progress: Callable[[int, int], None]) -> None:
        self._done, self._total = 0, total
        self._tell = on_progress

    def rows(self, rows: Iterable[T]) -> Iterator[T]:
        """Pass on rows."""
        for row in rows:
            yield row
            self._add(1)

    def blocks(self, blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Pass on blocks of rows."""
        for block in blocks:
            yield block
            self._add(len(block))

    def _add(self, count: int) -> None:
        self._done += count
        self._tell(self._done, self._total)


class SnapshotWriter:
    """Writes one snapshot; used as a context, it leaves nothing behind when it fails.

    Attributes:
        articles: articles that went in.
        passages: passages that went in.
    """

    def __init__(self, directory: Path) -> None:
        """Begin a snapshot of an index directory."""
        self.articles = 0
        self.passages = 0
        self._created = next_creation_time(directory)
        self._folder = directory / SNAPSHOTS / f"{PARTIAL}{uuid4().hex}"
        self._folder.mkdir(parents=True)
        self._article_rows = RowWriter(self._folder / ARTICLES)
        self._passage_rows = RowWriter(self._folder / PASSAGES)
        self._analyses = AnalysisWriter(self._folder / PREPARED)
        self._catalogue = ArticleMetadataWriter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is None:
            return
        for writer in (self._article_rows, self._passage_rows, self._analyses):
            # Closing writes what is buffered, which fails again where the disk is full.
            with suppress(OSError):
                writer.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, prepared: AnalyzedArticle) -> None:
        """Write an article and its passages."""
        self._article_rows.add(to_record(prepared.article))
        for passage in prepared.passages:
            self._passage_rows.add(passage_record(passage))
        self._analyses.add(prepared.analysis)
        self._catalogue.add(prepared.article, prepared.passages)
        self.articles += 1
        self.passages += len(prepared.passages)

    def finish(
        self,
        vectors: Iterable[NDArray[np.float32]],
        origin: Provenance,
        coding: VectorCompression | None = None,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Path:
        """Write the rest and check all of it; the snapshot is not published yet.

        Args:
            vectors: blocks of (n, dimension) vectors of length 1, at least one, one row for each
                passage in order.
            origin: how the snapshot came about.
            coding: how the vectors are compressed; None: they are not, and searched exactly.
            on_progress: is called with the number of rows that are written, and of all of them.

        Returns:
            Its folder.

        Raises:
            OSError: it cannot be written.
        """
        self._article_rows.finish()
        self._passage_rows.finish()
        # Every passage has a vector and terms, and every article has terms.
        rows = _RowProgress(2 * self.passages + self.articles, on_progress)
        dimension = self._write_vectors(rows.blocks(vectors), coding)
        self._catalogue.write(self._folder / CATALOGUE, near_duplicates(self._analyses.finish()))
        self._write_terms(rows)
        manifest = Manifest(
            format=FORMAT,
            created=self._created,
            articles=self.articles,
            passages=self.passages,
            encoder=origin.encoder,
            fingerprint=origin.fingerprint,
            dimension=dimension,
            analyser=analyser_fingerprint(),
            rules=origin.rules,
            archive=origin.archive,
            sources=origin.sources,
            files=list_files(self._folder),
        )
        folder = self._folder.with_name(write_manifest(self._folder, manifest))
        self._folder.rename(folder)
        self._folder = folder
        sync(folder.parent)
        verify(folder)
        return folder

    def _write_vectors(
        self, blocks: Iterable[NDArray[np.float32]], coding: VectorCompression | None
    ) -> int:
        vectors = VectorFile.write(self._folder / VECTORS, blocks, self.passages)
        if coding is not None:
            try:
                coding.codes(vectors).write(self._folder / CODES)
            except RuntimeError as error:
                raise _unwritten(CODES, error) from error
        return vectors.dimension

    def _write_terms(self, progress: "_RowProgress") -> None:
        catalogue, rows = ArticleMetadata(self._folder / CATALOGUE), range(self.passages)
        dates, agencies = catalogue.dates(rows), catalogue.agency_numbers(rows)
        analyses = AnalysisStore(self._folder / PREPARED)
        try:
            write_terms(self._folder / TERMS, progress.rows(analyses.terms()), dates, agencies)
            write_terms(
                self._folder / ARTICLE_TERMS,
                progress.rows(analyses.article_terms()),
                catalogue.article_dates,
                catalogue.article_agencies,
            )
        except ValueError as error:
            raise _unwritten(TERMS, error) from error


def _unwritten(name: str, error: Exception) -> OSError:
    """Return in one line what a library that writes a file of its own says when it cannot."""
    full = os.strerror(errno.ENOSPC)
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return OSError(f"{name}: {full if full in str(error) else said}")
