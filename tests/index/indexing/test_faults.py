"""Kills, a full disk, a read-only directory: what is published answers all the same."""

import errno
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from index.article import Article
from index.encoders.embedding_cache import EmbeddingCache, embedding_key
from index.encoders.model_resolver import ResolvedModel
from index.errors import IndexCorruptError, KhazarError
from index.indexing import builder
from index.indexing.builder import BuildReport
from index.operations.inspection import inspect, verify_snapshot
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.manifest import read_manifest
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import current_folder
from index.text.passages import Passage
from tests.support.paths import ROOT

# `KHAZAR_TEST_KILLS=200 pytest tests/index/indexing/test_faults.py` is the long version.
KILLS = int(os.environ.get("KHAZAR_TEST_KILLS", "6"))
# How much of the disk is free, in KiB, for each update of a full disk.
FREE = [0, 20, 60, 150, 250, 400, 600, 1000, 1400]
if KILLS > 10:
    FREE = sorted([*FREE, 100, 200, 300, 500, 800])

# Forks a child for each command, so that none of them pays for imports and none inherits threads.
SERVER = """
import json, os, runpy, sys, time
from itertools import pairwise
from pathlib import Path
from index.indexing import builder
from index.encoders.model_resolver import ResolvedModel
from index.text.persian import index_terms
from index.settings import IndexSettings

encoder = runpy.run_path(sys.argv[1])["WordEncoder"]()
index_terms("دریای خزر")
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)
        continue
    settings = IndexSettings(directory=order["directory"], encoder="words")
    load = lambda settings: encoder
    if order["command"] == "build":
        report = builder.build(settings, order["sources"], load=load)
    else:
        find = lambda settings: ResolvedModel("words", Path(), encoder.fingerprint)
        report = builder.update(settings, order["sources"], load=load, find=find)
    Path(order["out"]).write_text(str(report.encoded))
    os._exit(0)
"""


