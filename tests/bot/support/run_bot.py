"""`python -m bot` with a fake retriever, for tests that run the bot as a process."""

import logging
import os

import bot.__main__ as entry_point
from index.console import run
from retrieval.answers import Answer
from tests.bot.support.fakes import FakeRetriever


class ClumsyRetriever(FakeRetriever):
    """A retriever with a bug, whose error and log record quote the question."""

    def ask(self, question: str, *_: object, **__: object) -> Answer:
        logging.getLogger("retrieval").debug("asked: %s", question)
        raise ValueError(f"cannot divide {question!r} by zero")


def open_fake(*_: object) -> FakeRetriever:
    kind = os.environ.get("FAKE_RETRIEVER")
    if kind == "broken":
        raise ZeroDivisionError(f"a bug, with {os.environ['TELEGRAM_BOT_TOKEN']} in its message")
    return ClumsyRetriever() if kind == "clumsy" else FakeRetriever()


entry_point.open_retriever = open_fake
run(entry_point.app)
