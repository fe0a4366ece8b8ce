"""The encoder in OpenVINO: fast on a processor, and neither torch nor transformers is imported."""

import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoders.model_resolver import ResolvedModel
from index.encoders.openvino.exported_model import damaged, read_facts
from index.encoders.openvino.length_batches import BATCH_TOKENS
from index.encoders.openvino.openvino_model import OpenVinoModel, inference_precision
from index.encoders.openvino.tokenizer import open_tokenizer
from index.settings import IndexSettings, TextKind
from index.text.encoder_text import encoder_text

# From so many tokens on, a call is worth a second compiled form of the model.
_MANY_TOKENS = 4 * BATCH_TOKENS


class OpenVinoEncoder:
    """A sentence-transformers model in its OpenVINO form; see `PassageEncoder`.

    It may be used from several threads at once. Many texts are encoded for throughput; see
    `OpenVinoModel`.

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
            warmup_texts: questions that come next, and hardly any others; what they need is
                loaded, too.

        Raises:
            EncoderError: the exported model is damaged, or the processor does not multiply in the
                configured precision.
        """
        # Told before anything is loaded.
        self.precision = inference_precision(settings)
        self.name = folder.name
        self.fingerprint = folder.fingerprint
        self._facts = facts = read_facts(exported)
        self.dimension = facts.dimension
        self._prompts = settings.prompts(
            {"query": facts.query_prompt, "passage": facts.passage_prompt}
        )
        try:
            self._tokenizer = open_tokenizer(exported)
            if warmup_texts:
                self._tokenizer.expect_few_texts()
            # Loads what the first texts need, which tells whether it is there.
            self._tokenizer.encode(
                self._prompted(warmup_texts, "query") or [self._prompts["passage"]]
            )
        except (OSError, EOFError, ValueError, RuntimeError) as error:
            raise damaged(exported) from error
        self._exported, self._settings = exported, settings
        self._few = OpenVinoModel(exported, facts.padding, settings)
        self._many: OpenVinoModel | None = None
        self._opening = threading.Lock()
        self._room = facts.max_tokens - len(facts.prefix_tokens) - len(facts.suffix_tokens)
        if warmup_texts:
            # Of the first texts of their lengths OpenVINO arranges the weights for the processor,
            # which takes several times as long as encoding them.
            self.encode(warmup_texts, "query")

    @cached_property
    def max_tokens(self) -> int:
        """The number of tokens of a passage that the model sees; questions do not need it."""
        return self._room - len(self._tokenizer.encode([self._prompts["passage"]])[0])

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1; see `Encoder`.

        Raises:
            EncoderError: a file of the exported model has been damaged.
        """
        tokens = [self._framed(own) for own in self._tokenizer.encode(self._prompted(texts, kind))]
        vectors = self._model(sum(map(len, tokens))).run(tokens, self.dimension)
        # bfloat16 leaves lengths a few thousandths off 1; inner products must be cosines.
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special tokens not counted."""
        spelled = [encoder_text(text) for text in texts]
        return [len(tokens) for tokens in self._tokenizer.encode(spelled)]

    def _model(self, tokens: int) -> OpenVinoModel:
        """Return the model for a call with so many tokens."""
        threads = self._settings.threads or os.cpu_count()
        if tokens < _MANY_TOKENS or threads == 1:
            return self._few
        with self._opening:
            if self._many is None:
                self._many = OpenVinoModel(
                    self._exported, self._facts.padding, self._settings, throughput=True
                )
            return self._many

    def _prompted(self, texts: Sequence[str], kind: TextKind) -> list[str]:
        return [self._prompts[kind] + encoder_text(text) for text in texts]

    def _framed(self, tokens: list[int]) -> list[int]:
        return [*self._facts.prefix_tokens, *tokens[: self._room], *self._facts.suffix_tokens]
