"""`python -m bot` whose every search takes SLOW_SECONDS, for tests that stop it meanwhile."""

import os
import time

import bot.__main__ as entry_point
from index.console import run
from retrieval.answers import Answer
from tests.bot.support.fakes import FakeRetriever


class SlowRetriever(FakeRetriever):
    def ask(self, question: str, *, limit: int, **others: object) -> Answer:
        # A slow search, which no test waits for.
        time.sleep(float(os.environ["SLOW_SECONDS"]))
        return super().ask(question, limit=limit)


entry_point.open_retriever = lambda *_: SlowRetriever()
run(entry_point.app)
