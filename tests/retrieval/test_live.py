"""A retriever that follows the index: no question is dropped, nothing is left open."""

import gc
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.article import Article
from index.errors import EncoderError, IndexMissingError, KhazarError
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import publish, snapshot_folders
from index.snapshots.snapshot_watcher import SnapshotWatcher
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings

QUESTION = "خبر دریای خزر چیست؟"


def article(number: int) -> Article:
    return Article(f"{number}", "دریای خزر", (f"خبر دریای خزر شماره {number}",))


@pytest.fixture
def live(build_index, word_encoder) -> Iterator[LiveRetriever]:
    """Follow an index of `article(0)`; only `refresh` looks for others."""
    settings, _ = build_index(article(0))
    with LiveRetriever(
        settings, RetrievalSettings(), load=lambda _: word_encoder, seconds=3600
    ) as retriever:
        yield retriever


def found(retriever: LiveRetriever) -> str:
    return retriever.ask(QUESTION).passages[0].article_id


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        # A poll, since nothing announces the change.
        time.sleep(0.01)


def test_a_watcher_tells_what_is_published(build_index, tmp_path: Path) -> None:
    watcher = SnapshotWatcher(tmp_path / "index")
    with pytest.raises(IndexMissingError):
        watcher.current_name()
    for number in range(3):
        _, report = build_index(article(number))
        assert watcher.current_name() == watcher.current_name() == report.snapshot.name


def test_what_is_published_is_asked(live: LiveRetriever, build_index) -> None:
    assert (live.refresh(), found(live)) == (False, "0")
    _, report = build_index(article(1))
    assert found(live) == "0"
    assert (live.refresh(), found(live), live.refresh()) == (True, "1", False)
    assert live.snapshot == report.snapshot.name
    assert live.article("1") == article(1)
    assert live.article("0") is None
    assert live.related("1") == ()


def test_a_new_snapshot_is_noticed_by_itself(build_index, word_encoder) -> None:
    settings, _ = build_index(article(0))
    before = set(threading.enumerate())
    with LiveRetriever(
        settings, RetrievalSettings(), load=lambda _: word_encoder, seconds=0.02
    ) as live:
        build_index(article(1))
        wait_until(lambda: found(live) == "1")
    left = set(threading.enumerate()) - before
    assert "snapshots" not in {thread.name for thread in left}


def test_a_question_ends_on_the_snapshot_on_which_it_began(
    live: LiveRetriever, build_index
) -> None:
    with live.lease() as old:
        build_index(article(1))
        assert live.refresh()
        build_index(article(2), keep_snapshots=1)
        assert live.refresh()
        assert found(live) == "2"
        assert old.ask(QUESTION).passages[0].article_id == "0"
        index = weakref.ref(old._index)
    del old
    gc.collect()
    assert index() is None


def test_an_index_that_cannot_be_opened_leaves_the_old_one(
    live: LiveRetriever, build_index, caplog: pytest.LogCaptureFixture
) -> None:
    _, report = build_index(article(1))
    vectors = report.snapshot / "vectors.faiss"
    vectors.write_bytes(b"")
    assert not any(live.refresh() for _ in range(3))
    assert found(live) == "0"
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith(f"the published index is not used: {report.snapshot}: damaged: ")
    (report.snapshot.parent.parent / "CURRENT").write_bytes(b"?")
    assert not live.refresh()
    build_index(article(2))
    assert (live.refresh(), found(live)) == (True, "2")


