"""Scaling benchmark of a Milvus server: `python -m retrieval.evaluation.benchmarks.milvus_scaling`.

It copies the published snapshot of an index directory to an empty server as the engine does, but
without words, which servers before 2.4 cannot search, and asks both the local engine and the server
for the nearest passages, in turn. `retrieval.evaluation.benchmarks.scaling` builds snapshots of any
size.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from index.console import application, echo_json, run
from index.encoders.encoder import load_encoder
from index.operations.display import display
from index.search_index import Hits
from index.settings import IndexSettings, MilvusSettings
from index.snapshots.snapshot import Snapshot
from index.snapshots.snapshot_pointer import published_folder
from retrieval.evaluation.benchmarks.server_process import ServerProcess
from retrieval.evaluation.questions import LANGUAGES, read_questions, standalone_queries

if TYPE_CHECKING:
    from index.engines.milvus.client import MilvusServer

_NEAREST = 10
_BLOCK = 50_000
# Scores are added in different orders, of numbers of 32 bits.
_TOLERANCE = 1e-5
# What a copy is doing from one of these calls until the next one.
_PHASES = {"create": "insert", "flush": "flush", "create_index": "index", "load": "load"}

app = application("Measure a Milvus server that holds an index.")


class PhaseClock:
    """A `MilvusServer` that notes how long each phase of a copy takes."""

    def __init__(self, server: "MilvusServer", process: ServerProcess) -> None:
        """Pass all calls to `server`."""
        self._server = server
        self._process = process
        self._phase = "prepare"
        self._since = self._now()
        self.phases: dict[str, NDArray[np.float64]] = {}

    def __getattr__(self, name: str) -> Any:
        """Return a method of the server; that of a new phase ends the one before."""
        self.enter(_PHASES.get(name, self._phase))
        return getattr(self._server, name)

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        if phase != self._phase:
            now = self._now()
            self.phases[self._phase] = self.phases.get(self._phase, 0) + now - self._since
            self._phase, self._since = phase, now

    def record(self) -> dict[str, dict[str, float]]:
        """Return the seconds of each phase, and the CPU seconds of server and client."""
        names = ("seconds", "server_cpu", "client_cpu")
        return {
            phase: {name: round(float(one), 1) for name, one in zip(names, taken, strict=True)}
            for phase, taken in self.phases.items()
        }

    def _now(self) -> NDArray[np.float64]:
        return np.array([time.monotonic(), self._process.cpu_seconds(), time.process_time()])


@app.command(epilog="Example: `… data/growth/100000 questions.jsonl --uri … --pid 4711 --data DIR`")
def measure(
    directory: Annotated[Path, typer.Argument(help="Index directory.")],
    questions: Annotated[Path, typer.Argument(help="Questions, as for `eval`.")],
    uri: Annotated[str, typer.Option(help="The server, which must be empty.")],
    pid: Annotated[int, typer.Option(help="Its process.")],
    data: Annotated[Path, typer.Option(help="Folder of its data.")],
    graph: Annotated[bool, typer.Option(help="Search by a graph, not exactly.")] = False,
) -> None:
    """Copy an index to a server and search both; print what that took and missed, as JSON."""
    # Imported here: the client is optional.
    from index.engines.milvus.client import MilvusServer
    from index.engines.milvus.reader import MilvusIndex
    from index.engines.milvus.writer import SnapshotCopy

    process, folder = ServerProcess(pid, data), published_folder(directory)
    snapshot = Snapshot.open(folder)
    server = MilvusServer(MilvusSettings(uri=uri)).unhurried()
    found: dict[str, Any] = {
        "server": server.version(),
        "index": "HNSW" if graph else "FLAT",
        "passages": snapshot.facts.passages,
        "idle_mb": process.megabytes("VmRSS"),
    }
    clock = PhaseClock(server, process)
    with display(as_json=True) as shown:
        copy = SnapshotCopy(
            clock,  # type: ignore[arg-type]
            folder,
            snapshot,
            exact=not graph,
            sparse=False,
            on_progress=lambda done, total: shown.update("copying", done, total),
        )
        copy.write()
        copy.complete()
    clock.enter("done")
    found["copy"] = clock.record()
    found["loaded_mb"], found["peak_mb"] = process.megabytes("VmRSS"), process.megabytes("VmHWM")
    found["disk_mb"] = process.disk()
    begun = time.monotonic()
    index = MilvusIndex.open(server, copy.names)
    found["open_seconds"] = round(time.monotonic() - begun, 1)

    encoder = load_encoder(IndexSettings.load())
    asked = standalone_queries(read_questions(questions), LANGUAGES)
    vectors = encoder.encode([one.text for one in asked], "query")
    exact = _nearest(snapshot, vectors)
    # Twice: the first time files are read, and new data settles.
    for _ in range(2):
        times: dict[str, list[float]] = {"local": [], "milvus": []}
        answers: dict[str, list[Hits]] = {"local": [], "milvus": []}
        busy = process.cpu_seconds()
        for vector in vectors:
            for name, engine in (("local", snapshot), ("milvus", index)):
                begun = time.perf_counter()
                answers[name].append(engine.search_vectors(vector, _NEAREST))
                times[name].append(1000 * (time.perf_counter() - begun))
        busy = process.cpu_seconds() - busy
    found["questions"] = len(vectors)
    found["server_cpu_ms"] = round(1000 * busy / len(vectors), 2)
    for name in times:
        p50, p95 = np.percentile(times[name], [50, 95])
        found[f"{name}_ms"] = {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}
        found[f"{name}_recall_at_10"] = round(_recall(answers[name], snapshot, vectors, exact), 4)
    found["searched_mb"] = process.megabytes("VmRSS")
    echo_json(found)


def _nearest(snapshot: Snapshot, questions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the score of each question's tenth nearest passage, (len(questions),)."""
    best: NDArray[np.float32] = np.empty((len(questions), 0), np.float32)
    total = snapshot.facts.passages
    for begin in range(0, total, _BLOCK):
        block = snapshot.vectors(range(begin, min(begin + _BLOCK, total)))
        best = np.hstack([best, questions @ block.T])
        best = -np.partition(-best, _NEAREST - 1, axis=1)[:, :_NEAREST]
    least: NDArray[np.float32] = best.min(axis=1)
    return least


def _recall(
    answers: Sequence[Hits],
    snapshot: Snapshot,
    questions: NDArray[np.float32],
    exact: NDArray[np.float32],
) -> float:
    """Return the share of the nearest passages that were found; scores are computed again."""
    found = 0
    for hits, question, least in zip(answers, questions, exact, strict=True):
        rows = sorted(set(hits.rows.tolist()))
        found += min(_NEAREST, int((snapshot.vectors(rows) @ question >= least - _TOLERANCE).sum()))
    return found / (_NEAREST * len(answers))


if __name__ == "__main__":
    run(app)
