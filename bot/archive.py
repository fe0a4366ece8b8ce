"""The archive as the bot uses it: a retriever that never runs on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from retrieval.answers import Answer


class Searcher(Protocol):
    """What the bot needs of `retrieval.Retriever`; `ask` is called from several threads."""

    def ask(self, question: str, *, limit: int) -> Answer:
        """Answer one question."""

    def close(self) -> None:
        """Let go of the index."""


class Archive:
    """Opens, asks and closes a retriever in threads of its own."""

    def __init__(self, open_retriever: Callable[[], Searcher], threads: int) -> None:
        """Keep what is needed to open the retriever, which may take seconds.

        Args:
            open_retriever: opens it; called once, in a thread.
            threads: questions that are searched at the same time.
        """
        self._open_retriever = open_retriever
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self._retriever: Searcher | None = None

    async def open(self) -> None:
        """Open the retriever.

        Raises:
            KhazarError: there is no index, or it cannot be used.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._open)

    async def ask(self, question: str, limit: int) -> Answer:
        """Answer one question with at most `limit` passages.

        Raises:
            KhazarError: the question or the index cannot be used.
            RuntimeError: the archive is not open.
        """
        retriever = self._retriever
        if retriever is None:
            raise RuntimeError("the archive is not open")
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: retriever.ask(question, limit=limit)
        )

    async def close(self) -> None:
        """Wait for what is being opened or searched, then close the retriever."""
        await asyncio.to_thread(self._close)

    def _open(self) -> None:
        self._retriever = self._open_retriever()

    def _close(self) -> None:
        # An opening that was interrupted by a signal goes on in its thread: wait, then close it.
        self._threads.shutdown(wait=True, cancel_futures=True)
        retriever, self._retriever = self._retriever, None
        if retriever is not None:
            retriever.close()


def open_retriever(config: Path | None) -> Searcher:
    """Open the retriever of a configuration file; None: ./config.toml, or the defaults.

    The import is here because it loads the encoder's libraries, which takes seconds: neither
    `--help` nor the event loop should wait for them.

    Raises:
        KhazarError: there is no index, or it cannot be used.
    """
    from retrieval import Retriever

    return Retriever.open(config)
