"""Asynchronous access to a retriever, which runs in threads, never on the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from index.article import Article
from index.encoders.encoder import EncoderLoader, load_encoder
from index.search_index import Filter, IndexInfo
from index.settings import IndexSettings
from retrieval.answerer import Answerer
from retrieval.answers import Answer
from retrieval.options import AskOptions
from retrieval.pipeline.explanation import Explanation
from retrieval.pipeline.standing_queries import NewArticles, VectorsByKey


class SnapshotRetriever(Answerer, Protocol):
    """The part of `retrieval.Retriever` that the bot uses, over one snapshot."""

    @property
    def facts(self) -> IndexInfo:
        """Facts about the open index."""

    def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles."""

    def find_articles(self, reference: str) -> tuple[Article, ...]:
        """Return the articles that an id, an address or an agency's number names."""

    def article_ids(self) -> Sequence[str]:
        """Return the ids of all articles."""

    def new_articles(self, article_ids: Sequence[str], known: VectorsByKey) -> NewArticles:
        """Return articles to match standing queries with."""


class RetrieverSource(Protocol):
    """The part of `retrieval.live.LiveRetriever` that the bot uses, from several threads."""

    @property
    def snapshot(self) -> str:
        """Name of the snapshot that answers the next question."""

    @property
    def behind_seconds(self) -> float:
        """Seconds since a newer snapshot was published that is not open yet; 0: none."""

    def lease(self) -> AbstractContextManager[SnapshotRetriever]:
        """Lend the retriever of the published snapshot."""

    def refresh(self) -> bool:
        """Open the published snapshot; return whether it is a new one."""

    def close(self) -> None:
        """Close the index."""


@dataclass(frozen=True, slots=True)
class SnapshotAnswer:
    """An answer and the snapshot that it comes from."""

    answer: Answer
    snapshot: str


Result = TypeVar("Result")


