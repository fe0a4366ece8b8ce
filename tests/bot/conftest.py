import os
import shutil

import pytest

from tests.bot.support.api_server import ApiServer
from tests.bot.support.archives import build_archive
from tests.bot.support.fakes import FakeRetriever
from tests.bot.support.running import running_bot
from tests.conftest import PRECISION, RERANKER


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    """Hide the developer's settings, token, proxies and config.toml from the tests."""
    for name in tuple(os.environ):
        own = name.upper().startswith("KHAZAR_") and name not in (PRECISION, RERANKER)
        if own or name.upper().endswith("_PROXY") or name.startswith("TELEGRAM_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def server():
    async with ApiServer() as running:
        yield running


@pytest.fixture
async def retriever(server):
    """A fake retriever behind a running bot."""
    fake = FakeRetriever()
    async with running_bot(server, fake):
        yield fake
    assert fake.closed


@pytest.fixture(scope="session")
def shared_archive(tmp_path_factory):
    """A real index of `archives.ARTICLES`, which no test changes."""
    kept = build_archive(tmp_path_factory.mktemp("archive"))
    yield kept
    kept.end()


@pytest.fixture
def archive(shared_archive):
    """The index, for tests that do not change it."""
    return shared_archive


@pytest.fixture
def own_archive(shared_archive, tmp_path):
    """A copy of the index, for tests that change it."""
    directory = tmp_path / "index"
    shutil.copytree(shared_archive.directory, directory)
    return shared_archive.at(directory)


@pytest.fixture
async def bot(server, archive):
    """A running bot over the real index; the fixture's value is the index."""
    async with running_bot(server, archive):
        yield archive
