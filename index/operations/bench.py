"""Benchmarks of encoding and search, compared with other libraries."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any

from index.encoders.encoder import load_encoder
from index.encoders.model_resolver import resolve_model
from index.operations.timing_harness import BenchmarkCase, BenchmarkResult, run_benchmark
from index.settings import IndexSettings, TextKind
from index.snapshots.snapshot import Snapshot

_NEAREST = 10
_SAMPLE = 256


def bench_encoding(
    settings: IndexSettings, passages: int, repetitions: int
) -> list[BenchmarkResult]:
    """Time the encoding of passages from all over the published index.

    Compared are plain sentence-transformers, which is always installed, and txtai where it is, with
    the same model.

    Raises:
        KhazarError: there is no index, or no model.
    """
    texts = sample_passages(Snapshot.open_current(settings.path(settings.directory)), passages)
    return run_benchmark(list(_cases(settings, texts)), repetitions)


def bench_searches(settings: IndexSettings, questions: Sequence[str]) -> list[BenchmarkResult]:
    """Time the dense search for the nearest ten passages, compared with other libraries.

    Khazar searches as it does for people: of many passages by a shortlist. The others search
    exactly; a repetition is one question.
    """
    snapshot = Snapshot.open_current(settings.path(settings.directory))
    return run_benchmark(list(_search_cases(settings, snapshot, questions)), len(questions))


def _search_cases(
    settings: IndexSettings, snapshot: Snapshot, questions: Sequence[str]
) -> Iterator[BenchmarkCase]:
    encoder = load_encoder(settings)
    vectors = snapshot.vectors(range(snapshot.facts.passages))

    def ours(text: str) -> None:
        snapshot.search_vectors(encoder.encode([text], "query")[0], _NEAREST)

    yield _cycling(f"khazar ({type(encoder).__name__})", ours, questions)
    import faiss

    folder, model, prompts = _plain_model(settings)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)

    def plain(text: str) -> None:
        prompted = [prompts["query"] + text]
        encoded = model.encode(prompted, show_progress_bar=False, normalize_embeddings=True)
        flat.search(encoded, _NEAREST)

    yield _cycling("sentence-transformers + faiss", plain, questions)
    if importlib.util.find_spec("txtai") is None:
        return
    from txtai import Embeddings

    # It encodes the passages that it searches, so it gets only a sample, which is to its advantage.
    embeddings = Embeddings(path=folder, gpu=False, backend="faiss")
    embeddings.index([prompts["passage"] + text for text in sample_passages(snapshot, _SAMPLE)])

    def txtai(text: str) -> None:
        embeddings.search(prompts["query"] + text, _NEAREST)

    yield _cycling(f"txtai (over {_SAMPLE} passages)", txtai, questions)


def _plain_model(settings: IndexSettings) -> tuple[str, Any, dict[TextKind, str]]:
    """Return the folder of the model, the model in sentence-transformers, and its prompts."""
    from sentence_transformers import SentenceTransformer

    from index.encoders.torch_encoder import own_prompts

    folder = str(resolve_model(settings).path)
    model = SentenceTransformer(folder, device="cpu")
    return folder, model, settings.prompts(own_prompts(model))


def _cycling(name: str, ask: Callable[[str], None], questions: Sequence[str]) -> BenchmarkCase:
    """Return a case that asks the next question at each run."""
    texts = cycle(questions)

    def run() -> int:
        ask(next(texts))
        return 1

    return BenchmarkCase(name, run)


def sample_passages(snapshot: Snapshot, count: int) -> list[str]:
    """Return the embedded texts of passages at even distances."""
    total = snapshot.facts.passages
    rows = range(0, total, max(total // count, 1))[:count]
    return [passage.embedded_text for passage in snapshot.passages(rows)]


def _cases(settings: IndexSettings, texts: Sequence[str]) -> Iterator[BenchmarkCase]:
    encoder = load_encoder(settings)

    def ours() -> int:
        return len(encoder.encode(texts, "passage"))

    yield BenchmarkCase(f"khazar ({type(encoder).__name__})", ours)
    folder, model, prompts = _plain_model(settings)

    def plain() -> int:
        prompted = [prompts["passage"] + text for text in texts]
        return len(model.encode(prompted, show_progress_bar=False, normalize_embeddings=True))

    yield BenchmarkCase("sentence-transformers", plain)
    if importlib.util.find_spec("txtai") is None:
        return
    from txtai import Embeddings

    embeddings = Embeddings(path=folder, gpu=False)

    def txtai() -> int:
        embeddings.index([prompts["passage"] + text for text in texts])
        return len(texts)

    yield BenchmarkCase("txtai", txtai)