class LeasedRetriever:
    """The retriever of one snapshot, which stays open, and the threads to call it in.

    Attributes:
        retriever: to be called by `run` only.
    """

    def __init__(self, retriever: SnapshotRetriever, threads: ThreadPoolExecutor) -> None:
        self.retriever = retriever
        self._threads = threads
        self._running: asyncio.Future[Any] | None = None

    async def run(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Call something in a thread, as soon as one is free; one call after another."""
        loop, context = asyncio.get_running_loop(), copy_context()
        running: asyncio.Future[Result] = loop.run_in_executor(
            self._threads, context.run, call, *arguments
        )
        self._running = running
        return await asyncio.shield(running)

    async def finish(self) -> None:
        """Wait for a call whose caller was cancelled."""
        if self._running is not None:
            await asyncio.wait([self._running])


class AsyncRetriever:
    """Opens, calls and closes a retriever in a bounded pool of threads."""

    def __init__(self, open_retriever: Callable[[], RetrieverSource], threads: int) -> None:
        """Prepare the threads; `open` opens the retriever.

        Args:
            open_retriever: opens the retriever, which may take seconds; called once, in a thread.
            threads: number of questions that are searched at the same time.
        """
        self._open_retriever = open_retriever
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self._waiting: set[object] = set()
        self._source: RetrieverSource | None = None

    @property
    def snapshot(self) -> str | None:
        """Name of the snapshot that answers the next question; None: none is open."""
        return None if self._source is None else self._source.snapshot

    @property
    def behind_seconds(self) -> float:
        """Seconds since a newer snapshot was published that is not open yet; 0: none."""
        return 0.0 if self._source is None else self._source.behind_seconds

    async def open(self) -> None:
        """Open the retriever.

        Raises:
            KhazarError: there is no index, or it cannot be used.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._open)

    async def ask(self, question: str, options: AskOptions) -> SnapshotAnswer:
        """Answer one question; see `retrieval.Retriever.ask`.

        Raises:
            KhazarError: the question or the index cannot be used.
        """
        return await self.run(
            lambda retriever: SnapshotAnswer(
                retriever.ask(question, replace(options, waiting=len(self._waiting))),
                retriever.facts.snapshot,
            )
        )

    async def explain(self, question: str, options: AskOptions) -> Explanation | None:
        """Explain the first passages of an answer; see `retrieval.Retriever.explain`.

        Raises:
            KhazarError: the question or the index cannot be used.
        """
        return await self.run(lambda retriever: retriever.explain(question, options))

    async def article(self, article_id: str) -> Article | None:
        """Return an article by its id; None when the index does not have it."""
        return await self.run(lambda retriever: retriever.article(article_id))

    async def find_articles(self, reference: str) -> tuple[Article, ...]:
        """Return the articles that an id, an address or an agency's number names; mostly one."""
        return await self.run(lambda retriever: retriever.find_articles(reference))

    async def agencies(self) -> list[tuple[str, int]]:
        """Return every agency with its number of articles, most articles first."""
        return await self.run(lambda retriever: retriever.agencies())

    async def resolve_agency(self, typed: str) -> tuple[str, ...]:
        """Return the index's names of an agency that was typed in any of its names.

        Raises:
            QuestionError: the index has no such agency.
        """
        return await self.run(lambda retriever: retriever.filter(source=typed).agencies)

    async def read_filter(self, typed: str) -> Filter:
        """Return the limits that a text names, such as "آبان ۱۴۰۴" or "since 2025, ISNA".

        Raises:
            QuestionError: it names neither days nor an agency of the index.
        """
        return await self.run(lambda retriever: retriever.filter(typed))

    async def index_info(self) -> IndexInfo:
        """Return facts about the index."""
        return await self.run(lambda retriever: retriever.facts)

    async def refresh(self) -> bool:
        """Open the published snapshot at once; return whether it is a new one."""
        source = self._opened()
        return await asyncio.get_running_loop().run_in_executor(self._threads, source.refresh)

    async def close(self) -> None:
        """Wait for the calls in progress, then close the retriever."""
        await asyncio.to_thread(self._close)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[LeasedRetriever]:
        """Lend the retriever of the newest snapshot for several calls, which stays open for them.

        Questions may come between the calls, which take a thread for as long as each of them runs.
        """
        source, loop = self._opened(), asyncio.get_running_loop()
        with ExitStack() as stack:
            leased = LeasedRetriever(stack.enter_context(source.lease()), self._threads)
            try:
                yield leased
            finally:
                await leased.finish()
                await loop.run_in_executor(self._threads, stack.close)

    async def run(self, call: Callable[[SnapshotRetriever], Result]) -> Result:
        """Call something with the retriever of the newest snapshot, in a thread."""
        source, waiting = self._opened(), object()

        def in_thread() -> Result:
            self._waiting.discard(waiting)
            with source.lease() as retriever:
                return call(retriever)

        # The context carries the texts that must not appear in the log (`log_privacy`).
        context = copy_context()
        self._waiting.add(waiting)
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, context.run, in_thread
            )
        finally:
            # A call that is cancelled before its turn never runs.
            self._waiting.discard(waiting)

    def _opened(self) -> RetrieverSource:
        if self._source is None:
            raise RuntimeError("the retriever is not open")
        return self._source

    def _open(self) -> None:
        self._source = self._open_retriever()

    def _close(self) -> None:
        # `open` goes on in its thread after a signal: wait for it, then close the retriever.
        self._threads.shutdown(wait=True, cancel_futures=True)
        source, self._source = self._source, None
        if source is not None:
            source.close()


def open_retriever(config: Path | None, load: EncoderLoader = load_encoder) -> RetrieverSource:
    """Open the retriever of a configuration file.

    The imports are here because they take seconds, for which neither `--help` nor the event loop
    should wait.

    Args:
        config: the configuration file; None: ./config.toml, or the defaults.
        load: loads the encoder.

    Raises:
        KhazarError: there is no index, or it cannot be used.
    """
    from retrieval.live import LiveRetriever
    from retrieval.settings import RetrievalSettings
    from retrieval.translation.translator import open_translator

    return LiveRetriever(
        IndexSettings.load(config),
        RetrievalSettings.load(config),
        load,
        translator=open_translator(config),
    )
