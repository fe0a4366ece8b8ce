"""Inspection and verification of an index; nothing is changed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import numpy as np

from index.article import Article
from index.errors import KhazarError
from index.indexing.article_store import ARTICLES
from index.indexing.change_log import Event, Run, read_log
from index.indexing.index_writer import naming_damaged
from index.operations.watch import WatchRound, read_summary
from index.snapshots.analyses import AnalysisStore
from index.snapshots.manifest import Manifest, read_manifest, verify
from index.snapshots.snapshot import PREPARED, Snapshot, read_catalogue
from index.snapshots.snapshot_pointer import published_folder, snapshot_folders
from index.text.passages import Passage
from index.text.persian import sentence_terms

# Rounding in float32 leaves lengths this near to 1; cosines then are right to four digits.
_LENGTH_TOLERANCE = 1e-3
_BLOCK = 4096
# Passages whose index terms are computed again; for all of them it would take as long as a build.
_SAMPLE = 100
_SHOWN_EVENTS = 5
# Findings that are listed of each kind; damage may affect every passage.
_MOST_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class SnapshotStatus:
    """A summary of one snapshot; `damage` says why its manifest cannot be read."""

    name: str
    published: bool
    bytes: int
    damage: str | None


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The content of an index directory.

    Attributes:
        directory: the index directory.
        folder: the published snapshot.
        manifest: its manifest.
        first_date: the earliest day of an article; None when no article has a date.
        last_date: the latest.
        agencies: every agency with its number of articles, most articles first.
        duplicate_groups: groups of near-duplicates, by their articles' ids.
        snapshots: every snapshot, oldest first.
        cache_bytes: size of the article store and the embedding cache.
        last_run: the last command that changed articles; None: none is known.
        last_events: what it replaced, renamed, removed or restored, the last ones.
        watched: the last round of `watch`; None: there was none.
    """

    directory: Path
    folder: Path
    manifest: Manifest
    first_date: date | None
    last_date: date | None
    agencies: tuple[tuple[str, int], ...]
    duplicate_groups: tuple[tuple[str, ...], ...]
    snapshots: tuple[SnapshotStatus, ...]
    cache_bytes: int
    last_run: Run | None
    last_events: tuple[Event, ...]
    watched: WatchRound | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The findings of `verify_snapshot`.

    Attributes:
        folder: the snapshot.
        passages: passages that were compared with their articles.
        findings: what is wrong, a line each; empty: nothing.
    """

    folder: Path
    passages: int
    findings: tuple[str, ...]


def inspect(directory: Path) -> IndexStatus:
    """Return what an index directory holds.

    Raises:
        IndexMissingError: nothing is published there.
        IndexCorruptError: the published manifest or metadata is damaged.
    """
    folder = published_folder(directory)
    manifest, metadata = read_manifest(folder), read_catalogue(folder)
    with naming_damaged(directory / ARTICLES):
        last_run, last_events = read_log(directory / ARTICLES, _SHOWN_EVENTS)
    beside = [path for path in directory.glob("*.sqlite*") if path.is_file()]
    return IndexStatus(
        directory=directory,
        folder=folder,
        manifest=manifest,
        first_date=metadata.first_date,
        last_date=metadata.last_date,
        agencies=tuple(metadata.agencies()),
        duplicate_groups=tuple(map(tuple, metadata.duplicate_groups())),
        snapshots=tuple(_status(one, folder) for one in snapshot_folders(directory)),
        cache_bytes=sum(path.stat().st_size for path in beside),
        last_run=last_run,
        last_events=tuple(last_events),
        watched=read_summary(directory),
    )


def verify_snapshot(folder: Path) -> Verification:
    """Check everything that can be checked without a model.

    Checksums, row counts, that every vector is finite and of length 1, every article against the
    metadata, every passage against its article, and the index terms of a sample.

    Raises:
        IndexCorruptError: a file is missing or was changed; nothing more can be checked.
    """
    verify(folder, always_read=True)
    snapshot = Snapshot.open(folder)
    findings: list[str] = []
    for kind in (_wrong_vectors, _wrong_articles, _wrong_passages, _wrong_terms):
        found = list(kind(snapshot, folder))
        findings.extend(found[:_MOST_FINDINGS])
        if len(found) > _MOST_FINDINGS:
            findings.append(f"and {len(found) - _MOST_FINDINGS:,} more like this")
    return Verification(folder, snapshot.facts.passages, tuple(findings))


def _status(folder: Path, published: Path) -> SnapshotStatus:
    try:
        manifest = read_manifest(folder)
    except KhazarError as error:
        return SnapshotStatus(folder.name, folder == published, 0, str(error))
    return SnapshotStatus(folder.name, folder == published, manifest.bytes, None)


def _wrong_vectors(snapshot: Snapshot, _: Path) -> Iterator[str]:
    for begin in range(0, snapshot.facts.passages, _BLOCK):
        rows = range(begin, min(begin + _BLOCK, snapshot.facts.passages))
        lengths = np.linalg.norm(snapshot.vectors(rows), axis=1)
        wrong = ~(np.abs(lengths - 1) <= _LENGTH_TOLERANCE)  # so that NaN is wrong too
        for at in np.flatnonzero(wrong).tolist():
            yield f"passage {begin + at}: its vector has the length {lengths[at]:.4f}, not 1"


def _wrong_articles(snapshot: Snapshot, _: Path) -> Iterator[str]:
    listed_agencies = Counter(dict(snapshot.agencies()))
    agencies: Counter[str] = Counter()
    for row, article in enumerate(snapshot.articles()):
        if snapshot.article_row(article.id) != row:
            yield f"article {article.id}: it has another row in the metadata"
        if article.agency:
            agencies[article.agency] += 1
    if agencies != listed_agencies:
        yield "the metadata has wrong numbers of articles of the agencies"


def _wrong_passages(snapshot: Snapshot, _: Path) -> Iterator[str]:
    expected = 0
    for article in snapshot.articles():
        rows = snapshot.article_rows(article.id).tolist()
        if rows != list(range(expected, expected + len(rows))):
            yield f"article {article.id}: its passages are not where they should be"
        expected += len(rows)
        for row, passage in zip(rows, snapshot.passages(rows), strict=True):
            if not _is_of(passage, article):
                yield f"passage {row}: its text is not in article {article.id}"


def _is_of(passage: Passage, article: Article) -> bool:
    """Return whether a passage is an exact piece of an article."""
    if (passage.article_id, passage.title) != (article.id, article.title):
        return False
    if not passage.paragraphs:
        return passage.text in article.abstract or passage.text in article.title
    if passage.paragraphs[-1] >= len(article.paragraphs):
        return False
    whole = "\n".join(article.paragraphs[number] for number in passage.paragraphs)
    return passage.text in whole


def _wrong_terms(snapshot: Snapshot, folder: Path) -> Iterator[str]:
    step = max(1, snapshot.facts.passages // _SAMPLE)
    for row, (_, terms) in enumerate(AnalysisStore(folder / PREPARED).terms()):
        if row % step == 0 and terms != _terms(snapshot.passages([row])[0].text):
            yield f"passage {row}: its index terms are not those of its text"


def _terms(text: str) -> list[str]:
    return list(chain.from_iterable(sentence_terms(text)))
