"""The archive as the bot uses it: a retriever that never runs on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from index.article import Article
from index.encoders.encoder import load_encoder
from index.indexing.index_writer import EncoderLoader
from index.search_index import NO_FILTER, Filter, IndexInfo
from index.settings import IndexSettings
from retrieval.answers import Answer
from retrieval.conversation import Conversation
from retrieval.pipeline.explanation import Explanation


class SnapshotRetriever(Protocol):
    """What the bot needs of a `retrieval.Retriever` over one snapshot."""

    @property
    def facts(self) -> IndexInfo:
        """What the open index says of itself."""

    def ask(
        self,
        question: str,
        *,
        limit: int,
        offset: int = 0,
        conversation: Conversation | None = None,
        within: Filter = NO_FILTER,
    ) -> Answer:
        """Answer one question."""

    def explain(
        self,
        question: str,
        *,
        conversation: Conversation | None = None,
        within: Filter = NO_FILTER,
        limit: int = 1,
    ) -> Explanation | None:
        """Tell why a question got its first passages."""

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id."""

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles."""

    def filter(self, *, source: str | None = None) -> Filter:
        """Make a filter of what somebody typed."""


class RetrieverSource(Protocol):
    """What the bot needs of `retrieval.live.LiveRetriever`; called from several threads."""

    @property
    def snapshot(self) -> str:
        """Name of the snapshot that the next question is asked of."""

    def lease(self) -> AbstractContextManager[SnapshotRetriever]:
        """Give the retriever of the snapshot that is published."""

    def refresh(self) -> bool:
        """Take the published snapshot if it is another one; tell whether it was."""

    def close(self) -> None:
        """Let go of the index."""


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """An answer, and the snapshot that gave it."""

    answer: Answer
    snapshot: str


Result = TypeVar("Result")


class AsyncRetriever:
    """Opens, asks and closes a retriever in a bounded pool of threads of its own."""

    def __init__(self, open_retriever: Callable[[], RetrieverSource], threads: int) -> None:
        """Keep what is needed to open the retriever, which may take seconds.

        Args:
            open_retriever: opens it; called once, in a thread.
            threads: questions that are searched at the same time; others wait.
        """
        self._open_retriever = open_retriever
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self._searcher: RetrieverSource | None = None

    @property
    def snapshot(self) -> str | None:
        """Name of the snapshot that the next question is asked of; None: it is not open."""
        return None if self._searcher is None else self._searcher.snapshot

    async def open(self) -> None:
        """Open the retriever.

        Raises:
            KhazarError: there is no index, or it cannot be used.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._open)

    async def ask(
        self,
        question: str,
        limit: int,
        *,
        offset: int = 0,
        conversation: Conversation | None = None,
        agencies: tuple[str, ...] = (),
    ) -> SnapshotAnswer:
        """Answer one question; see `retrieval.Retriever.ask`.

        Args:
            question: the question.
            limit: passages in the answer at most.
            offset: passages to leave out at the beginning.
            conversation: the turns before.
            agencies: where to search, names as the archive has them; empty: everywhere.

        Raises:
            KhazarError: the question or the index cannot be used.
        """

        def ask(asked: SnapshotRetriever) -> SnapshotAnswer:
            answer = asked.ask(
                question,
                limit=limit,
                offset=offset,
                conversation=conversation,
                within=Filter(agencies=agencies),
            )
            return SnapshotAnswer(answer, asked.facts.snapshot)

        return await self._run(ask)

    async def explain(
        self,
        question: str,
        limit: int,
        *,
        conversation: Conversation | None = None,
        agencies: tuple[str, ...] = (),
    ) -> Explanation | None:
        """Tell why a question got its first `limit` passages; arguments as for `ask`.

        Raises:
            KhazarError: the question or the index cannot be used.
        """
        within = Filter(agencies=agencies)
        return await self._run(
            lambda asked: asked.explain(
                question, conversation=conversation, within=within, limit=limit
            )
        )

    async def article(self, article_id: str) -> Article | None:
        """Return an article by its id; None when the index has none of it, or no more."""
        return await self._run(lambda asked: asked.article(article_id))

    async def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles, most articles first."""
        return await self._run(lambda asked: asked.agencies())

    async def resolve_agency(self, typed: str) -> tuple[str, ...]:
        """Return the names that the archive has for an agency, in whatever name it was typed.

        Raises:
            QuestionError: the archive has no such agency.
        """
        return await self._run(lambda asked: asked.filter(source=typed).agencies)

    async def facts(self) -> IndexInfo:
        """Return what the index says of itself."""
        return await self._run(lambda asked: asked.facts)

    async def refresh(self) -> bool:
        """Take the published snapshot at once; tell whether it is another one."""
        searcher = self._opened()
        return await asyncio.get_running_loop().run_in_executor(self._threads, searcher.refresh)

    async def close(self) -> None:
        """Wait for what is being opened or searched, then close the retriever."""
        await asyncio.to_thread(self._close)

    async def _run(self, work: Callable[[SnapshotRetriever], Result]) -> Result:
        searcher = self._opened()

        def in_thread() -> Result:
            with searcher.lease() as asked:
                return work(asked)

        # With the context comes what the log must not have of this question.
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, context.run, in_thread
        )

    def _opened(self) -> RetrieverSource:
        if self._searcher is None:
            raise RuntimeError("the archive is not open")
        return self._searcher

    def _open(self) -> None:
        self._searcher = self._open_retriever()

    def _close(self) -> None:
        # An opening that was interrupted by a signal goes on in its thread: wait, then close it.
        self._threads.shutdown(wait=True, cancel_futures=True)
        searcher, self._searcher = self._searcher, None
        if searcher is not None:
            searcher.close()


def open_retriever(config: Path | None, load: EncoderLoader = load_encoder) -> RetrieverSource:
    """Open the retriever of a configuration file; None: ./config.toml, or the defaults.

    The import is here because it loads libraries for seconds: neither `--help` nor the event loop
    should wait for them.

    Args:
        config: the configuration file.
        load: loads the model.

    Raises:
        KhazarError: there is no index, or it cannot be used.
    """
    from retrieval.live import LiveRetriever
    from retrieval.settings import RetrievalSettings

    return LiveRetriever(IndexSettings.load(config), RetrievalSettings.load(config), load)
