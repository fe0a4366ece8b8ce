"""Vectors in the cache that no snapshot needs: kept for some days, then dropped.

An article that is gone may come back, from a feed or by `restore`; encoding it again takes long.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.encoders.embedding_cache import EmbeddingCache, embedding_key
from index.errors import IndexCorruptError
from index.snapshots.manifest import read_manifest
from index.snapshots.snapshot import read_passages
from index.sqlite_files import GRACE_DAYS


def drop_unused_vectors(
    cache: EmbeddingCache,
    used: Iterable[bytes],
    others: Iterable[Path],
    days: int = GRACE_DAYS,
    today: dt.date | None = None,
) -> int:
    """Note which vectors are not used, and drop those that have not been for some days.

    Args:
        cache: the cache.
        used: the keys that the published snapshot needs.
        others: the folders of the other snapshots that are kept; read only if something is to be
            dropped. A damaged one needs nothing: it cannot be published again.
        days: how long a vector stays after it was first seen to be unused.
        today: the day; None means today's, in UTC.

    Returns:
        The number of vectors that were dropped.
    """
    day = (today or dt.datetime.now(dt.UTC).date()).toordinal()
    cache.mark_unused(used, day)
    if not cache.has_unused_since(day - days):
        return 0
    for folder in others:
        try:
            cache.mark_used(snapshot_keys(folder))
        except IndexCorruptError:
            continue
    return cache.drop_unused_since(day - days)


def snapshot_keys(folder: Path) -> Iterator[bytes]:
    """Yield the cache keys of a snapshot's passages.

    Raises:
        IndexCorruptError: the snapshot is damaged.
    """
    fingerprint = read_manifest(folder).fingerprint
    for passage in read_passages(folder):
        yield embedding_key(fingerprint, passage.embedded_text)
