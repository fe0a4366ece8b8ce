"""Snapshots: immutable directories that hold a whole index, and the pointer to the newest.

    DIRECTORY/CURRENT                    name of the published snapshot
    DIRECTORY/snapshots/NAME/manifest.json   facts, and size and checksum of every other file;
                                             its own checksum ends NAME
                            /articles.jsonl  passages.jsonl   with their .offsets.npy
                            /catalogue/      columns; see index.catalogue
                            /vectors.faiss
                            /terms/          tantivy

Row i means the same passage in passages.jsonl, the catalogue, vectors.faiss and terms.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from index.articles import Article
from index.catalogue import Catalogue, write_catalogue
from index.contract import EVERYTHING, Filter, Hits, IndexFacts, TermGroup
from index.errors import IndexCorruptError, IndexMissingError
from index.passages import Passage
from index.persian import analyser_fingerprint, index_terms
from index.readers.jsonl import from_record, to_record
from index.store import RowStore, write_rows
from index.terms import TermIndex, write_terms
from index.vectors import VectorIndex

FORMAT = 2
_CURRENT = "CURRENT"
_SNAPSHOTS = "snapshots"
_CATALOGUE = "catalogue"
_MANIFEST = "manifest.json"
_PARTIAL = ".partial-"
_NAME = re.compile("[0-9A-Za-z-]+")


class FileEntry(BaseModel):
    """One file of a snapshot."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    blake2b: str


