"""Exported graphs beside OpenVINO's own conversion of the same models."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.model_resolver import ResolvedModel, resolve_model, resolve_reranker
from index.encoders.openvino.export_cache import ModelKind, exported_model
from index.encoders.openvino.exported_model import TOKEN_EMBEDDINGS, ExportError, read_facts
from index.encoders.openvino.openvino_model import (
    MASK,
    TOKENS,
    OpenVinoModel,
    compile_options,
    inference_precision,
)
from index.encoders.openvino.runtime import openvino
from index.operations.timing_harness import BenchmarkCase, BenchmarkResult, run_benchmark
from index.settings import NO_RERANKER, IndexSettings

# Sequences and their tokens: a question; passages as a build encodes them; pairs of a question.
_SHAPES: dict[ModelKind, dict[str, tuple[int, int]]] = {
    "encoder": {"question": (1, 27), "passages": (28, 72)},
    "reranker": {"pairs": (5, 112)},
}


@dataclass(frozen=True, slots=True)
class GraphBenchmark:
    """An exported graph beside OpenVINO's own conversion.

    Attributes:
        title: the model, and the shape of what it gets.
        results: of both.
    """

    title: str
    results: list[BenchmarkResult]


def bench_graphs(settings: IndexSettings, reranker: str, repetitions: int) -> list[GraphBenchmark]:
    """Run the encoder and the reranker beside OpenVINO's own conversion of them.

    Left out are models that OpenVINO does not run. With bfloat16 a reranker's exported weights have
    8 bits, which OpenVINO's own conversion leaves in full.

    Args:
        settings: models, precision and threads.
        reranker: its name; "none" for none.
        repetitions: how often each shape is run.

    Raises:
        EncoderError: a model is not on this machine, or is damaged.
    """
    models: dict[ModelKind, ResolvedModel] = {"encoder": resolve_model(settings)}
    if reranker != NO_RERANKER:
        models["reranker"] = resolve_reranker(reranker, settings)
    found: list[GraphBenchmark] = []
    for kind, model in models.items():
        try:
            exported = exported_model(model, kind)
        except ExportError:
            continue
        found += _benchmarks(kind, model, exported, settings, repetitions)
    return found


def _benchmarks(
    kind: ModelKind,
    model: ResolvedModel,
    exported: Path,
    settings: IndexSettings,
    repetitions: int,
) -> Iterator[GraphBenchmark]:
    own = OpenVinoModel(exported, read_facts(exported).padding, settings)
    plain = _plain(kind, model, settings)
    vocabulary = len(np.load(exported / TOKEN_EMBEDDINGS, mmap_mode="r"))
    for name, (count, length) in _SHAPES[kind].items():
        # What the numbers are makes no difference but for the rows that are read for them.
        numbers = np.random.default_rng(0).integers(vocabulary, size=(count, length))
        cases = [
            _case("khazar", own.run_all, numbers, numbers.tolist()),
            _case("OpenVINO's conversion", plain, numbers, numbers),
        ]
        yield GraphBenchmark(
            f"{kind}, {name}: {count} x {length}", run_benchmark(cases, repetitions)
        )


def _case(
    name: str, compute: Callable[[Any], object], numbers: NDArray[np.int64], given: object
) -> BenchmarkCase:
    def run() -> int:
        compute(given)
        return len(numbers)

    return BenchmarkCase(name, run)


def _plain(
    kind: ModelKind, model: ResolvedModel, settings: IndexSettings
) -> Callable[[NDArray[np.int64]], object]:
    # It needs torch.
    from index.encoders.openvino.export import convert_encoder, convert_reranker

    graph = convert_encoder(model) if kind == "encoder" else convert_reranker(model)
    options = compile_options(inference_precision(settings), settings.threads)
    request = openvino.Core().compile_model(graph, "CPU", options).create_infer_request()

    def compute(numbers: NDArray[np.int64]) -> object:
        return request.infer({TOKENS: numbers, MASK: np.ones_like(numbers)})

    return compute
