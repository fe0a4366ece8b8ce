"""`python -m bot` whose every search takes SLOW_SECONDS, for tests that stop or kill it meanwhile.

Run by its path, so that `fakes` is found beside it.
"""

import os
import time

from fakes import FakeRetriever

import bot.__main__ as entry_point
from index.console import run
from retrieval.answers import Answer


class SlowRetriever(FakeRetriever):
    def ask(self, question: str, *, limit: int, **others: object) -> Answer:
        # A slow search, which no test waits for.
        time.sleep(float(os.environ["SLOW_SECONDS"]))
        return super().ask(question, limit=limit)


entry_point.open_retriever = lambda *_: SlowRetriever()
run(entry_point.app)
