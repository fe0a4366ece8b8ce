"""Matching of new articles beside people's questions: it takes a search thread in short steps."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot.asking.async_retriever import AsyncRetriever
from bot.following.clock import utc_now
from bot.following.matching import FollowMatcher
from bot.store.database import Database
from bot.store.follows import Follow, FollowStore, new_token
from retrieval.answers import RetrievedPassage
from retrieval.options import AskOptions
from retrieval.pipeline.standing_queries import StandingQuery
from tests.bot.support.fakes import FakeRetriever, passage

SUBJECTS = [f"موضوع {number}" for number in range(40)]


class SlowArticles:
    """New articles; the first step of matching them goes on until the test lets it end."""

    used: Mapping[bytes, object] = {}

    def __init__(self, events: list[str]) -> None:
        self._events = events
        self.begun, self.may_end = threading.Event(), threading.Event()

    def match(self, queries: Sequence[StandingQuery]) -> Iterator[list[RetrievedPassage]]:
        self._events.append("step")
        self.begun.set()
        if not self.may_end.wait(timeout=60):
            raise TimeoutError("nobody let the step end")
        yield from ([passage()] if query.text == SUBJECTS[-1] else [] for query in queries)

    def tell_one_story(self, first: str, second: str) -> bool:
        return first == second


class Snapshot(FakeRetriever):
    """A retriever that says what it was asked, in order, and how often it is on lease."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.leases = 0
        self.articles = SlowArticles(self.events)
        self.ids: tuple[str, ...] = ("old",)

    @contextmanager
    def lease(self) -> Iterator["Snapshot"]:
        self.leases += 1
        yield self
        self.leases -= 1

    def ask(self, question: str, options: AskOptions, **_: object) -> object:
        self.events.append(question)
        return super().ask(question, options)

    def article_ids(self) -> tuple[str, ...]:
        return self.ids

    def new_articles(self, article_ids: Sequence[str], known: object) -> SlowArticles:
        return self.articles


@asynccontextmanager
async def matching_of(
    snapshot: Snapshot, directory: Path
) -> AsyncIterator[tuple[FollowMatcher, AsyncRetriever]]:
    """Open a matcher with one search thread, whose people follow all subjects."""
    database = Database(directory)
    await database.open()
    follows, retriever = FollowStore(database), AsyncRetriever(snapshot.open, 1)
    await retriever.open()
    matcher = FollowMatcher(follows, retriever, utc_now)
    await matcher.match_new()
    for subject in SUBJECTS:
        await follows.save(Follow(new_token(), 7, 7, subject, "Asia/Tehran"))
    snapshot.ids, snapshot.snapshot = ("old", "a"), "snapshot-2"
    try:
        yield matcher, retriever
    finally:
        await retriever.close()
        await database.close()


async def test_a_question_waits_for_one_step_of_the_matching_at_most(tmp_path):
    snapshot = Snapshot()
    async with matching_of(snapshot, tmp_path) as (matcher, retriever):
        matching = asyncio.create_task(matcher.match_new())
        await asyncio.to_thread(snapshot.articles.begun.wait, 60)
        asking = asyncio.create_task(retriever.ask("پرسش", AskOptions()))
        # After one turn of the loop the question is in the threads' queue.
        await asyncio.sleep(0)
        snapshot.articles.may_end.set()
        await asking
        assert await matching
    assert snapshot.events[:2] == ["step", "پرسش"]
    assert snapshot.events[2:] == ["step"] * (len(snapshot.events) - 2) != []
    assert snapshot.leases == 0


async def test_a_matching_that_is_cancelled_gives_the_index_back_after_its_step(tmp_path):
    snapshot = Snapshot()
    async with matching_of(snapshot, tmp_path) as (matcher, _):
        matching = asyncio.create_task(matcher.match_new())
        await asyncio.to_thread(snapshot.articles.begun.wait, 60)
        matching.cancel()
        assert snapshot.leases == 1
        snapshot.articles.may_end.set()
        await asyncio.wait([matching])
        assert matching.cancelled()
        assert snapshot.leases == 0
        # What was not queued is matched again.
        assert await matcher.match_new()
