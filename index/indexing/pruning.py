"""The command that removes what nobody needs any more: old snapshots, unused vectors, old pages."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from index.engines.opening import open_engine
from index.indexing.index_writer import CACHE, locked, open_cache
from index.indexing.unused_vectors import drop_unused_vectors, snapshot_keys
from index.readers.web.http_cache import WEB_CACHE, HttpCache
from index.settings import IndexSettings
from index.snapshots.manifest import verify
from index.snapshots.snapshot_pointer import (
    SNAPSHOTS,
    published_folder,
    snapshot_folders,
)
from index.sqlite_files import GRACE_DAYS, size_on_disk


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What was removed.

    Attributes:
        snapshots: the names of the removed snapshots.
        vectors: number of vectors dropped from the cache.
        pages: number of web pages dropped from the cache.
        freed_bytes: how much less the index takes on the disk.
    """

    snapshots: tuple[str, ...]
    vectors: int
    pages: int
    freed_bytes: int


def prune_index(
    settings: IndexSettings, keep: int, days: int = GRACE_DAYS, now: dt.datetime | None = None
) -> PruneReport:
    """Delete old snapshots, what killed commands left, and what the caches hold in vain.

    A command that is killed here is repeated; nothing that is needed is lost at any moment.

    Args:
        settings: where the index is.
        keep: number of snapshots to keep, including the published one.
        days: how long unused vectors and pages stay.
        now: the time; None means the clock's.

    Raises:
        IndexBusyError: another command is changing the index.
        IndexMissingError, IndexCorruptError: what is published is missing or damaged; nothing was
            removed, since an older snapshot may be the last whole one.
        KhazarError: a cache is damaged, or the disk has no room to write it anew.
    """
    directory = settings.path(settings.directory)
    now = now or dt.datetime.now(dt.UTC)
    with locked(directory):
        current = published_folder(directory)
        verify(current)
        before = _size(directory)
        snapshots = open_engine(settings).prune(keep)
        vectors = 0
        if (directory / CACHE).exists():
            others = [one for one in snapshot_folders(directory) if one != current]
            with open_cache(directory) as cache:
                used = snapshot_keys(current)
                vectors = drop_unused_vectors(cache, used, others, days, now.date())
                cache.shrink()
        pages = 0
        if (path := directory / WEB_CACHE).exists():
            with HttpCache(path) as web:
                pages = web.drop_unused(settings.web.revisit_hours, days, now)
                web.shrink()
        freed = max(0, before - _size(directory))
    return PruneReport(tuple(snapshots), vectors, pages, freed)


def _size(directory: Path) -> int:
    """Return the bytes of all snapshots and of both caches."""
    files = (path for path in (directory / SNAPSHOTS).rglob("*") if path.is_file())
    caches = (directory / CACHE, directory / WEB_CACHE)
    return sum(file.stat().st_size for file in files) + sum(map(size_on_disk, caches))
