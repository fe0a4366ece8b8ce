"""How fast passages are encoded, beside other libraries."""

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.encoders.encoder import PassageEncoder, load_encoder
from index.operations.bench.plain_model import load_plain_model
from index.operations.bench.processor import MatrixPeak, measure_matrix_peak
from index.operations.timing_harness import BenchmarkCase, BenchmarkResult, run_benchmark
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class EncodingBenchmark:
    """A benchmark of encoding passages.

    Attributes:
        results: of Khazar and other libraries.
        passages: number of passages.
        tokens: number of their tokens.
        tokens_per_second: of Khazar, at the median.
        peak: what the processor could do; None where OpenVINO does not run the model.
        peak_share: share of the peak's tokens a second; None likewise.
    """

    results: list[BenchmarkResult]
    passages: int
    tokens: int
    tokens_per_second: float
    peak: MatrixPeak | None
    peak_share: float | None


def bench_encoding(settings: IndexSettings, passages: int, repetitions: int) -> EncodingBenchmark:
    """Time the encoding of passages from all over the published index.

    Compared are plain sentence-transformers, which is always installed, and txtai where it is, with
    the same model.

    Raises:
        KhazarError: there is no index, or no model.
    """
    texts = sample_passages(Snapshot.open_current(settings.path(settings.directory)), passages)
    encoder = load_encoder(settings)
    # The peak is measured before and after: a machine may be faster in one minute than in another.
    peaks = [measure_matrix_peak(encoder, settings, repetitions)]
    results = run_benchmark(list(_cases(settings, encoder, texts)), repetitions)
    peaks.append(measure_matrix_peak(encoder, settings, repetitions))
    tokens = sum(encoder.count_tokens(texts))
    rate = tokens / (len(texts) * results[0].milliseconds / 1000)
    peak = max((one for one in peaks if one), key=lambda one: one.openvino, default=None)
    share = rate / peak.tokens_per_second if peak else None
    return EncodingBenchmark(results, len(texts), tokens, rate, peak, share)


def sample_passages(snapshot: Snapshot, count: int) -> list[str]:
    """Return the embedded texts of passages at even distances."""
    total = snapshot.facts.passages
    rows = range(0, total, max(total // count, 1))[:count]
    return [passage.embedded_text for passage in snapshot.passages(rows)]


def _cases(
    settings: IndexSettings, encoder: PassageEncoder, texts: Sequence[str]
) -> Iterator[BenchmarkCase]:
    def ours() -> int:
        return len(encoder.encode(texts, "passage"))

    yield BenchmarkCase(f"khazar ({type(encoder).__name__})", ours)
    plain = load_plain_model(settings)

    def by_library() -> int:
        return len(plain.encode(texts, "passage"))

    yield BenchmarkCase("sentence-transformers", by_library)
    if importlib.util.find_spec("txtai") is None:
        return
    from txtai import Embeddings

    embeddings = Embeddings(path=plain.folder, gpu=False)

    def txtai() -> int:
        embeddings.index([plain.prompts["passage"] + text for text in texts])
        return len(texts)

    yield BenchmarkCase("txtai", txtai)
