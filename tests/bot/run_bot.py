"""`python -m bot` with a retriever of the tests' own, for tests that need a process of its own.

Run by its path, so that `fakes` is found beside it.
"""

import os

from fakes import FakeRetriever

import bot.__main__ as entry_point
from index.console import run


def open_fake(*_: object) -> FakeRetriever:
    if os.environ.get("FAKE_RETRIEVER") == "broken":
        raise ZeroDivisionError(f"a bug, with {os.environ['TELEGRAM_BOT_TOKEN']} in its message")
    return FakeRetriever()


entry_point.open_retriever = open_fake
run(entry_point.app)
