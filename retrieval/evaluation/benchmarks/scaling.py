"""Scaling benchmark: `python -m retrieval.evaluation.benchmarks.scaling build SIZE`, `ask SIZE`.

The archives are those of `varied_archive`. Both commands keep what they measured in one file,
`growth.json` in the directory of the indexes: a list of an object for each size.
"""

import gzip
import json
import time
from array import array
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from index.console import application, echo_json, run
from index.encoders.encoder import load_encoder
from index.files import atomic_write
from index.indexing import builder
from index.operations.display import display
from index.readers.formats.jsonl import to_record
from index.search_index import SearchIndex
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import publish, published_folder
from index.snapshots.writer import Provenance, SnapshotWriter, VectorCompression
from retrieval.evaluation.benchmarks.varied_archive import (
    PerturbingEncoder,
    analyzed_articles,
    text_number,
    vary_analyses,
    vary_articles,
)
from retrieval.evaluation.questions import LANGUAGES, read_questions, standalone_queries
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings

_NEAREST = 10
_BLOCK, _WRITTEN = 50_000, 4096
# Two orders of adding differ by less in an inner product of vectors of length 1.
_ROUNDING = 1e-6
_FILE = "growth.json"

app = application("Measure an index of very many generated articles.")
_Size = Annotated[int, typer.Argument(min=1000, help="Passages, about.")]
_Directory = Annotated[Path, typer.Option(help="Where the indexes are built.")]
_Sample = Annotated[Path, typer.Option(help="The index of the real articles.")]
_IN, _REAL = Path("data/growth"), Path("data/quality/news")


@app.command(epilog="Example: `python -m retrieval.evaluation.benchmarks.scaling build 100000`")
def build(
    size: _Size,
    real: _Sample = _REAL,
    directory: _Directory = _IN,
    *,
    from_analyses: Annotated[
        bool,
        typer.Option(
            "--from-analyses",
            help="Vary analysed articles, and only write the snapshot: nothing is read, analysed "
            "or kept for the next build.",
        ),
    ] = False,
) -> None:
    """Build an index of so many passages, and print what that took, as JSON."""
    settings, encoder = _settings(directory, size), _encoder(real)
    if not from_analyses:
        source = directory / f"{size}.jsonl.gz"
        _write_articles(source, real, size)
    _forget_peak()
    begun, busy = time.monotonic(), time.process_time()
    if from_analyses:
        passages = _write_snapshot(settings, encoder, real, size)
    else:
        with display(as_json=True) as shown:
            made = builder.build(settings, [str(source)], shown.update, load=lambda _: encoder)
        passages = made.passages
    folder = published_folder(settings.directory)
    found = {
        "from_analyses": from_analyses,
        "passages": passages,
        "build_seconds": round(time.monotonic() - begun, 1),
        "cpu_seconds": round(time.process_time() - busy, 1),
        "peak_mb": _memory("VmHWM"),
        "snapshot_mb": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) // 10**6,
    }
    echo_json(_kept(directory, size, found))


@app.command(
    epilog="Example: `python -m retrieval.evaluation.benchmarks.scaling ask 100000 questions.jsonl`"
)
def ask(
    size: _Size,
    questions: Annotated[Path, typer.Argument(help="Questions, as for `eval`.")],
    real: _Sample = _REAL,
    directory: _Directory = _IN,
) -> None:
    """Ask the index of so many passages, and print what that took and what it missed, as JSON."""
    encoder = _encoder(real)
    begun = time.monotonic()
    snapshot = Snapshot.open_current(_settings(directory, size).directory)
    opened = time.monotonic()
    retriever = Retriever(snapshot, encoder, RetrievalSettings.load())
    retriever.warm_up()
    found: dict[str, Any] = {
        "passages": snapshot.facts.passages,
        "open_seconds": round(opened - begun, 1),
        "warm_up_seconds": round(time.monotonic() - opened, 1),
    }
    asked = standalone_queries(read_questions(questions), LANGUAGES)
    vectors = encoder.encode([one.text for one in asked], "query")
    # Twice: the first time the files are read from disk.
    for _ in range(2):
        found["ask_ms"] = _times(lambda at: retriever.ask(asked[at].text), len(asked))
    found["dense_ms"] = _times(
        lambda at: snapshot.search_vectors(vectors[at], _NEAREST), len(asked)
    )
    found["encode_ms"] = _times(lambda at: encoder.encode([asked[at].text], "query"), len(asked))
    # Measured before the exact search below reads all vectors.
    found["resident_mb"], found["own_mb"] = _memory("VmRSS"), _memory("RssAnon")
    found["recall_at_10"] = round(recall(snapshot, vectors), 4)
    echo_json(_kept(directory, size, found))


