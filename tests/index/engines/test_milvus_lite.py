"""The contract on milvus-lite, and the calls that questions take."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings
from tests.index.engines.support.contract import IndexContract, Opened
from tests.index.engines.support.servers import MilvusProcess

TODAY = dt.date(2025, 11, 20)


@pytest.fixture(scope="module")
def open_again(built: Opened, lite: MilvusProcess) -> Callable[[], Opened]:
    """Copies the archive to a server; opens it there, where nothing has been read."""
    from index.engines.milvus.client import MilvusServer
    from index.engines.milvus.engine import MilvusEngine
    from index.settings import MilvusSettings

    server = MilvusServer(MilvusSettings(uri=lite.uri, timeout=120))
    engine = MilvusEngine(server, built.folder.parents[1], exact_passages=10_000)
    engine.publish(built.folder, lambda _done, _total: None)
    return lambda: replace(built, index=engine.open_published())


@pytest.fixture(scope="module")
def on_lite(open_again: Callable[[], Opened]) -> Opened:
    """The archive, copied to a server and opened there."""
    return open_again()


class TestMilvusLite(IndexContract):
    @pytest.fixture
    def opened(self, on_lite: Opened) -> Opened:
        return on_lite


def retriever_of(opened: Opened, *, local: bool = False) -> Retriever:
    index = opened.snapshot if local else opened.index
    # Every question after another one follows it up, so that the second search is always made.
    settings = RetrievalSettings(reranker="none", followup_threshold=0)
    return Retriever(index, opened.encoder, settings, today=lambda: TODAY)


@pytest.mark.parametrize(
    ("question", "most"),
    [
        ("چند دانشجو در آستراخان درس می‌خوانند؟", 4),
        ("which club won the cup?", 4),
        ("دریای خزر در آبان ۱۴۰۴", 4),
        ("خزر", 4),
        ("آخرین اخبار", 4),
        ("خبر کد ۱۷", 4),
        # Two agencies tell it.
        ("آغاز ساخت سد تازه در استان گیلان", 4),
        # No article is as old, which is known without a call.
        ("دانشجویان آستراخان در مهر ۱۳۶۰", 4),
        # What is found in no passage of the period is searched for again without it.
        ("دانشجویان آستراخان در مهر ۱۴۰۰", 7),
        # A corrected word.
        ("کشتیرانی میان بنادرر", 4),
    ],
)
def test_calls_of_a_question(open_again: Callable[[], Opened], question: str, most: int) -> None:
    from index.engines.milvus.client import counted

    opened = open_again()
    remote, local = retriever_of(opened), retriever_of(opened, local=True)
    with counted() as calls:
        answer = remote.ask(question)
    assert_same_answers(answer, local.ask(question))
    assert answer.passages
    assert calls.count <= most


# Who has not answered the question before does not know its articles' rows yet.
@pytest.mark.parametrize(("same_process", "most"), [(True, 4), (False, 5)])
def test_calls_of_a_followup(
    open_again: Callable[[], Opened], *, same_process: bool, most: int
) -> None:
    from index.engines.milvus.client import counted

    opened = open_again()
    remote, local = retriever_of(opened), retriever_of(opened, local=True)
    before = remote.ask("چند دانشجو در آستراخان درس می‌خوانند؟").conversation
    if not same_process:
        remote = retriever_of(open_again())
    question = "و بندر انزلی کجاست؟"
    with counted() as calls:
        answer = remote.ask(question, conversation=before)
    assert answer.follows_up
    assert_same_answers(answer, local.ask(question, conversation=before))
    assert calls.count <= most


def assert_same_answers(one: object, other: object) -> None:
    """Compare answers: the same passages and sources, and scores but for rounding."""
    places = range(max(len(one.passages), len(other.passages)))
    for at in places:
        assert one.passages[at].score == pytest.approx(other.passages[at].score, abs=1e-4)
    assert [replace(passage, score=0) for passage in one.passages] == [
        replace(passage, score=0) for passage in other.passages
    ]
    assert one.found == other.found
    assert one.probability == pytest.approx(other.probability, abs=1e-3)
