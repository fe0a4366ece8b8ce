"""Encoders: texts in, normalised vectors out."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from index.bundled import ADAPTER, bundled_model
from index.errors import EncoderError
from index.settings import IndexSettings

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# The bundled model with this project's adapter (docs/training.md), and as it was published.
BUNDLED, ORIGINAL = "bundled", "bundled-original"
TextKind = Literal["query", "passage"]

# What some hub repositories carry besides the weights that are loaded.
_NOT_NEEDED = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack"]


class Encoder(Protocol):
    """Turns texts into vectors whose inner products say how close their meanings are."""

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1."""


class PassageEncoder(Encoder, Protocol):
    """An encoder that says enough of itself to build an index with it.

    Attributes:
        name: the model as configured.
        fingerprint: see `ModelFolder`.
        max_tokens: how many tokens of a passage it sees.
    """

    name: str
    fingerprint: str
    max_tokens: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on this machine.

    Attributes:
        name: the model as configured: "bundled", "bundled-original", a hub id or a folder.
        path: its sentence-transformers folder.
        fingerprint: changes whenever the same text could get another vector. Precision is not
            part of it: an index may be built on one machine and asked on another.
    """

    name: str
    path: Path
    fingerprint: str


class SentenceTransformerEncoder:
    """Any sentence-transformers model, with its own prompts for queries and passages.

    Attributes:
        name: the model as configured.
        fingerprint: see `ModelFolder`.
        dimension: length of a vector.
        max_tokens: how many tokens of a passage the model sees, its prompt not counted.
    """

    def __init__(self, model: "SentenceTransformer", folder: ModelFolder, settings: IndexSettings):
        self.name = folder.name
        self.fingerprint = folder.fingerprint
        self._model = model
        self._batch_size = settings.batch_size
        self._prompts: dict[TextKind, str] = {
            "query": _prompt(model, ("query",), settings.query_prompt),
            "passage": _prompt(model, ("passage", "document"), settings.passage_prompt),
        }
        dimension = model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(f"{self.name}: the model does not say how long its vectors are")
        self.dimension: int = dimension
        overhead = len(model.tokenizer(self._prompts["passage"])["input_ids"])
        self.max_tokens: int = (model.max_seq_length or 512) - overhead

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1; see `Encoder`."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
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
        encoded = self._model.tokenizer(
            list(texts), add_special_tokens=False, truncation=False, verbose=False
        )
        return [len(ids) for ids in encoded["input_ids"]]


def find_model(settings: IndexSettings) -> ModelFolder:
    """Find the configured model on this machine; a hub id is downloaded when it is not there.

    Raises:
        EncoderError: it is neither here nor can it be fetched.
    """
    name = settings.encoder
    if name in (BUNDLED, ORIGINAL):
        folder = bundled_model(adapter=ADAPTER if name == BUNDLED else None)
        # The folder's name carries the checksum of all that it was made from.
        fingerprint = folder.name
    elif (folder := settings.path(name)).is_dir():
        fingerprint = _checksum(folder)
    else:
        folder = _from_hub(name)
        # The hub's cache names a snapshot's folder after its commit.
        fingerprint = f"{name}@{folder.name}"
    prompts = {"query": settings.query_prompt, "passage": settings.passage_prompt}
    configured = [f"{kind}={prompt}" for kind, prompt in prompts.items() if prompt is not None]
    return ModelFolder(name, folder, "|".join([fingerprint, *configured]))


def load_encoder(settings: IndexSettings) -> SentenceTransformerEncoder:
    """Load the configured model.

    Raises:
        EncoderError: the model is not on this machine and cannot be fetched, or is damaged.
    """
    folder = find_model(settings)
    # torch takes seconds to import; nothing that merely mentions encoders should pay for it.
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    if settings.threads:
        torch.set_num_threads(settings.threads)
    # Loading prints progress bars of its own, which say nothing to a person who asks.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    try:
        model = SentenceTransformer(str(folder.path), model_kwargs={"dtype": _precision()})
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EncoderError(f"{folder.path}: not a usable model: {reason}") from error
    return SentenceTransformerEncoder(model.eval(), folder, settings)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, ignore_patterns=_NOT_NEEDED))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise EncoderError(
            f"{name}: no such folder, and no such model in this machine's hub cache or within "
            f'reach; set [index] encoder to "{BUNDLED}" or to a model\'s folder'
        ) from error


def _checksum(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "blake2b").digest()
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content)
    return digest.hexdigest()


def _precision() -> "torch.dtype":
    """Return bfloat16 where the processor multiplies it natively, else float32."""
    import torch

    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


def _prompt(model: "SentenceTransformer", names: Sequence[str], configured: str | None) -> str:
    if configured is not None:
        return configured
    own = (model.prompts.get(name) for name in names)
    return next((prompt for prompt in own if prompt), "")
