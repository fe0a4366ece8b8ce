"""Stand-ins for what the bot is given: a retriever, its answers, and proxies."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from typing import Any

from index.contract import Filter, IndexFacts
from retrieval.answers import Answer, Citation, RetrievedPassage

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


FACTS = IndexFacts("snapshot-1", 1, 1, "words", "words-1", 128, CITATION.date, CITATION.date)


class FakeRetriever:
    """Answers from a table, and else with `answer(question)`.

    Attributes:
        asked: (question, limit) of every call.
        threads: names of the threads that called.
        gate: `open` and `ask` wait for it; set from the start.
        opening: set once `open` has been called.
        unusable: what `open` raises.
        closed: whether `close` has been called.
    """

    facts = FACTS

    def __init__(self, table: Mapping[str, Answer | Exception] | None = None) -> None:
        self.table = dict(table or {})
        self.asked: list[tuple[str, int]] = []
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
    def borrowed(self) -> Iterator["FakeRetriever"]:
        yield self

    def ask(self, question: str, *, limit: int, **_: Any) -> Answer:
        self.asked.append((question, limit))
        self.threads.append(threading.current_thread().name)
        self._pass_gate()
        result = self.table.get(question, answer(question))
        if isinstance(result, Exception):
            raise result
        return result

    def explain(self, question: str, **_: Any) -> None:
        return None

    def article(self, article_id: str) -> None:
        return None

    def agencies(self) -> list[tuple[str, int]]:
        return [("خبرگزاری کار ایران", 1)]

    def filter(self, *, source: str | None = None) -> Filter:
        return Filter(agencies=("خبرگزاری کار ایران",))

    def refresh(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def _pass_gate(self) -> None:
        if not self.gate.wait(timeout=20):
            raise TimeoutError("nobody opened the gate")


class Proxy:
    """A proxy on loopback that passes bytes on; `targets` are the places it was asked for."""

    def __init__(self) -> None:
        self.address = ""
        self.targets: list[str] = []

    async def pipe(self, host: str, port: int, first: bytes, reader: Any, writer: Any) -> None:
        self.targets.append(f"{host}:{port}")
        far_reader, far_writer = await asyncio.open_connection(host, port)
        far_writer.write(first)
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            far_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _http(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # For a http:// address a proxy gets the whole URL in the request line.
    line = await reader.readline()
    host, _, port = line.split()[1].decode().split("/")[2].partition(":")
    await proxy.pipe(host, int(port), line, reader, writer)


async def _socks5(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # RFC 1928, without authentication.
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    *_, kind = await reader.readexactly(4)
    length = 4 if kind == 1 else (await reader.readexactly(1))[0]
    place = await reader.readexactly(length)
    host = ".".join(map(str, place)) if kind == 1 else place.decode()
    port = int.from_bytes(await reader.readexactly(2), "big")
    writer.write(b"\x05\x00\x00\x01" + bytes(6))
    await proxy.pipe(host, port, b"", reader, writer)


PROXIES: dict[str, Callable[..., Any]] = {"http": _http, "socks5": _socks5}


@asynccontextmanager
async def proxy(scheme: str):
    """Run a proxy; its `address` is what a setting names."""
    served = Proxy()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await PROXIES[scheme](served, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the test is over, or the bot has hung up
        finally:
            tasks.discard(task)
            writer.close()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    served.address = f"{scheme}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
