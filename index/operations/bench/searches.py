"""How fast a question's nearest passages are found, beside other libraries."""

import importlib.util
import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from index.encoders.encoder import load_encoder
from index.operations.bench.encoding import sample_passages
from index.operations.bench.plain_model import load_plain_model
from index.operations.timing_harness import BenchmarkCase, BenchmarkResult, run_benchmark
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot

NEAREST = 10
_TXTAI_PASSAGES = 256
_BM25S_PASSAGES = 1024


def bench_dense_search(settings: IndexSettings, questions: Sequence[str]) -> list[BenchmarkResult]:
    """Time the dense search for the nearest ten passages, the encoding of the question included.

    Khazar searches as it does for people: of many passages by a shortlist. The others search
    exactly; a repetition is one question.
    """
    snapshot = Snapshot.open_current(settings.path(settings.directory))
    return run_benchmark(list(_dense_cases(settings, snapshot, questions)), len(questions))


def bench_lexical_search(
    settings: IndexSettings, questions: Sequence[str], search: Callable[[str], object]
) -> list[BenchmarkResult]:
    """Time the lexical search for the best ten passages, from the question's text on.

    Compared is bm25s with hazm's tokens where it is installed.

    Args:
        settings: where the index is.
        questions: in Persian; a repetition is one question.
        search: searches in Khazar.
    """
    snapshot = Snapshot.open_current(settings.path(settings.directory))
    cases = [case_of_questions("khazar (tantivy)", search, questions)]
    if importlib.util.find_spec("bm25s") is not None:
        cases.append(_bm25s(snapshot, questions))
    return run_benchmark(cases, len(questions))


def case_of_questions(
    name: str, ask: Callable[[str], object], questions: Sequence[str]
) -> BenchmarkCase:
    """Return a case that asks the next question at each run."""
    texts = cycle(questions)

    def run() -> int:
        ask(next(texts))
        return 1

    return BenchmarkCase(name, run)


def _dense_cases(
    settings: IndexSettings, snapshot: Snapshot, questions: Sequence[str]
) -> Iterator[BenchmarkCase]:
    encoder = load_encoder(settings)
    vectors = snapshot.vectors(range(snapshot.facts.passages))

    def ours(text: str) -> object:
        return snapshot.search_vectors(encoder.encode([text], "query")[0], NEAREST)

    yield case_of_questions(f"khazar ({type(encoder).__name__})", ours, questions)
    import faiss

    plain = load_plain_model(settings)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)

    def by_libraries(text: str) -> object:
        return flat.search(plain.encode([text], "query"), NEAREST)

    yield case_of_questions("sentence-transformers + faiss", by_libraries, questions)
    if importlib.util.find_spec("txtai") is None:
        return
    from txtai import Embeddings

    # It encodes the passages that it searches, so it gets only a sample, which is to its advantage.
    embeddings = Embeddings(path=plain.folder, gpu=False, backend="faiss")
    sample = sample_passages(snapshot, _TXTAI_PASSAGES)
    embeddings.index([plain.prompts["passage"] + text for text in sample])

    def txtai(text: str) -> object:
        return embeddings.search(plain.prompts["query"] + text, NEAREST)

    yield case_of_questions(f"txtai (over {len(sample)} passages)", txtai, questions)


def _bm25s(snapshot: Snapshot, questions: Sequence[str]) -> BenchmarkCase:
    import bm25s
    from hazm import Normalizer, word_tokenize

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    normalizer = Normalizer()

    def tokens(text: str) -> list[str]:
        words: list[str] = word_tokenize(normalizer.normalize(text))
        return words

    # hazm takes long for as many passages as tantivy searches; a sample is to its advantage, too.
    sample = sample_passages(snapshot, _BM25S_PASSAGES)
    retriever = bm25s.BM25()
    retriever.index([tokens(text) for text in sample], show_progress=False)
    nearest = min(NEAREST, len(sample))

    def search(text: str) -> object:
        return retriever.retrieve([tokens(text)], k=nearest, show_progress=False)

    return case_of_questions(f"bm25s + hazm (over {len(sample)} passages)", search, questions)
