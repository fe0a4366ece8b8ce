"""`python -m bot` whose searches wait until the file HOLD_UNTIL exists, for tests of stopping."""

import os
import time
from pathlib import Path

import bot.__main__ as entry_point
from index.console import run
from retrieval.answers import Answer
from retrieval.options import AskOptions
from tests.bot.support.fakes import FakeRetriever


class HeldRetriever(FakeRetriever):
    def ask(self, question: str, options: AskOptions, **others: object) -> Answer:
        gate = Path(os.environ["HOLD_UNTIL"])
        while not gate.exists():
            # A poll: the test is another process, which makes the file.
            time.sleep(0.01)
        return super().ask(question, options)


entry_point.open_retriever = lambda *_: HeldRetriever()
run(entry_point.app)
