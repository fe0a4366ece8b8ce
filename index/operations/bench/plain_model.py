"""The encoder as other libraries use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.model_resolver import resolve_model
from index.settings import IndexSettings, TextKind


@dataclass(frozen=True, slots=True)
class PlainModel:
    """A model in sentence-transformers.

    Attributes:
        folder: where it is.
        prompts: what it wants before texts.
        model: the `SentenceTransformer`.
    """

    folder: str
    prompts: dict[TextKind, str]
    model: Any

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1."""
        prompted = [self.prompts[kind] + text for text in texts]
        vectors: NDArray[np.float32] = self.model.encode(
            prompted, show_progress_bar=False, normalize_embeddings=True
        )
        return vectors


def load_plain_model(settings: IndexSettings) -> PlainModel:
    """Load the configured encoder in torch.

    Raises:
        EncoderError: the model is not on this machine and cannot be fetched.
    """
    from sentence_transformers import SentenceTransformer

    from index.encoders.torch_encoder import own_prompts, quiet

    quiet()
    folder = str(resolve_model(settings).path)
    model = SentenceTransformer(folder, device="cpu")
    return PlainModel(folder, settings.prompts(own_prompts(model)), model)
