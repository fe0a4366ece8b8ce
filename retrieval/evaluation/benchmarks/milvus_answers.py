"""Answers from a Milvus server, compared with those from the folder that was copied to it.

`python -m retrieval.evaluation.benchmarks.milvus_answers QUESTIONS` asks each question of both
engines, in turn. `[index]` names the directory and the server. Where the archive has more passages
than `[index] exact_passages`, the engines preselect vectors in different ways, and answers differ.
"""

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from index.console import application, echo_json, run
from index.encoders.encoder import load_encoder
from index.engines.opening import open_engine
from index.settings import IndexSettings
from retrieval.answers import Answer, RetrievedPassage
from retrieval.conversation import NO_CONVERSATION, Conversation
from retrieval.evaluation.benchmarks.server_process import ServerProcess
from retrieval.evaluation.questions import (
    LANGUAGES,
    EvalQuery,
    followups,
    read_questions,
    standalone_queries,
)
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings

_SCORE = 1e-4
_PROBABILITY = 1e-3

app = application("Compare answers from a Milvus server with those from the folder.")


@app.command(epilog="Example: `… milvus_answers questions.jsonl --pid 4711 --data DIR`")
def compare(
    questions: Annotated[Path, typer.Argument(help="Questions, as for `eval`.")],
    pid: Annotated[int, typer.Option(help="The server's process.")],
    data: Annotated[Path, typer.Option(help="Folder of its data.")],
    every: Annotated[int, typer.Option(min=1, help="Ask one question in so many.")] = 1,
) -> None:
    """Ask both engines; print what differs, times and calls to the server, as JSON."""
    # Imported here: the client is optional.
    from index.engines.milvus.client import counted

    settings, process = IndexSettings.load(), ServerProcess(pid, data)
    encoder = load_encoder(settings)
    retrievers, found = {}, dict[str, Any]()
    for engine in ("local", "milvus"):
        begun = time.monotonic()
        index = open_engine(settings.model_copy(update={"engine": engine})).open_published()
        found[f"{engine}_open_seconds"] = round(time.monotonic() - begun, 1)
        retriever = Retriever(index, encoder, RetrievalSettings.load(), today=settings.today)
        retriever.warm_up()
        retrievers[engine] = retriever

    read = read_questions(questions)
    queries = [*standalone_queries(read, LANGUAGES), *followups(read, LANGUAGES)][::every]
    times: dict[str, list[tuple[float, float]]] = {engine: [] for engine in retrievers}
    calls: dict[str, Counter[int]] = {"alone": Counter(), "follow-up": Counter()}
    different, server_cpu = [], 0.0
    for number, query in enumerate(queries):
        answers = {}
        # In turn, since the second one finds the processor's caches filled.
        for engine in list(retrievers)[:: 1 - 2 * (number % 2)]:
            before = _before(retrievers[engine], query)
            cpu, begun, busy = process.cpu_seconds(), time.perf_counter(), time.process_time()
            with counted() as trips:
                answers[engine] = retrievers[engine].ask(query.text, conversation=before)
            times[engine].append((time.perf_counter() - begun, time.process_time() - busy))
            if engine == "milvus":
                server_cpu += process.cpu_seconds() - cpu
                calls["alone" if query.before is None else "follow-up"][trips.count] += 1
        if not _same(answers["local"], answers["milvus"]):
            different.append(query.key)
    found |= {
        "questions": len(queries),
        "different": different,
        "calls": {kind: dict(sorted(counts.items())) for kind, counts in calls.items()},
        "server_cpu_ms": round(1000 * server_cpu / len(queries)),
        "server_mb": {name: process.megabytes(name) for name in ("VmRSS", "VmHWM")},
        "disk_mb": process.disk(),
    }
    for engine, taken in times.items():
        wall, busy_ms = (1000 * np.array(taken)).T
        p50, p95 = np.percentile(wall, [50, 95])
        found[f"{engine}_ms"] = {"p50": round(float(p50)), "p95": round(float(p95))}
        found[f"{engine}_client_cpu_ms"] = round(float(busy_ms.mean()))
    echo_json(found)


def _before(retriever: Retriever, query: EvalQuery) -> Conversation:
    """Return the conversation that a question is asked in."""
    if query.before is None:
        return NO_CONVERSATION
    return retriever.ask(query.before).conversation


def _same(one: Answer, other: Answer) -> bool:
    """Return whether two answers are the same, but for rounding."""
    if [*map(_shown, one.passages)] != [*map(_shown, other.passages)]:
        return False
    moved = [abs(a.score - b.score) for a, b in zip(one.passages, other.passages, strict=True)]
    return (
        (one.found, one.follows_up) == (other.found, other.follows_up)
        and abs(one.probability - other.probability) <= _PROBABILITY
        and max(moved, default=0.0) <= _SCORE
    )


def _shown(passage: RetrievedPassage) -> RetrievedPassage:
    """Return a passage without what is a matter of rounding."""
    return replace(passage, score=0.0, likely_span=None)


if __name__ == "__main__":
    run(app)
