"""Scaling benchmark: `python -m retrieval.evaluation.benchmarks.scaling build SIZE`, `ask SIZE`.

The archive repeats and varies real articles. The first ones are unchanged, so that questions about
them have their answers. In the others about half of the words are replaced by words of other
articles, drawn by their frequency. The model encodes only the questions. An unchanged passage has
its vector from an index of the real articles; every other passage has a real vector, moved by the
difference of two more, so that the vectors have the density and the directions of real ones.
"""

import gzip
import hashlib
import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from index.article import Article
from index.console import application, display, echo_json, run
from index.encoders.encoder import PassageEncoder, TextKind, load_encoder
from index.indexing import builder
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from retrieval.evaluation.questions import LANGUAGES, read_questions, standalone_queries
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings

_WORD = re.compile(r"\w+")
_EXCHANGED = 0.5
# A vector moved this far has a cosine of about 0.9 with the original.
_MOVES = (0.25, 0.6)
_NEAREST = 10
_BLOCK = 50_000

app = application("Measure an index of very many generated articles.")
_Size = Annotated[int, typer.Argument(min=1000, help="Passages, about.")]
_Directory = Annotated[Path, typer.Option(help="Where the indexes are built.")]
_Sample = Annotated[Path, typer.Option(help="The index of the real articles.")]
_IN, _REAL = Path("data/growth"), Path("data/quality/news")


def generate_articles(articles: Sequence[Article], seed: int = 0) -> Iterator[Article]:
    """Yield articles endlessly: these, and then variations of them."""
    yield from articles
    chance = random.Random(seed)
    texts = [text for article in articles for text in (article.title, *article.paragraphs)]
    pool = [word for text in texts for word in _WORD.findall(text)]

    def exchanged(word: re.Match[str]) -> str:
        return chance.choice(pool) if chance.random() < _EXCHANGED else word[0]

    number = len(articles)
    while True:
        for article in articles:
            number += 1
            days = timedelta(chance.randrange(2000))
            yield replace(
                article,
                id=f"generated-{number}",
                title=_WORD.sub(exchanged, article.title),
                abstract=_WORD.sub(exchanged, article.abstract),
                paragraphs=tuple(_WORD.sub(exchanged, text) for text in article.paragraphs),
                date=article.date - days if article.date else None,
                code=None,
                link=None,
            )


class PerturbingEncoder:
    """Encodes questions; passages get vectors from an index, or near to one."""

    def __init__(self, encoder: PassageEncoder, real: Snapshot) -> None:
        """Use the vectors of an index that `encoder` made."""
        self.name = encoder.name
        self.fingerprint = f"{encoder.fingerprint}, moved"
        self.max_tokens = encoder.max_tokens
        self._encoder = encoder
        rows = range(real.facts.passages)
        self._vectors = real.vectors(rows)
        texts = (passage.embedded_text for passage in real.passages(rows))
        self._rows = {_number(text): row for row, text in enumerate(texts)}

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1; see `Encoder`."""
        if kind == "query":
            return self._encoder.encode(texts, kind)
        return np.stack([self._vector(_number(text)) for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        return self._encoder.count_tokens(texts)

    def _vector(self, number: int) -> NDArray[np.float32]:
        if (row := self._rows.get(number)) is not None:
            return np.asarray(self._vectors[row])
        chance = random.Random(number)
        here, there, place = (self._vectors[chance.randrange(len(self._vectors))] for _ in range(3))
        moved = place + np.float32(chance.uniform(*_MOVES)) * (here - there)
        return np.asarray(moved / np.linalg.norm(moved))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


@app.command(epilog="Example: `python -m retrieval.evaluation.benchmarks.scaling build 100000`")
def build(size: _Size, real: _Sample = _REAL, directory: _Directory = _IN) -> None:
    """Build an index of so many passages, and print what that took, as JSON."""
    settings, encoder = _settings(directory, size), _encoder(real)
    source = directory / f"{size}.jsonl.gz"
    _write(source, real, size)

    def measured(command: Callable[..., builder.BuildReport], sources: list[str]) -> dict[str, Any]:
        begun, busy = time.monotonic(), time.process_time()
        with display(as_json=True) as shown:
            report = command(settings, sources, shown.update, load=lambda _: encoder)
        return {
            "passages": report.passages,
            "seconds": round(time.monotonic() - begun, 1),
            "cpu_seconds": round(time.process_time() - busy, 1),
            "peak_mb": _memory("VmHWM"),
        }

    found: dict[str, Any] = {"build": measured(builder.build, [str(source)])}
    folder = settings.directory / "snapshots"
    found["snapshot_mb"] = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) // 10**6
    echo_json(found)


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
    retriever = Retriever(snapshot, encoder, RetrievalSettings.load())
    retriever.warm_up()
    found: dict[str, Any] = {
        "passages": snapshot.facts.passages,
        "open_seconds": round(time.monotonic() - begun, 1),
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
    found["peak_mb"], found["own_mb"] = _memory("VmHWM"), _memory("RssAnon")
    found["recall_at_10"] = round(_recall(snapshot, vectors), 4)
    echo_json(found)


def _settings(directory: Path, size: int) -> IndexSettings:
    return IndexSettings.load().model_copy(update={"directory": (directory / str(size)).absolute()})


def _encoder(real: Path) -> PerturbingEncoder:
    return PerturbingEncoder(load_encoder(IndexSettings.load()), Snapshot.open_current(real))


def _write(path: Path, real: Path, size: int) -> None:
    """Write articles of about `size` passages in all."""
    snapshot = Snapshot.open_current(real)
    count = round(size * snapshot.facts.articles / snapshot.facts.passages)
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        for article in islice(generate_articles(list(snapshot.articles())), count):
            file.write(json.dumps(to_record(article), ensure_ascii=False) + "\n")


def _times(work: Callable[[int], object], count: int) -> dict[str, float]:
    """Return the median and the 95th percentile of the time of one call, in milliseconds."""
    taken = []
    for at in range(count):
        begun = time.perf_counter()
        work(at)
        taken.append(1000 * (time.perf_counter() - begun))
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def _recall(snapshot: Snapshot, questions: NDArray[np.float32]) -> float:
    """Return the share of the nearest passages that a search finds."""
    count, total = len(questions), snapshot.facts.passages
    scores: NDArray[Any] = np.empty((count, 0), np.float32)
    rows: NDArray[Any] = np.empty((count, 0), np.int64)
    for begin in range(0, total, _BLOCK):
        block = range(begin, min(begin + _BLOCK, total))
        scores = np.hstack([scores, questions @ snapshot.vectors(block).T])
        rows = np.hstack([rows, np.tile(np.array(block), (count, 1))])
        best = np.argpartition(-scores, _NEAREST - 1, axis=1)[:, :_NEAREST]
        scores, rows = (np.take_along_axis(some, best, axis=1) for some in (scores, rows))
    found = (
        len({*snapshot.search_vectors(question, _NEAREST).rows.tolist()} & {*nearest.tolist()})
        for question, nearest in zip(questions, rows, strict=True)
    )
    return sum(found) / (count * _NEAREST)


def _memory(name: str) -> int:
    """Return a memory figure of this process from /proc, in megabytes."""
    lines = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii").splitlines()
    figures = dict(line.split(":", 1) for line in lines)
    return int(figures[name].split()[0]) // 1000


if __name__ == "__main__":
    run(app)
