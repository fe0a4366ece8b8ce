"""The encoder in OpenVINO: fast on a processor, and neither torch nor transformers is imported."""

import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.model_resolver import ResolvedModel
from index.encoders.openvino.exported_model import GRAPH, TOKEN_EMBEDDINGS, damaged, read_facts
from index.encoders.openvino.row_file import RowFile, release_mapped_pages
from index.encoders.openvino.runtime import openvino
from index.encoders.openvino.tokenizer import TextTokenizer
from index.settings import IndexSettings, Precision, TextKind

# The processor's own names of what the graph asks for.
EMBEDDINGS, MASK, TOKENS = "inputs_embeds", "attention_mask", "input_ids"
_BFLOAT16 = "BF16"


class OpenVinoEncoder:
    """A sentence-transformers model in its OpenVINO form; see `PassageEncoder`.

    It may be used from several threads at once; each call uses all of the processor, so they take
    turns.

    Attributes:
        name: the model as configured.
        fingerprint: see `ResolvedModel`.
        dimension: length of a vector.
        precision: "bf16" or "f32", as [index] precision says.
    """

    def __init__(
        self,
        exported: Path,
        folder: ResolvedModel,
        settings: IndexSettings,
        warmup_texts: Sequence[str] = (),
    ) -> None:
        """Open an exported model.

        Args:
            exported: what `index.encoders.openvino.export_cache.exported_model` returned.
            folder: the model that it was made from.
            settings: prompts, batch size, threads and precision.
            warmup_texts: questions that come next; what they need is loaded, too.

        Raises:
            EncoderError: the exported model is damaged, or the processor does not multiply in the
                configured precision.
        """
        self.precision = inference_precision(settings)
        self.name = folder.name
        self.fingerprint = folder.fingerprint
        self._exported = exported
        self._facts = facts = read_facts(exported)
        self.dimension = facts.dimension
        self._batch_size = settings.batch_size
        self._prompts = settings.prompts(
            {"query": facts.query_prompt, "passage": facts.passage_prompt}
        )
        try:
            self._tokenizer = TextTokenizer(exported)
            self._rows = RowFile(exported / TOKEN_EMBEDDINGS)
            # Loads what the first texts need, which tells whether it is there.
            self._tokenizer.encode(
                self._prompted(warmup_texts, "query") or [self._prompts["passage"]]
            )
            compiled = _compile(exported, settings.threads, self.precision)
        except (OSError, EOFError, ValueError, RuntimeError) as error:
            raise damaged(exported) from error
        self._request = compiled.create_infer_request()
        self._inputs = {name for port in compiled.inputs for name in port.get_names()}
        self._turn = threading.Lock()
        special = len(facts.before) + len(facts.after)
        self._room = facts.max_tokens - special

    @cached_property
    def max_tokens(self) -> int:
        """The number of tokens of a passage that the model sees; questions do not need it."""
        return self._room - self.count_tokens([self._prompts["passage"]])[0]

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1; see `Encoder`.

        Raises:
            EncoderError: a file of the exported model has been damaged.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        tokens = [self._framed(own) for own in self._tokenizer.encode(self._prompted(texts, kind))]
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(range(len(tokens)), key=lambda at: len(tokens[at]))
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            vectors[batch] = self._encode([tokens[at] for at in batch])
        # bfloat16 leaves lengths a few thousandths off 1; inner products must be cosines.
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special tokens not counted."""
        return [len(tokens) for tokens in self._tokenizer.encode(texts)]

    def _prompted(self, texts: Sequence[str], kind: TextKind) -> list[str]:
        return [self._prompts[kind] + text for text in texts]

    def _framed(self, tokens: list[int]) -> list[int]:
        return [*self._facts.before, *tokens[: self._room], *self._facts.after]

    def _encode(self, batch: Sequence[list[int]]) -> NDArray[np.float32]:
        """Return the (len(batch), dimension) vectors of tokens, of like number in each text."""
        longest = max(map(len, batch))
        numbers = np.full((len(batch), longest), self._facts.padding, dtype=np.int64)
        mask = np.zeros_like(numbers)
        for at, tokens in enumerate(batch):
            numbers[at, : len(tokens)] = tokens
            mask[at, : len(tokens)] = 1
        inputs: dict[str, NDArray[Any]] = {
            EMBEDDINGS: self._embeddings(numbers),
            MASK: mask,
            TOKENS: numbers,
        }
        with self._turn:
            self._request.infer({name: inputs[name] for name in self._inputs})
            return np.array(self._request.get_output_tensor(0).data)

    def _embeddings(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        try:
            return self._rows.take(numbers).astype(np.float32, copy=False)
        except (OSError, IndexError) as error:
            raise damaged(self._exported) from error


def inference_precision(settings: IndexSettings) -> Precision:
    """Return the precision that OpenVINO encodes in on this processor.

    Raises:
        EncoderError: bfloat16 is configured and the processor does not multiply it.
    """
    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return settings.inference_precision(native_bf16=_BFLOAT16 in able)


def _compile(exported: Path, threads: int, precision: Precision) -> Any:
    core = openvino.Core()
    options: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
    }
    if threads:
        options["INFERENCE_NUM_THREADS"] = threads
    if os.access(exported, os.W_OK):
        # What compiling gives for this processor is kept, which halves the time of opening. Apart
        # for each precision: the cache's own key does not hold it.
        options["CACHE_DIR"] = str(exported / "compiled" / precision)
    compiled = core.compile_model(exported / GRAPH, "CPU", options)
    release_mapped_pages(exported)
    return compiled
