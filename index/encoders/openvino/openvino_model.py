"""An exported model in OpenVINO: token numbers in, what its graph computes out."""

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from index.checksums import is_unchanged, record_checksums
from index.encoders.openvino.activations import separate_activations
from index.encoders.openvino.exported_model import COMPILED, GRAPH, TOKEN_EMBEDDINGS, damaged
from index.encoders.openvino.length_batches import (
    BATCH_TOKENS,
    STREAM_TOKENS,
    batches_by_length,
)
from index.encoders.openvino.row_file import RowFile, release_mapped_pages
from index.encoders.openvino.runtime import openvino
from index.encoders.openvino.weight_compression import expand_weights
from index.settings import IndexSettings, Precision

# The processor's own names of what the graph asks for.
EMBEDDINGS, MASK, TOKENS = "inputs_embeds", "attention_mask", "input_ids"
_BFLOAT16 = "BF16"


class OpenVinoModel:
    """A compiled graph with the token embeddings that stay outside it.

    It may be used from several threads at once, whose batches take turns. Usually all cores compute
    a batch together, which gives its result soonest; for throughput, each computes a batch of its
    own and waits for no other.

    Attributes:
        precision: "bf16" or "f32", as [index] precision says.
    """

    def __init__(
        self, exported: Path, padding: int, settings: IndexSettings, *, throughput: bool = False
    ) -> None:
        """Compile a model.

        Args:
            exported: a folder as `exported_model` describes it.
            padding: number of the token that fills a batch up.
            settings: batch size, threads and precision.
            throughput: compute several batches at the same time.

        Raises:
            EncoderError: the exported model is damaged, or the processor does not multiply in the
                configured precision.
        """
        self.precision = inference_precision(settings)
        self._exported = exported
        self._padding = padding
        self._batch_size = settings.batch_size
        alone = throughput or settings.threads == 1
        self._batch_tokens = STREAM_TOKENS if alone else BATCH_TOKENS
        try:
            self._rows = RowFile(exported / TOKEN_EMBEDDINGS)
            options = compile_options(self.precision, settings.threads, throughput=throughput)
            compiled = _compile(exported, self.precision, options)
        except (OSError, EOFError, ValueError, RuntimeError) as error:
            raise damaged(exported) from error
        self._inputs = {name for port in compiled.inputs for name in port.get_names()}
        self._streams = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        # Those that compute nothing now; whoever has a batch waits for one.
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self._streams):
            self._requests.put(compiled.create_infer_request())

    def run(self, tokens: Sequence[Sequence[int]], width: int) -> NDArray[np.float32]:
        """Return (len(tokens), width) outputs of the graph, one row a sequence of token numbers.

        Raises:
            EncoderError: a file of the exported model has been damaged.
        """
        outputs = np.empty((len(tokens), width), dtype=np.float32)
        for batch, [found] in self._run_batches(tokens):
            outputs[batch] = found.reshape(-1, width)
        return outputs

    def run_all(self, tokens: Sequence[Sequence[int]]) -> list[tuple[NDArray[np.float32], ...]]:
        """Return what each output of the graph has for each sequence of token numbers.

        An output of a value for each token has further ones behind them, for the padding.

        Raises:
            EncoderError: a file of the exported model has been damaged.
        """
        rows: list[tuple[NDArray[np.float32], ...]] = [()] * len(tokens)
        for batch, found in self._run_batches(tokens):
            for at, *outputs in zip(batch, *found, strict=True):
                rows[at] = tuple(outputs)
        return rows

    def _run_batches(
        self, tokens: Sequence[Sequence[int]]
    ) -> Iterator[tuple[list[int], list[NDArray[np.float32]]]]:
        """Yield the places of each batch and a copy of what the graph computed for it."""
        lengths = [len(one) for one in tokens]
        # The longest first, so that streams end at about the same time.
        batches = list(batches_by_length(lengths, self._batch_size, self._batch_tokens))[::-1]

        def compute(batch: list[int]) -> list[NDArray[np.float32]]:
            return self._run_batch([tokens[at] for at in batch])

        if self._streams == 1 or len(batches) == 1:
            yield from zip(batches, map(compute, batches), strict=True)
            return
        with ThreadPoolExecutor(self._streams, "encoding") as pool:
            yield from zip(batches, pool.map(compute, batches), strict=True)

    def _run_batch(self, tokens: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        inputs = self._batch(tokens)
        request = self._requests.get()
        try:
            request.infer(inputs)
            return [np.array(output.data) for output in request.output_tensors]
        finally:
            self._requests.put(request)

    def _batch(self, tokens: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
        """Return what the graph takes for sequences, filled up to the longest one."""
        numbers = np.full((len(tokens), max(map(len, tokens))), self._padding, dtype=np.int64)
        mask = np.zeros_like(numbers)
        for at, own in enumerate(tokens):
            numbers[at, : len(own)] = own
            mask[at, : len(own)] = 1
        inputs: dict[str, NDArray[Any]] = {
            EMBEDDINGS: self._embeddings(numbers),
            MASK: mask,
            TOKENS: numbers,
        }
        return {name: inputs[name] for name in self._inputs}

    def _embeddings(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        try:
            return self._rows.take(numbers).astype(np.float32, copy=False)
        except (OSError, IndexError) as error:
            raise damaged(self._exported) from error


def inference_precision(settings: IndexSettings) -> Precision:
    """Return the precision that OpenVINO computes in on this processor.

    Raises:
        EncoderError: bfloat16 is configured and the processor does not multiply it.
    """
    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return settings.inference_precision(native_bf16=_BFLOAT16 in able)


def compile_options(
    precision: Precision, threads: int, *, throughput: bool = False
) -> dict[str, Any]:
    """Return OpenVINO's options for compiling a graph.

    Args:
        precision: that products are computed in.
        threads: number of threads; 0: all cores.
        throughput: compute as many batches at the same time as OpenVINO thinks best.
    """
    options: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "THROUGHPUT" if throughput else "LATENCY",
        # Where weights have 8 bits, only they have: the same scores on every processor.
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
    }
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    return options


def _compile(exported: Path, precision: Precision, options: dict[str, Any]) -> Any:
    core = openvino.Core()
    if os.access(exported, os.W_OK):
        compiled = _compile_cached(core, exported, precision, options)
    else:
        compiled = core.compile_model(_graph(core, exported, precision), "CPU", options)
    release_mapped_pages(exported)
    return compiled


def _graph(core: Any, exported: Path, precision: Precision) -> Any:
    """Return an exported graph as it is best computed in a precision."""
    graph = core.read_model(exported / GRAPH)
    if precision == "f32":
        expand_weights(graph)
        separate_activations(graph)
    return graph


def _compile_cached(
    core: Any, exported: Path, precision: Precision, options: dict[str, Any]
) -> Any:
    """Compile a graph, and keep what this gives for this processor: it halves the time of opening.

    OpenVINO does not notice when a file that it kept is damaged.
    """
    # Apart for each precision: the cache's own key does not hold it.
    kept = exported / COMPILED / precision
    kept.parent.mkdir(exist_ok=True)
    # What another process has written, and not recorded yet, must not be taken for damaged.
    with FileLock(f"{kept}.lock"):
        if not is_unchanged(kept):
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            # A file again, which OpenVINO's cache recognises without reading it.
            openvino.save_model(
                _graph(core, exported, precision), kept / GRAPH, compress_to_fp16=False
            )
        before = set(kept.glob("*"))
        compiled = core.compile_model(kept / GRAPH, "CPU", options | {"CACHE_DIR": str(kept)})
        if set(kept.glob("*")) != before:
            record_checksums(kept)
    return compiled
