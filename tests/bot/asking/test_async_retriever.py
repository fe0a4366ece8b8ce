"""Questions in the retriever's threads, and how many wait for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.asking.async_retriever import AsyncRetriever, SnapshotAnswer
from retrieval.answers import Answer
from retrieval.options import AskOptions
from tests.bot.support.fakes import FakeRetriever

WAITED_FOR = 60


class Crowded(FakeRetriever):
    """Notes how many questions wait when each is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[int] = []

    def ask(self, question: str, options: AskOptions, **_: object) -> Answer:
        self.waiting.append(options.waiting)
        return super().ask(question, options)


@asynccontextmanager
async def _crowded() -> AsyncIterator[tuple[AsyncRetriever, Crowded]]:
    """Open a retriever of one thread, which is busy until the gate is opened."""
    fake = Crowded()
    retriever = AsyncRetriever(fake.open, threads=1)
    await retriever.open()
    fake.gate.clear()
    [first] = await _asked(retriever, "الف")
    async with asyncio.timeout(WAITED_FOR):
        while not fake.asked:
            await asyncio.sleep(0)
    yield retriever, fake
    await first
    await retriever.close()


async def _asked(retriever: AsyncRetriever, *questions: str) -> list[asyncio.Task[SnapshotAnswer]]:
    tasks = [asyncio.create_task(retriever.ask(one, AskOptions())) for one in questions]
    await asyncio.sleep(0)  # Each has taken its place.
    return tasks


async def test_a_question_is_told_how_many_wait_behind_it() -> None:
    async with _crowded() as (retriever, fake):
        others = await _asked(retriever, "ب", "پ", "ت")
        fake.gate.set()
        await asyncio.gather(*others)
    assert fake.waiting == [0, 2, 1, 0]


async def test_who_gives_up_waits_no_longer() -> None:
    async with _crowded() as (retriever, fake):
        kept, given_up = await _asked(retriever, "ب", "پ")
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        fake.gate.set()
        await kept
    assert fake.waiting == [0, 0]
