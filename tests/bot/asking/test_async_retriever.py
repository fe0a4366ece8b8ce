"""Questions in the retriever's threads, and how many wait for one."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.asking.async_retriever import AsyncRetriever
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


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAITED_FOR):
        while not condition():
            await asyncio.sleep(0)


async def _asked(retriever: AsyncRetriever, *questions: str) -> list[asyncio.Task[object]]:
    def ask(question: str) -> Awaitable[object]:
        return retriever.ask(question, AskOptions())

    tasks = [asyncio.ensure_future(ask(question)) for question in questions]
    await asyncio.sleep(0)  # Each has taken its place.
    return tasks


async def test_a_question_is_told_how_many_wait_behind_it() -> None:
    fake = Crowded()
    retriever = AsyncRetriever(fake.open, threads=1)
    await retriever.open()
    fake.gate.clear()
    first = await _asked(retriever, "الف")
    await _until(lambda: fake.asked)
    others = await _asked(retriever, "ب", "پ", "ت")
    fake.gate.set()
    await asyncio.gather(*first, *others)
    await retriever.close()
    assert fake.waiting == [0, 2, 1, 0]


async def test_who_gives_up_waits_no_longer() -> None:
    fake = Crowded()
    retriever = AsyncRetriever(fake.open, threads=1)
    await retriever.open()
    fake.gate.clear()
    first = await _asked(retriever, "الف")
    await _until(lambda: fake.asked)
    kept, given_up = await _asked(retriever, "ب", "پ")
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    fake.gate.set()
    await asyncio.gather(*first, kept)
    await retriever.close()
    assert fake.waiting == [0, 0]
