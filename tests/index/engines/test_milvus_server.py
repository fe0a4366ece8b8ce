"""The contract on the server of Milvus 2.3.5, without its lexical part; its graph; it is killed."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from index.article import Article
from index.errors import IndexUnavailableError
from index.indexing.builder import build
from index.readers.formats.jsonl import to_record
from index.search_index import NO_FILTER, Filter
from index.settings import IndexSettings, MilvusSettings
from index.snapshots.snapshot import Snapshot
from tests.index.engines.support.archive import SETTINGS
from tests.index.engines.support.contract import DENSE, IndexContract, Opened
from tests.index.engines.support.servers import MilvusProcess
from tests.support.paths import ROOT
from tests.support.word_encoder import WordEncoder

NO_SPARSE = "Milvus 2.3.5 has no sparse vectors; milvus-lite runs this test"
AGENCIES = ("ایلنا", "ایسنا", "ایرنا")
# A segment of fewer than 1,024 rows gets no graph.
MANY = 2500


@pytest.fixture(scope="module")
def on_milvus(built: Opened, milvus: MilvusProcess) -> Opened:
    """The archive without words, copied to a server and opened there."""
    from index.engines.milvus.client import MilvusServer
    from index.engines.milvus.reader import MilvusIndex
    from index.engines.milvus.writer import SnapshotCopy

    server = MilvusServer(MilvusSettings(uri=milvus.uri, timeout=120))
    copy = SnapshotCopy(server, built.folder, built.snapshot, exact=True, sparse=False)
    copy.write()
    copy.complete()
    return replace(built, index=MilvusIndex.open(server, copy.names))


@pytest.mark.timeout(600)
class TestMilvusServer(IndexContract):
    EXCEPTIONS: ClassVar[Mapping[str, str]] = {
        "test_search_by_words": NO_SPARSE,
        "test_search_of_articles_by_words": NO_SPARSE,
        "test_several_searches_at_once": NO_SPARSE,
    }

    @pytest.fixture
    def opened(self, on_milvus: Opened) -> Opened:
        return on_milvus


def many_articles() -> Iterator[Article]:
    """Articles of three words each, drawn from 400."""
    random = np.random.default_rng(7)
    for number in range(MANY):
        words = " ".join(f"واژه{one}" for one in random.choice(400, 3, replace=False))
        day = dt.date(2024, 1, 1) + dt.timedelta(days=number % 365)
        yield Article(f"a{number}", "", (words,), agency=AGENCIES[number % 3], date=day)


def test_a_graph_finds_the_nearest(milvus: MilvusProcess, tmp_path: Path) -> None:
    from index.engines.milvus.client import MilvusServer
    from index.engines.milvus.reader import MilvusIndex
    from index.engines.milvus.writer import SnapshotCopy

    source, encoder = tmp_path / "many.jsonl", WordEncoder()
    lines = (json.dumps(to_record(one), ensure_ascii=False) for one in many_articles())
    source.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    settings = IndexSettings(directory=tmp_path / "index", encoder=encoder.name, **SETTINGS)
    folder = build(settings, [str(source)], load=lambda _: encoder).snapshot
    snapshot = Snapshot.open(folder)
    server = MilvusServer(MilvusSettings(uri=milvus.uri, timeout=120))
    copy = SnapshotCopy(server, folder, snapshot, exact=False, sparse=False)
    copy.write()
    copy.complete()
    index = MilvusIndex.open(server, copy.names)
    found = wanted = 0
    filters = (NO_FILTER, Filter(agencies=AGENCIES[:1]), Filter(since=dt.date(2024, 12, 1)))
    for row in range(0, MANY, 50):
        [vector] = snapshot.vectors([row])
        for filter_ in filters:
            exact = snapshot.search_vectors(vector, 10, filter_)
            hits = index.search_vectors(vector, 10, filter_)
            # Whatever it finds has its exact score, and the order that follows from it.
            cosines = snapshot.vectors(hits.rows.tolist()) @ vector
            np.testing.assert_allclose(hits.scores, cosines, atol=DENSE)
            assert (np.diff(hits.scores) <= 0).all()
            found += int((hits.scores >= exact.scores.min() - DENSE).sum())
            wanted += len(exact.rows)
    assert found >= 0.99 * wanted


KILLED = """
import os, signal, sys
from pathlib import Path
from index.engines.milvus.client import MilvusServer
from index.engines.milvus.writer import SnapshotCopy
from index.settings import MilvusSettings
from index.snapshots.snapshot import Snapshot
folder = Path(sys.argv[1])
server = MilvusServer(MilvusSettings(uri=sys.argv[2], timeout=120))
flush = MilvusServer.flush
def killing(self, collection):
    flush(self, collection)
    if collection.startswith("articles"):
        os.kill(os.getpid(), signal.SIGKILL)
MilvusServer.flush = killing
SnapshotCopy(server, folder, Snapshot.open(folder), exact=True, sparse=False).write()
"""


@pytest.mark.timeout(900)
def test_a_killed_copy_and_a_killed_server_change_nothing_that_is_read(
    on_milvus: Opened, milvus: MilvusProcess, tmp_path: Path
) -> None:
    from index.engines.milvus.client import MilvusServer
    from index.engines.milvus.engine import MilvusEngine
    from index.engines.milvus.schema import ALIAS, CollectionNames

    server = MilvusServer(MilvusSettings(uri=milvus.uri, timeout=120))
    names = CollectionNames.of_snapshot(on_milvus.folder.name)
    server.point(ALIAS, names.passages)
    source, encoder = tmp_path / "one.jsonl", WordEncoder()
    record = to_record(next(many_articles()))
    source.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    settings = IndexSettings(directory=tmp_path / "index", encoder=encoder.name, **SETTINGS)
    folder = build(settings, [str(source)], load=lambda _: encoder).snapshot
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), milvus.uri],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    left = CollectionNames.of_snapshot(folder.name)
    assert left.articles in server.collections()
    engine = MilvusEngine(server, settings.directory, exact_passages=10_000)
    assert engine.current_name() == on_milvus.folder.name
    [vector] = on_milvus.snapshot.vectors([3])

    def nearest() -> list[int]:
        return on_milvus.index.search_vectors(vector, 5).rows.tolist()

    before = nearest()
    milvus.kill()
    try:
        reader = MilvusServer(MilvusSettings(uri=milvus.uri, timeout=2))
        with pytest.raises(IndexUnavailableError, match="Milvus does not answer"):
            reader.target(ALIAS)
    finally:
        milvus.start()
    assert nearest() == before
    assert engine.open_published().facts == on_milvus.snapshot.facts
    # What the killed copy left is not whole, and goes.
    assert left.snapshot not in engine.prune(1)
    assert not {*left.all} & {*server.collections()}
