import asyncio
import os
import shutil
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from bot.app import build_application
from bot.channels.indexing import Indexer
from bot.runner import serve
from bot.settings import BotSettings
from index.errors import KhazarError
from tests.bot.support.api_server import TOKEN, ApiServer
from tests.bot.support.archives import build_archive
from tests.bot.support.fakes import FakeRetriever


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    """Hide the developer's settings, token, proxies and config.toml from the tests."""
    for name in tuple(os.environ):
        own = name.upper().startswith("KHAZAR_") and name != "KHAZAR_INDEX__PRECISION"
        if own or name.upper().endswith("_PROXY") or name.startswith("TELEGRAM_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def server():
    async with ApiServer() as running:
        yield running


@asynccontextmanager
async def running_bot(
    server: ApiServer,
    retriever: Any,
    indexer: Indexer | None = None,
    reloaded: dict[str, Any] | None = None,
    **settings: Any,
):
    """Run the real application against `server`, and stop it at the end of the block.

    `retriever` is an object whose `open` returns a `RetrieverSource`; `reloaded` are the settings
    that have changed when they are read again.
    """
    values = BotSettings(**{"api_url": server.url, "monitoring": False, **settings})
    application = build_application(
        values,
        TOKEN,
        retriever.open,
        load_settings=lambda: values.model_copy(update=reloaded),
        indexer=indexer,
    )
    serving = asyncio.create_task(serve(application, values))
    polling = asyncio.create_task(server.until(lambda: "getUpdates" in server.calls))
    try:
        await asyncio.wait((serving, polling), return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        await polling
        yield serving
    finally:
        polling.cancel()
        serving.cancel()
        # Errors of the bot were raised above, where `serving` was awaited.
        with suppress(asyncio.CancelledError, KhazarError):
            await serving


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
