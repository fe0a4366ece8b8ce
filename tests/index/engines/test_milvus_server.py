"""The contract on the server of Milvus 2.3.5, without its lexical part."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from tests.index.engines.support.contract import IndexContract, Opened
from tests.index.engines.support.servers import MilvusProcess

NO_SPARSE = "Milvus 2.3.5 has no sparse vectors; milvus-lite runs this test"


@pytest.fixture(scope="module")
def on_milvus(built: Opened, milvus: MilvusProcess) -> Opened:
    """The archive without words, copied to a server and opened there."""
    from index.engines.milvus.client import MilvusServer
    from index.engines.milvus.reader import MilvusIndex
    from index.engines.milvus.writer import SnapshotCopy
    from index.settings import MilvusSettings

    server = MilvusServer(MilvusSettings(uri=milvus.uri, timeout=120))
    copy = SnapshotCopy(server, built.folder, built.snapshot, exact=True, sparse=False)
    copy.write()
    copy.complete()
    return replace(built, index=MilvusIndex.open(server, copy.names))


class TestMilvusServer(IndexContract):
    EXCEPTIONS: ClassVar[Mapping[str, str]] = {
        "test_search_by_words": NO_SPARSE,
        "test_search_of_articles_by_words": NO_SPARSE,
        "test_several_searches_at_once": NO_SPARSE,
    }

    @pytest.fixture
    def opened(self, on_milvus: Opened) -> Opened:
        return on_milvus