class Manifest(BaseModel):
    """What a snapshot holds and how it was made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    created: datetime
    articles: int
    passages: int
    encoder: str
    fingerprint: str
    dimension: int
    analyser: str
    sources: tuple[str, ...]
    files: dict[str, FileEntry]


class _Version(BaseModel):
    """What the manifests of all formats have."""

    format: int


class Snapshot:
    """An opened snapshot; implements `index.contract.SearchIndex`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open the files of a snapshot whose checksums were verified."""
        self.manifest = manifest
        self._articles = RowStore(folder / "articles.jsonl")
        self._passages = RowStore(folder / "passages.jsonl")
        self._catalogue = Catalogue(folder / _CATALOGUE)
        self._vectors = VectorIndex.open(folder / "vectors.faiss")
        self._terms = TermIndex(folder / "terms")
        self._facts = IndexFacts(
            snapshot=folder.name,
            articles=manifest.articles,
            passages=manifest.passages,
            encoder=manifest.encoder,
            fingerprint=manifest.fingerprint,
            dimension=manifest.dimension,
            first_date=self._catalogue.first_date,
            last_date=self._catalogue.last_date,
        )
        articles = {len(self._articles), self._catalogue.article_count}
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
        folder = current_folder(directory)
        if folder is None:
            raise IndexMissingError(
                f"{directory}: no index here yet; run `python -m index build` first"
            )
        return cls.open(folder)

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
            raise _corrupt(folder, str(error)) from error

    @property
    def facts(self) -> IndexFacts:
        """Return what the index says of itself."""
        return self._facts

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, within: Filter = EVERYTHING
    ) -> Hits:
        """Return the passages nearest to `vector`; see `SearchIndex`."""
        among = self._catalogue.passing_passages(within) if within else None
        return self._vectors.search(vector, limit, among)

    def search_terms(
        self,
        groups: Sequence[TermGroup],
        limit: int,
        title_weight: float,
        within: Filter = EVERYTHING,
    ) -> Hits:
        """Return the passages that best match the query words; see `SearchIndex`."""
        selection = self._catalogue.selection(within) if within else None
        return self._terms.search(groups, limit, title_weight, selection)

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of the given passages."""
        return self._vectors.vectors(np.asarray(rows, dtype=np.int64))

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages of the given rows, in their order."""
        return [_passage(self._passages[row]) for row in rows]

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None."""
        row = self._catalogue.row(article_id)
        return None if row is None else from_record(self._articles[row])

    def article_rows(self, article_id: str) -> NDArray[np.int64]:
        """Return the rows of an article's passages in order; empty when it is not known."""
        return self._catalogue.article_rows(article_id)

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles, most articles first."""
        return self._catalogue.agencies()

    def articles_with_code(self, code: str) -> list[str]:
        """Return the ids of the articles with an agency code, in order of rows."""
        return self._catalogue.articles_with_code(code)

    def latest(self, limit: int, within: Filter = EVERYTHING) -> list[str]:
        """Return the ids of the newest articles that pass; see `SearchIndex`."""
        return self._catalogue.latest(limit, within)

    def dates(self, rows: Sequence[int]) -> NDArray[np.int32]:
        """Return the ordinal of the day of each passage's article, 0 where it has none."""
        return self._catalogue.dates(rows)

    def document_frequency(self, term: str) -> int:
        """Return how many passages contain an index term in their text."""
        return self._terms.document_frequency(term)

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return every index term with its document frequency, most frequent first."""
        return self._terms.vocabulary()


def write_snapshot(
    directory: Path,
    articles: Sequence[Article],
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    *,
    encoder: str,
    fingerprint: str,
    sources: Sequence[str],
) -> Path:
    """Write a snapshot, verify it and return its folder; it is not published yet.

    Args:
        directory: the index directory.
        articles: the articles, each id once.
        passages: their passages, in the order of the articles.
        vectors: (len(passages), dimension) vectors of length 1.
        encoder: the encoder's name as configured.
        fingerprint: the encoder's fingerprint.
        sources: what the articles were read from.
    """
    created = datetime.now(UTC)
    partial = directory / _SNAPSHOTS / f"{_PARTIAL}{uuid4().hex}"
    partial.mkdir(parents=True)
    write_rows(partial / "articles.jsonl", map(to_record, articles))
    write_rows(partial / "passages.jsonl", map(_passage_record, passages))
    VectorIndex.build(vectors).write(partial / "vectors.faiss")
    write_catalogue(partial / _CATALOGUE, articles, passages)
    catalogue, rows = Catalogue(partial / _CATALOGUE), range(len(passages))
    dates, agencies = catalogue.dates(rows), catalogue.agency_numbers(rows)
    write_terms(partial / "terms", _terms(passages), dates, agencies)
    manifest = Manifest(
        format=FORMAT,
        created=created,
        articles=len(articles),
        passages=len(passages),
        encoder=encoder,
        fingerprint=fingerprint,
        dimension=vectors.shape[1],
        analyser=analyser_fingerprint(),
        sources=tuple(sources),
        files={path.relative_to(partial).as_posix(): _entry(path) for path in _files(partial)},
    )
    content = manifest.model_dump_json(indent=2)
    _write_durably(partial / _MANIFEST, content)
    for path in [*partial.rglob("*"), partial]:
        _sync(path)
    # Names sort by age: microseconds keep those of one second apart.
    folder = partial.with_name(f"{created:%Y%m%dT%H%M%S%f}-{_digest(content.encode())}")
    partial.rename(folder)
    _sync(folder.parent)
    verify(folder)
    return folder


def publish(folder: Path) -> None:
    """Make a written snapshot the current one of its index directory."""
    directory = folder.parent.parent
    waiting = directory / f"{_CURRENT}.new"
    _write_durably(waiting, folder.name + "\n")
    waiting.replace(directory / _CURRENT)
    _sync(directory)


def current_folder(directory: Path) -> Path | None:
    """Return the published snapshot's folder, or None when nothing is published.

    Raises:
        IndexCorruptError: the pointer cannot be read, or holds no name.
    """
    try:
        name = (directory / _CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError):
        name = ""
    if not _NAME.fullmatch(name):
        raise IndexCorruptError(
            f"{directory / _CURRENT}: does not name a snapshot; run `python -m index build`"
        )
    return directory / _SNAPSHOTS / name


def snapshot_folders(directory: Path) -> list[Path]:
    """Return the complete snapshots of an index directory, oldest first."""
    folders = (directory / _SNAPSHOTS).glob("*/")
    return sorted(folder for folder in folders if not folder.name.startswith("."))


def prune(directory: Path, keep: int) -> list[Path]:
    """Remove what killed builds left, and old snapshots; the current one always stays.

    The caller holds the build lock. A process that has a removed snapshot open keeps reading it:
    its files are gone for newcomers only.

    Returns:
        The snapshots that were removed.
    """
    for leftover in (directory / _SNAPSHOTS).glob(f"{_PARTIAL}*/"):
        shutil.rmtree(leftover)
    try:
        current = current_folder(directory)
    except IndexCorruptError:
        current = None  # a build must be able to repair the pointer
    old = [folder for folder in snapshot_folders(directory) if folder != current]
    removed = old[: max(0, len(old) - (keep - 1))]
    for folder in removed:
        shutil.rmtree(folder)
    return removed


def read_manifest(folder: Path) -> Manifest:
    """Return a snapshot's manifest.

    Raises:
        IndexCorruptError: it is missing or is not one of this format.
    """
    try:
        content = (folder / _MANIFEST).read_bytes()
        version = _Version.model_validate_json(content).format
        if version != FORMAT:
            raise _corrupt(folder, f"its format is {version}, this version reads {FORMAT}")
        if not folder.name.endswith(f"-{_digest(content)}"):
            raise _corrupt(folder, f"{_MANIFEST} has changed since it was written")
        return Manifest.model_validate_json(content)
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a manifest"
        raise _corrupt(folder, f"{_MANIFEST}: {reason}") from error


def verify(folder: Path) -> Manifest:
    """Check every file of a snapshot against its manifest.

    Raises:
        IndexCorruptError: a file is missing, or is not what was written.
    """
    manifest = read_manifest(folder)
    _compare(folder, manifest.files)
    return manifest


def read_catalogue(folder: Path) -> Catalogue:
    """Open the catalogue of a snapshot, its files verified and no others.

    Raises:
        IndexCorruptError: a file of it is missing, or is not what was written.
    """
    files = read_manifest(folder).files
    _compare(folder, {name: files[name] for name in files if name.startswith(f"{_CATALOGUE}/")})
    return Catalogue(folder / _CATALOGUE)


def _compare(folder: Path, files: Mapping[str, FileEntry]) -> None:
    for name, expected in files.items():
        try:
            found = _entry(folder / name)
        except OSError as error:
            raise _corrupt(folder, f"{name}: {error.strerror}") from error
        if found != expected:
            raise _corrupt(folder, f"{name} has changed since it was written")


def _corrupt(folder: Path, reason: str) -> IndexCorruptError:
    return IndexCorruptError(f"{folder}: damaged: {reason}; run `python -m index build` again")


def _terms(passages: Sequence[Passage]) -> Iterator[tuple[list[str], list[str]]]:
    title, terms = "", list[str]()
    for passage in passages:
        if passage.title != title:
            title, terms = passage.title, index_terms(passage.title)
        yield terms, index_terms(passage.text)


def _passage_record(passage: Passage) -> dict[str, object]:
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


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "blake2b").hexdigest()[:32]
        return FileEntry(bytes=file.tell(), blake2b=checksum)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
