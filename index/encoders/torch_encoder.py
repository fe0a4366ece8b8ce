"""The encoder in torch: what a model is exported from, and used where it cannot be exported."""

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from index.encoders.model_resolver import ResolvedModel
from index.errors import EncoderError
from index.settings import IndexSettings, TextKind
from index.text.encoder_text import encoder_text

if TYPE_CHECKING:
    from torch import dtype


class SentenceTransformerEncoder:
    """Any sentence-transformers model, with its own prompts for queries and passages.

    It may be used from several threads at once, which take turns.

    Attributes:
        name: the model as configured.
        fingerprint: see `ResolvedModel`.
        dimension: length of a vector.
        max_tokens: how many tokens of a passage the model sees, its prompt not counted.
    """

    def __init__(
        self, model: SentenceTransformer, folder: ResolvedModel, settings: IndexSettings
    ) -> None:
        """Encode with a loaded model.

        Raises:
            EncoderError: the model does not say how long its vectors are.
        """
        self.name = folder.name
        self.fingerprint = folder.fingerprint
        self._model = model
        self._batch_size = settings.batch_size
        own = own_prompts(model)
        self._prompts: dict[TextKind, str] = settings.prompts(own)
        dimension = model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(f"{self.name}: the model does not say how long its vectors are")
        self.dimension: int = dimension
        overhead = len(model.tokenizer(self._prompts["passage"])["input_ids"])
        self.max_tokens: int = (model.max_seq_length or 512) - overhead
        # A fast tokenizer must not be used by two threads at once.
        self._turn = threading.Lock()

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1; see `Encoder`."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._turn:
            vectors = self._model.encode(
                [encoder_text(text) for text in texts],
                prompt=self._prompts[kind],
                batch_size=self._batch_size,
                show_progress_bar=False,
                convert_to_tensor=True,
                normalize_embeddings=True,
            )
        result: NDArray[np.float32] = vectors.float().cpu().numpy()
        # bfloat16 leaves lengths a few thousandths off 1; inner products must be cosines.
        result /= np.linalg.norm(result, axis=1, keepdims=True)
        return result

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special tokens not counted."""
        if not texts:
            return []
        with self._turn:
            encoded = self._model.tokenizer(
                [encoder_text(text) for text in texts],
                add_special_tokens=False,
                truncation=False,
                verbose=False,
            )
        return [len(ids) for ids in encoded["input_ids"]]


def load_torch_encoder(
    folder: ResolvedModel, settings: IndexSettings
) -> SentenceTransformerEncoder:
    """Load a model into torch, in the precision that the settings say.

    Raises:
        EncoderError: it is damaged, or the processor does not multiply in that precision.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    model = load_sentence_transformer(folder, torch_precision(settings))
    return SentenceTransformerEncoder(model, folder, settings)


def load_sentence_transformer(folder: ResolvedModel, precision: "dtype") -> SentenceTransformer:
    """Load a model's modules.

    Raises:
        EncoderError: it is damaged.
    """
    quiet()
    try:
        return SentenceTransformer(
            str(folder.path), device="cpu", model_kwargs={"dtype": precision}
        ).eval()
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EncoderError(f"{folder.path}: not a usable model: {reason}") from error


def quiet() -> None:
    """Keep the libraries' own progress bars from people, to whom they say nothing."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)


def library_tokenizer(tokenizer: object) -> Tokenizer | None:
    """Return a copy of the fast tokenizer in one of transformers' without limit and padding.

    None when it is of another kind.
    """
    own = getattr(tokenizer, "backend_tokenizer", None)
    if not isinstance(own, Tokenizer):
        return None
    # Loading it again leaves the limit and the padding of its owner alone.
    copy: Tokenizer = Tokenizer.from_str(own.to_str())
    copy.no_padding()
    copy.no_truncation()
    return copy


def own_prompts(model: SentenceTransformer) -> dict[TextKind, str]:
    """Return the prompts that a model says it wants, empty where it says nothing."""
    return {
        "query": _first(model, "query"),
        "passage": _first(model, "passage", "document"),
    }


def _first(model: SentenceTransformer, *names: str) -> str:
    return next((prompt for name in names if (prompt := model.prompts.get(name))), "")


def torch_precision(settings: IndexSettings) -> "dtype":
    """Return the precision that torch computes in on this processor.

    Raises:
        EncoderError: bfloat16 is configured and the processor does not multiply it.
    """
    able = torch.cpu.get_capabilities()
    native = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    precision = settings.inference_precision(native_bf16=native)
    return torch.bfloat16 if precision == "bf16" else torch.float32