def recall(index: SearchIndex, questions: NDArray[np.float32]) -> float:
    """Return the share of the nearest passages that a search finds.

    As ann-benchmarks has it (M. Aumüller, E. Bernhardsson, A. Faithfull, "ANN-Benchmarks", 2020):
    the search's own scores do not count, but are computed again here. A passage counts if it is as
    near as the last of the nearest, so that of equally near ones any is right.

    Args:
        index: what is searched.
        questions: (questions, dimension) vectors.

    Raises:
        ValueError: a search returns a passage twice.
    """
    total = index.facts.passages
    nearest: NDArray[np.float32] = np.empty((len(questions), 0), np.float32)
    for begin in range(0, total, _BLOCK):
        block = index.vectors(range(begin, min(begin + _BLOCK, total)))
        nearest = np.sort(np.hstack([nearest, questions @ block.T]), axis=1)[:, -_NEAREST:]
    found = 0
    for question, last in zip(questions, nearest[:, 0], strict=True):
        rows = index.search_vectors(question, _NEAREST).rows.tolist()
        if len(set(rows)) < len(rows):
            raise ValueError("a search returned a passage twice")
        found += np.count_nonzero(index.vectors(rows) @ question >= last - _ROUNDING)
    return float(found / nearest.size)


def _settings(directory: Path, size: int) -> IndexSettings:
    return IndexSettings.load().model_copy(update={"directory": (directory / str(size)).absolute()})


def _encoder(real: Path) -> PerturbingEncoder:
    return PerturbingEncoder(load_encoder(IndexSettings.load()), Snapshot.open_current(real))


def _write_articles(path: Path, real: Path, size: int) -> None:
    """Write articles of about `size` passages in all."""
    snapshot = Snapshot.open_current(real)
    count = _articles(snapshot, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        for article in islice(vary_articles(list(snapshot.articles())), count):
            file.write(json.dumps(to_record(article), ensure_ascii=False) + "\n")


def _write_snapshot(
    settings: IndexSettings, encoder: PerturbingEncoder, real: Path, size: int
) -> int:
    """Write and publish a snapshot of about `size` passages; return how many they are."""
    count = _articles(Snapshot.open_current(real), size)
    # A vector is made when it is written; until then each passage takes eight bytes.
    numbers = array("Q")
    with SnapshotWriter(settings.directory) as writer:
        for article in islice(vary_analyses(analyzed_articles(real)), count):
            writer.add(article)
            numbers.extend(text_number(passage.embedded_text) for passage in article.passages)
        blocks = (
            encoder.vectors(numbers[at : at + _WRITTEN]) for at in range(0, len(numbers), _WRITTEN)
        )
        origin = Provenance(encoder.name, encoder.fingerprint, rules="", archive="", sources=())
        large = writer.passages > settings.exact_passages
        publish(writer.finish(blocks, origin, VectorCompression(_ignore, None) if large else None))
    return writer.passages


def _articles(snapshot: Snapshot, size: int) -> int:
    """Return of how many articles there are about `size` passages."""
    return round(size * snapshot.facts.articles / snapshot.facts.passages)


def _kept(directory: Path, size: int, found: dict[str, Any]) -> dict[str, Any]:
    """Add what was measured of a size to what is known of it, and return all of that."""
    path = directory / _FILE
    known: dict[int, dict[str, Any]] = {}
    if path.exists():
        known = {one["size"]: one for one in json.loads(path.read_text(encoding="ascii"))}
    known[size] = {"size": size, **known.get(size, {}), **found}
    with atomic_write(path) as partial:
        content = json.dumps([known[at] for at in sorted(known)], indent=1)
        partial.write_text(content + "\n", encoding="ascii")
    return known[size]


def _times(work: Callable[[int], object], count: int) -> dict[str, float]:
    """Return the median and the 95th percentile of the time of one call, in milliseconds.

    `cpu_p50` and `cpu_p95` are those of the processor time of all threads, which other work on the
    machine changes less.
    """
    taken, busy = [], []
    for at in range(count):
        begun, worked = time.perf_counter(), time.process_time()
        work(at)
        taken.append(1000 * (time.perf_counter() - begun))
        busy.append(1000 * (time.process_time() - worked))
    return {
        f"{kind}p{share}": round(float(np.percentile(times, share)), 1)
        for kind, times in (("", taken), ("cpu_", busy))
        for share in (50, 95)
    }


def _forget_peak() -> None:
    """Let `VmHWM` begin anew; see proc(5)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _memory(name: str) -> int:
    """Return a memory figure of this process from /proc, in megabytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    figures = dict(line.split(":", 1) for line in lines)
    return int(figures[name].split()[0]) // 1000


def _ignore(_count: int) -> None:
    """Take in progress, of which nothing is shown."""


if __name__ == "__main__":
    run(app)