class Server:
    """Runs commands in processes of their own, and kills them at a moment."""

    def __init__(self, folder: Path) -> None:
        encoder = ROOT / "tests" / "support" / "word_encoder.py"
        command = [sys.executable, "-c", SERVER, str(encoder)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.out = folder / "encoded"
        self.directory = folder / "index"

    def run(self, command: str, source: str, kill_after: float | None = None) -> bool:
        """Run a command; tell whether it came to its end."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        order = {
            "command": command,
            "directory": str(self.directory),
            "sources": [source],
            "out": str(self.out),
        }
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        if kill_after is not None:
            # Chance is what is tested: whatever has been done by then, nothing is lost.
            time.sleep(kill_after)
            # Until its status is read, the pid stays the child's.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        status = int(self.process.stdout.readline())
        assert status in (0, signal.SIGKILL), f"the command failed by itself: {status}"
        return status == 0

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def article(name: str, text: str) -> Article:
    return Article(name, f"عنوان {name}", (text,))


def write_source(path: Path, articles: list[Article]) -> str:
    lines = (json.dumps(to_record(one), ensure_ascii=False) for one in articles)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def missing(directory: Path, articles: list[Article]) -> int:
    """Count the vectors that are still to be made."""
    with EmbeddingCache(directory / "embeddings.sqlite") as cache:
        passages = [Passage(one.id, one.title, (0,), one.paragraphs[0]) for one in articles]
        return len(cache.missing([embedding_key("words-1", p.embedded_text) for p in passages]))


def assert_whole(directory: Path) -> set[str]:
    """Check the published snapshot, and return the ids in it."""
    folder = current_folder(directory)
    assert folder is not None
    assert verify_snapshot(folder).findings == ()
    return {one.id for one in Snapshot.open_current(directory).articles()}


@pytest.mark.slow
@pytest.mark.timeout(30 + 12 * KILLS)
def test_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    moments = random.Random(7)
    with closing(Server(tmp_path)) as server:
        first = write_source(tmp_path / "first.jsonl", [article("پایه", "متن پایه")])
        assert server.run("build", first)
        held = {"پایه"}
        begun = time.monotonic()
        warm = [article(f"گرم{n}", f"متن گرم {n}") for n in range(300)]
        assert server.run("update", write_source(tmp_path / "warm.jsonl", warm))
        held |= {one.id for one in warm}
        lasts = time.monotonic() - begun
        killed = 0
        for kill in range(KILLS):
            command = "build" if kill % 4 == 3 else "update"
            new = [article(f"{kill}-{n}", f"متن {kill} و {n}") for n in range(300)]
            source = write_source(tmp_path / "new.jsonl", new)
            target = {one.id for one in new} | (held if command == "update" else set())
            # The first at once, so that one is killed however the machine's speed changes.
            after = moments.uniform(0, 1.1 * lasts) if kill else 0.0
            ended = server.run(command, source, kill_after=after)
            killed += not ended
            assert assert_whole(server.directory) in ([target] if ended else [held, target])
            left = missing(server.directory, new)
            begun = time.monotonic()
            assert server.run(command, source)
            lasts = max(lasts / 2, time.monotonic() - begun)
            # A build that had come to its end makes a snapshot again, and encodes nothing.
            assert int(server.out.read_text()) == left
            assert assert_whole(server.directory) == target
            held = target
            leftovers = list((server.directory / "snapshots").glob(".*"))
            assert leftovers == []
        assert killed > 0


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "volume"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


Update = Callable[[Path, list[Article]], BuildReport]


@pytest.fixture
def update(tmp_path: Path, word_encoder) -> Update:
    def update_now(directory: Path, articles: list[Article]) -> BuildReport:
        return builder.update(
            IndexSettings(directory=directory, encoder="words"),
            [write_source(tmp_path / "source.jsonl", articles)],
            load=lambda _: word_encoder,
            find=lambda _: ResolvedModel("words", tmp_path, word_encoder.fingerprint),
        )

    return update_now


@pytest.mark.slow
def test_a_full_disk_loses_nothing(volume: Path, update: Update) -> None:
    directory = volume / "index"
    update(directory, [article("پایه", "متن پایه")])
    held = {"پایه"}
    failures = []
    for free in FREE:
        filler = volume / "filler"
        room = os.statvfs(volume).f_bavail * os.statvfs(volume).f_frsize
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, room - free * 1024))
        new = [article(f"{free}-{n}", f"متن {free} و {n} " + "خزر " * 60) for n in range(60)]
        try:
            update(directory, new)
        except KhazarError as error:
            failures.append(str(error))
        answering = assert_whole(directory)
        filler.unlink()
        assert answering in (held, held | {one.id for one in new})
        left = missing(directory, new)
        report = update(directory, new)
        assert report.encoded == left
        held |= {one.id for one in new}
        assert assert_whole(directory) == held
        assert list((directory / "snapshots").glob(".*")) == []
    assert len(failures) >= len(FREE) // 2
    for failure in failures:
        assert failure.startswith(f"{directory}: the index cannot be written: ")
        assert "\n" not in failure


def test_a_directory_that_cannot_be_written_answers(volume: Path, update: Update) -> None:
    directory = volume / "index"
    update(directory, [article("الف", "یک")])
    subprocess.run(["mount", "-o", "remount,ro", str(volume)], check=True)
    try:
        with pytest.raises(KhazarError) as caught:
            update(directory, [article("ب", "دو")])
        assert str(caught.value) == (
            f"{directory}: the index cannot be written: {os.strerror(errno.EROFS)}"
        )
        assert assert_whole(directory) == {"الف"}
        assert inspect(directory).manifest.articles == 1
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(volume)], check=True)
    update(directory, [article("ب", "دو")])
    assert assert_whole(directory) == {"الف", "ب"}


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGE: dict[str, Callable[[Path, Path], object]] = {
    "truncated": lambda path, _: path.write_bytes(path.read_bytes()[:-1]),
    "flipped": lambda path, _: path.write_bytes(flipped(path.read_bytes())),
    "emptied": lambda path, _: path.write_bytes(b""),
    "missing": lambda path, _: path.unlink(),
    "of another snapshot": lambda path, other: path.write_bytes(other.read_bytes()),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_to_any_file_is_one_clear_error(tmp_path: Path, update: Update, damage: str) -> None:
    directory = tmp_path / "index"
    long = " ".join(f"واژه{n}" for n in range(40))
    other = update(
        directory,
        [Article(f"{n}", f"قدیم {n}", (long,), agency=f"آ{n}", code=f"{n}") for n in range(3)],
    ).snapshot
    built = update(
        directory, [Article("y", "تازه", (f"{long} پایان",), agency="ب", code="9")]
    ).snapshot
    checked = 0
    for name in ["manifest.json", *read_manifest(built).files]:
        path, twin = built / name, other / name
        content = path.read_bytes()
        if not content or (damage == "of another snapshot" and not twin.exists()):
            continue
        DAMAGE[damage](path, twin)
        if damage == "missing" or path.read_bytes() != content:
            with pytest.raises(IndexCorruptError) as caught:
                Snapshot.open_current(directory)
            message = str(caught.value)
            assert message.startswith(f"{built}: damaged: {name}"), message
            assert message.endswith("; run `python -m index build` again")
            assert "\n" not in message
            checked += 1
        path.write_bytes(content)
    # tantivy's files are named after their segment, so that none has a twin but its meta.json.
    assert checked >= (10 if damage == "of another snapshot" else 20)
    assert assert_whole(directory) == {"0", "1", "2", "y"}


def test_files_that_changed_places_are_noticed(tmp_path: Path, update: Update) -> None:
    built = update(tmp_path / "index", [article("a", "یک"), article("b", "دو")]).snapshot
    names = [name for name, entry in read_manifest(built).files.items() if entry.bytes]
    contents = {name: (built / name).read_bytes() for name in names}
    for one, other in pairwise(names):
        (built / one).write_bytes(contents[other])
        (built / other).write_bytes(contents[one])
        if contents[one] != contents[other]:
            with pytest.raises(IndexCorruptError, match="has changed since it was written"):
                Snapshot.open_current(tmp_path / "index")
        (built / one).write_bytes(contents[one])
        (built / other).write_bytes(contents[other])


def test_a_cache_of_vectors_that_is_gone_is_made_anew(tmp_path: Path, update: Update) -> None:
    directory = tmp_path / "index"
    update(directory, [article("a", "یک"), article("b", "دو")])
    for path in directory.glob("embeddings.sqlite*"):
        path.unlink()
    report = update(directory, [article("c", "سه")])
    assert (report.passages, report.encoded) == (3, 3)
    with closing(sqlite3.connect(directory / "embeddings.sqlite")) as cache:
        assert cache.execute("SELECT count(*) FROM embeddings").fetchone() == (3,)
    assert assert_whole(directory) == {"a", "b", "c"}
