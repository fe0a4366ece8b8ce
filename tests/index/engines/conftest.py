"""The archive of the contract, built once, and the servers that have it."""

import json
from collections.abc import Iterator

import pytest

from index.indexing.builder import build
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from tests.index.engines.support.archive import ARTICLES, SETTINGS, Expected
from tests.index.engines.support.contract import Opened
from tests.index.engines.support.servers import MilvusProcess, start_lite, start_milvus
from tests.support.word_encoder import WordEncoder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """The archive on this machine."""
    folder = tmp_path_factory.mktemp("contract")
    source, encoder = folder / "articles.jsonl", WordEncoder()
    lines = (json.dumps(to_record(article), ensure_ascii=False) for article in ARTICLES)
    source.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    settings = IndexSettings(directory=folder / "index", encoder=encoder.name, **SETTINGS)
    report = build(settings, [str(source)], load=lambda _: encoder)
    snapshot = Snapshot.open(report.snapshot)
    passages = tuple(snapshot.passages(range(report.passages)))
    return Opened(snapshot, snapshot, report.snapshot, Expected(passages), encoder)


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusProcess]:
    """A running milvus-lite, which has every method."""
    with start_lite(tmp_path_factory.mktemp("lite")) as server:
        yield server


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusProcess]:
    """A running Milvus 2.3.5, which has no sparse vectors."""
    with start_milvus(tmp_path_factory.mktemp("milvus")) as server:
        yield server
