"""Reads malformed files in a process of its own, and tells what became of each kind.

    python tests/index/support/hostile_run.py 1000

prints the table of docs/sources.md. No file may take more than `SECONDS` of processor time: the
process is killed then.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.index.support.hostile_files import KINDS, write
from tests.index.support.hostile_parts import FULL, SMALL, Sizes
from tests.support.paths import ROOT

SECONDS = 30
STATUS = Path("/proc/self/status")


@dataclass(slots=True)
class Outcome:
    """Results of the files of one kind.

    Attributes:
        kind: which.
        files: how many.
        read: files of which every part was read, if there was any.
        partly: files of which some was read and some was skipped with its reason.
        skipped: files that were skipped with their reason.
        slowest: processor seconds of the slowest file.
        seconds: processor seconds of all of them, making them included.
        peak: bytes of memory that the process took at most, all of it together.
    """

    kind: str
    files: int = 0
    read: int = 0
    partly: int = 0
    skipped: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Built:
    """Result of an index of malformed files.

    Attributes:
        files: how many there were.
        articles: articles in the index.
        passages: passages in it.
        problems: what was skipped, a line each.
        peak: bytes of memory that the process took at most, all of it together.
        seconds: processor seconds.
    """

    files: int
    articles: int
    passages: int
    problems: list[str]
    peak: int
    seconds: float


def run(files: int, sizes: Sizes, timeout: float) -> list[Outcome]:
    """Read so many files, of all kinds alike, in a process of its own.

    Raises:
        AssertionError: it did not come to its end; with what it said last.
    """
    said = _said([str(files), _name(sizes), "read"], timeout)
    return [Outcome(**json.loads(line)) for line in said if line[0] == "{"]


def build(folder: Path, each: int, sizes: Sizes, timeout: float) -> Built:
    """Build an index in `folder / "index"` of so many files of each kind, as `run` reads them.

    Raises:
        AssertionError: it failed; with what it said last.
    """
    said = _said([str(each), _name(sizes), "build", str(folder)], timeout)
    return Built(**json.loads(said[-1]))


def _said(arguments: list[str], timeout: float) -> list[str]:
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, (done.returncode, done.stdout[-500:], done.stderr[-3000:])
    return done.stdout.splitlines()


def _name(sizes: Sizes) -> str:
    return "full" if sizes == FULL else "small"


def table(outcomes: list[Outcome]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| kind | files | read whole | read but for what is named | skipped | slowest | memory |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for one in outcomes:
        cells = (one.files, one.read, one.partly, one.skipped, f"{one.slowest:.1f} s")
        yield f"| {one.kind} | {' | '.join(map(str, cells))} | {one.peak / 1e6:.0f} MB |"


def _child(files: int, sizes: Sizes) -> None:
    kinds = list(KINDS)
    for place, kind in enumerate(kinds):
        outcome = Outcome(kind)
        begun = time.process_time()
        _forget_peak()
        for number in range(place, files, len(kinds)):
            with tempfile.TemporaryDirectory() as folder:
                path = write(Path(folder), kind, number, sizes)
                _say(path.name)
                _read(path, outcome)
        outcome.peak = _peak()
        outcome.seconds = time.process_time() - begun
        _say(json.dumps(asdict(outcome)))


def _build(folder: Path, each: int, sizes: Sizes) -> None:
    from index.indexing import builder
    from index.settings import IndexSettings

    sources = folder / "sources"
    sources.mkdir()
    for kind in KINDS:
        for number in range(each):
            write(sources, kind, number, sizes)
    encoder = runpy.run_path(str(ROOT / "tests" / "support" / "word_encoder.py"))["WordEncoder"]()
    settings = IndexSettings(directory=folder / "index", encoder=encoder.name)
    _forget_peak()
    begun = time.process_time()
    report = builder.build(settings, [str(sources)], load=lambda _: encoder)
    built = Built(
        files=each * len(KINDS),
        articles=report.articles,
        passages=report.passages,
        problems=[str(problem) for problem in report.problems],
        peak=_peak(),
        seconds=time.process_time() - begun,
    )
    _say(json.dumps(asdict(built)))


def _read(path: Path, outcome: Outcome) -> None:
    from index.article import Article
    from index.readers import find_files
    from index.readers.formats.jsonl import to_record

    articles = problems = 0
    begun = time.process_time()
    # Kills the process, also in the midst of a library written in C.
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    found, unknown = find_files(path)
    for item in [*unknown, *(item for file in found for item in file.read())]:
        if isinstance(item, Article):
            assert item.id
            # What holds half a character can be written neither to the index nor to a terminal.
            json.dumps(to_record(item), ensure_ascii=False).encode()
            articles += 1
        else:
            assert item.message
            assert len(str(item).splitlines()) == 1, item
            assert len(item.message) < 1500, item
            problems += 1
    signal.setitimer(signal.ITIMER_PROF, 0)
    outcome.files += 1
    outcome.slowest = max(outcome.slowest, time.process_time() - begun)
    if not problems:
        outcome.read += 1
    elif articles:
        outcome.partly += 1
    else:
        outcome.skipped += 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _forget_peak() -> None:
    """Begin to measure the peak of this process anew: see proc(5), clear_refs."""
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    """Return how many bytes of memory this process has held at most; 0 where that is not told.

    Not `ru_maxrss`, which a process begins with that of the one which started it.
    """
    if not STATUS.exists():
        return 0
    status = STATUS.read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    count, size, *task = sys.argv[1], *(sys.argv[2:] or ["full"])
    chosen = SMALL if size == "small" else FULL
    match task:
        case ["read"]:
            _child(int(count), chosen)
        case ["build", folder]:
            _build(Path(folder), int(count), chosen)
        case _:
            _say("\n".join(table(run(int(count), chosen, timeout=7200))))
