"""A fake retriever and its answers."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from index.search_index import IndexInfo
from retrieval.answers import Answer, Citation, RetrievedPassage
from retrieval.options import AskOptions

ASTRAKHAN = "چند دانشجو در آستراخان درس می‌خوانند؟"
SENTENCE = "هم اکنون بیش از ۳۰۰ دانشجوی ایرانی در دانشگاههای آستراخان تحصیل میکنند."
PASSAGE = f"وی با اشاره به رشد مناسبات، افزود: {SENTENCE} این روند ادامه دارد."
CITATION = Citation(
    title="همکاریهای علمی و فرهنگی در دریای خزر تقویت میشود",
    agency="خبرگزاری کار ایران",
    date=date(2025, 11, 18),
    code="1715776",
    url="https://www.ilna.ir/news/1715776?a=1&b=2",
)


def passage(
    text: str = PASSAGE, answer: str = SENTENCE, citation: Citation = CITATION
) -> RetrievedPassage:
    start = text.index(answer)
    return RetrievedPassage("a", (1,), text, 0.9, citation, (start, start + len(answer)))


def answer(
    question: str = ASTRAKHAN, language: str = "fa", found: bool = True, *passages: RetrievedPassage
) -> Answer:
    return Answer(question, language, found, 0.9 if found else 0.1, passages or (passage(),))


FACTS = IndexInfo("snapshot-1", 1, 1, "words", "words-1", 128, CITATION.date, CITATION.date)


class FakeRetriever:
    """Answers from a table, by default with `answer(question)`.

    Attributes:
        asked: (question, limit) of each call.
        threads: names of the calling threads.
        gate: an event for which `open` and `ask` wait; set at the start.
        opening: set once `open` has been called.
        unusable: the error that `open` raises.
        closed: whether `close` has been called.
    """

    facts = FACTS
    snapshot = FACTS.snapshot
    behind_seconds = 0.0

    def __init__(self, table: Mapping[str, Answer | Exception] | None = None) -> None:
        self.table = dict(table or {})
        self.asked: list[tuple[str, int | None]] = []
        self.threads: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.opening = threading.Event()
        self.unusable: Exception | None = None
        self.closed = False

    def open(self) -> "FakeRetriever":
        self.opening.set()
        self._pass_gate()
        if self.unusable is not None:
            raise self.unusable
        return self

    @contextmanager
    def lease(self) -> Iterator["FakeRetriever"]:
        yield self

    def ask(self, question: str, options: AskOptions, **_: Any) -> Answer:
        self.asked.append((question, options.limit))
        self.threads.append(threading.current_thread().name)
        self._pass_gate()
        result = self.table.get(question, answer(question))
        if isinstance(result, Exception):
            raise result
        return result

    def article_ids(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        self.closed = True

    def _pass_gate(self) -> None:
        if not self.gate.wait(timeout=60):
            raise TimeoutError("nobody opened the gate")
