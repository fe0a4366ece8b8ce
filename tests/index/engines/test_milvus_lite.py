"""The contract on milvus-lite."""

from dataclasses import replace

import pytest

from tests.index.engines.support.contract import IndexContract, Opened
from tests.index.engines.support.servers import MilvusProcess


@pytest.fixture(scope="module")
def on_lite(built: Opened, lite: MilvusProcess) -> Opened:
    """The archive, copied to a server and opened there."""
    from index.engines.milvus.client import MilvusServer
    from index.engines.milvus.engine import MilvusEngine
    from index.settings import MilvusSettings

    server = MilvusServer(MilvusSettings(uri=lite.uri, timeout=120))
    engine = MilvusEngine(server, built.folder.parents[1], exact_passages=10_000)
    engine.publish(built.folder, lambda _done, _total: None)
    return replace(built, index=engine.open_published())


class TestMilvusLite(IndexContract):
    @pytest.fixture
    def opened(self, on_lite: Opened) -> Opened:
        return on_lite
