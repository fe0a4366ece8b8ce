"""Pruning: what nobody needs goes after its days, what may be needed stays."""

import datetime as dt
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.article import Article
from index.encoders.embedding_cache import EmbeddingCache
from index.errors import IndexCorruptError, SourceError
from index.indexing.index_writer import CACHE
from index.indexing.pruning import prune_index
from index.indexing.unused_vectors import snapshot_keys
from index.operations.inspection import verify_snapshot
from index.readers.web.http_cache import WEB_CACHE, HttpCache, Page
from index.settings import IndexSettings
from index.snapshots.snapshot_pointer import snapshot_folders
from tests.conftest import BuildIndex
from tests.support.paths import ROOT

NOW = dt.datetime.now(dt.UTC)
LATER = NOW + dt.timedelta(days=31)
# Many passages, so that their vectors fill pages of the file.
LONG = tuple(" ".join(f"واژه{number}-{at}" for at in range(60)) for number in range(200))


def article(name: str, paragraphs: tuple[str, ...] = LONG) -> Article:
    return Article(name, f"عنوان {name}", tuple(f"{name} {text}" for text in paragraphs))


def missing(settings: IndexSettings, keys: Iterable[bytes]) -> int:
    with EmbeddingCache(settings.directory / CACHE) as cache:
        return len(cache.missing(list(keys)))


def assert_whole(settings: IndexSettings) -> None:
    folder = snapshot_folders(settings.directory)[-1]
    assert verify_snapshot(folder).findings == ()
    assert missing(settings, snapshot_keys(folder)) == 0


def test_vectors_of_gone_articles_go_when_they_were_not_needed_for_long(
    build_index: BuildIndex,
) -> None:
    settings, both = build_index(article("a"), article("b"))
    keys = set(snapshot_keys(both.snapshot))
    settings, one = build_index(article("a"))
    gone = keys - set(snapshot_keys(one.snapshot))
    size = (settings.directory / CACHE).stat().st_size
    # The older snapshot may be published again: it needs them.
    assert prune_index(settings, 2, days=0, now=LATER).vectors == 0
    assert prune_index(settings, 1, now=NOW).vectors == 0
    assert missing(settings, keys) == 0
    report = prune_index(settings, 1, now=LATER)
    assert (report.snapshots, report.vectors, report.pages) == ((), len(gone), 0)
    assert missing(settings, keys) == len(gone) > 100
    left = (settings.directory / CACHE).stat().st_size
    assert left < 0.7 * size
    assert report.freed_bytes == size - left
    assert_whole(settings)


def test_an_article_that_comes_back_in_time_costs_nothing(build_index: BuildIndex) -> None:
    build_index(article("a"), article("b"))
    build_index(article("a"))
    settings, report = build_index(article("a"), article("b"))
    assert report.encoded == 0
    assert prune_index(settings, 1, now=LATER).vectors == 0
    assert_whole(settings)


def test_a_build_drops_what_was_not_needed_for_long(build_index: BuildIndex) -> None:
    build_index(article("a"), article("b"), keep_snapshots=1)
    settings, old = build_index(article("a"), keep_snapshots=1)
    path = settings.directory / CACHE
    with closing(sqlite3.connect(path)) as connection, connection:
        (marked,) = connection.execute("SELECT count(*) FROM unused").fetchone()
        connection.execute("UPDATE unused SET since = since - 31")
    build_index(article("a"), article("c", ("تازه",)), keep_snapshots=1)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM unused").fetchone() == (0,)
        (stored,) = connection.execute("SELECT count(*) FROM embeddings").fetchone()
    assert marked > 100
    assert stored == old.passages + 1
    assert_whole(settings)


def test_a_clock_that_was_wrong_keeps_nothing_for_ever(build_index: BuildIndex) -> None:
    build_index(article("a"), article("b"))
    settings, _ = build_index(article("a"))
    with closing(sqlite3.connect(settings.directory / CACHE)) as connection, connection:
        connection.execute("UPDATE unused SET since = since + 2000")
    assert prune_index(settings, 1, now=NOW).vectors == 0
    assert prune_index(settings, 1, now=LATER).vectors > 100


def test_nothing_is_removed_where_the_published_snapshot_is_damaged(
    build_index: BuildIndex,
) -> None:
    build_index(article("b"))
    settings, report = build_index(article("a"))
    (report.snapshot / "passages.jsonl").write_bytes(b"?")
    with pytest.raises(IndexCorruptError, match=r"passages\.jsonl has changed"):
        prune_index(settings, 1, days=0)
    assert len(snapshot_folders(settings.directory)) == 2
    assert build_index(article("a"), article("b"))[1].encoded == 0


# Prunes an index, and is killed when a step has been done.
KILLED = """
import os, signal, sys
from pathlib import Path
from index.encoders.embedding_cache import EmbeddingCache
from index.indexing.pruning import prune_index
from index.settings import IndexSettings

def after(function):
    return lambda *args: (function(*args), os.kill(os.getpid(), signal.SIGKILL))

setattr(EmbeddingCache, sys.argv[2], after(getattr(EmbeddingCache, sys.argv[2])))
prune_index(IndexSettings(directory=Path(sys.argv[1])), 1, days=0)
"""


@pytest.mark.parametrize("step", ["mark_unused", "drop_unused_since", "shrink"])
def test_a_killed_prune_harms_nothing_and_the_next_one_ends_it(
    build_index: BuildIndex, step: str
) -> None:
    build_index(article("a"), article("b"))
    settings, _ = build_index(article("a"))
    before = (settings.directory / CACHE).stat().st_size
    command = [sys.executable, "-c", KILLED, str(settings.directory), step]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert_whole(settings)
    prune_index(settings, 1, days=0)
    assert (settings.directory / CACHE).stat().st_size < before
    assert_whole(settings)


def test_pages_go_when_they_were_not_read_for_long(build_index: BuildIndex, tmp_path: Path) -> None:
    settings, _ = build_index(article("a", ("متن",)), web={"revisit_hours": 48})
    path = tmp_path / "index" / WEB_CACHE
    page = Page("https://a.ir/1", "text/html", None, bytes(range(256)) * 4000, None, None, NOW)
    days = {"new": 0, "revisited": 31, "old": 33}
    with HttpCache(path) as web:
        for name, age in days.items():
            own = replace(page, address=f"https://a.ir/{name}", checked=NOW - dt.timedelta(age))
            web.put(own.address, own)
            web.put_parsed(own.address, b"key", json.dumps(name))
    size = path.stat().st_size
    assert prune_index(settings, 1, now=NOW).pages == 1
    with HttpCache(path) as web:
        kept = [name for name in days if web.get(f"https://a.ir/{name}")]
        assert kept == [name for name in days if web.parsed(f"https://a.ir/{name}", b"key")]
    assert kept == ["new", "revisited"]
    assert path.stat().st_size < size
    assert prune_index(settings, 1, days=0, now=LATER).pages == 2


def test_a_damaged_cache_of_pages_is_one_line(build_index: BuildIndex) -> None:
    settings, _ = build_index(article("a", ("متن",)))
    (settings.directory / WEB_CACHE).write_bytes(b"not a database" * 100)
    with pytest.raises(SourceError, match=r"web\.sqlite: cannot be used: .*; delete it to go on"):
        prune_index(settings, 1)