def test_a_fault_that_passes_is_no_reason_to_give_up(
    live: LiveRetriever, build_index, monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    build_index(article(1))
    errors = [OSError(24, "Too many open files"), KhazarError("the disk is away")]
    opening = Snapshot.open_current

    def failing(directory: Path) -> Snapshot:
        if errors:
            raise errors.pop()
        return opening(directory)

    monkeypatch.setattr(Snapshot, "open_current", failing)
    assert not live.refresh()
    assert live.behind_seconds > 0
    assert [live.refresh(), live.refresh()] == [False, True]
    assert (found(live), live.behind_seconds) == ("1", 0)
    assert len([record for record in caplog.records if "is not used" in record.getMessage()]) == 2


def test_the_watching_thread_outlives_an_unexpected_error(
    build_index, word_encoder, monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings, _ = build_index(article(0))
    with LiveRetriever(
        settings, RetrievalSettings(), load=lambda _: word_encoder, seconds=0.02
    ) as live:
        with monkeypatch.context() as patch:
            # Retrievers of other tests in this process may be watching, too.
            patch.setattr(live._engine, "current_name", lambda: 1 / 0)
            wait_until(lambda: "looking for a new index failed" in caplog.text)
        build_index(article(1))
        wait_until(lambda: found(live) == "1")
    assert caplog.text.count("looking for a new index failed") == 1


def test_an_index_of_another_model(live: LiveRetriever, build_index, word_encoder) -> None:
    word_encoder.fingerprint = "words-2"
    build_index(article(1))
    assert (live.refresh(), found(live)) == (True, "1")
    settings, _ = build_index(article(1))
    word_encoder.fingerprint = "words-3"
    with pytest.raises(EncoderError, match="the index was built with another model"):
        LiveRetriever(settings, RetrievalSettings(), load=lambda _: word_encoder)


def opened_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def mapped_files() -> int:
    lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    return sum("/snapshots/" in line for line in lines)


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
def test_a_replaced_snapshot_is_released_at_once(live: LiveRetriever, build_index) -> None:
    """Not when the garbage collector comes: that may be many snapshots later."""
    gc.collect()
    gc.disable()
    try:
        threads, maps = threading.active_count(), mapped_files()
        for number in range(1, 4):
            with live.lease() as old:
                index, searcher = weakref.ref(old._index), weakref.ref(old._searcher)
                first = old.ask(QUESTION)
                # All that is made on demand: corrections, translations, follow-ups, explanations.
                for question in ("the Caspiann sea", "daryaye khazar kojast", "خزرر چیست", "بندر؟"):
                    old.ask(question, conversation=first.conversation)
                assert old.explain(QUESTION) is not None
                old.filter(since="1404")
            del old
            build_index(article(number))
            assert live.refresh()
            assert (index(), searcher()) == (None, None)
        # A pool that is gone tells its thread to end; it ends a moment later.
        wait_until(lambda: threading.active_count() <= threads)
        assert mapped_files() <= maps
    finally:
        gc.enable()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
def test_many_snapshots_leave_nothing_open(live: LiveRetriever, build_index) -> None:
    """Two threads ask all the while; every question gets an answer of one snapshot."""
    logging.getLogger("retrieval.live").setLevel(logging.WARNING)
    _, report = build_index(article(1))
    folders = snapshot_folders(report.snapshot.parent.parent)
    stop = threading.Event()
    answers: list[str] = []
    failures: list[Exception] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(found(live))
            except (OSError, LookupError, ValueError, AttributeError, RuntimeError) as error:
                failures.append(error)
            # Or else they take all of the time that the snapshots need to be opened.
            stop.wait(0.01)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        opened: list[weakref.ref[Snapshot]] = []
        for number in range(1, 61):
            # Builds have memory of their own, so that the same two take turns.
            publish(folders[number % 2])
            assert live.refresh()
            with live.lease() as retriever:
                opened.append(weakref.ref(retriever._index))
            # Somebody asks meanwhile, whoever is faster.
            answers.append(found(live))
            if number == 20:
                gc.collect()
                files, maps, memory = opened_files(), mapped_files(), resident_bytes()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    gc.collect()
    assert failures == []
    assert set(answers) == {"0", "1"}
    assert sum(one() is not None for one in opened) == 1
    assert opened_files() <= files + 4
    assert mapped_files() <= maps + 8
    assert resident_bytes() < memory + 32e6
