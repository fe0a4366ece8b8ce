"""Encoders: texts in, normalised vectors out."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoders.model_resolver import resolve_model
from index.settings import IndexSettings, TextKind

__all__ = [
    "Encoder",
    "EncoderLoader",
    "PassageEncoder",
    "TextKind",
    "load_encoder",
]

_log = logging.getLogger(__name__)


class Encoder(Protocol):
    """Turns texts into vectors whose inner products say how close their meanings are."""

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1."""


class PassageEncoder(Encoder, Protocol):
    """An encoder that says enough of itself to build an index with it.

    Attributes:
        name: the model as configured.
        fingerprint: see `ResolvedModel`.
    """

    name: str
    fingerprint: str

    @property
    def max_tokens(self) -> int:
        """The number of tokens of a passage that it sees, without the prompt."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""


EncoderLoader = Callable[[IndexSettings], PassageEncoder]


def load_encoder(settings: IndexSettings, warmup_texts: Sequence[str] = ()) -> PassageEncoder:
    """Load the configured model with OpenVINO, which is faster, or else with torch.

    Args:
        settings: which model, and how it is used.
        warmup_texts: questions that come next; what they need is loaded, too.

    Raises:
        EncoderError: the model is not on this machine and cannot be fetched, or is damaged, or the
            processor does not multiply in the configured precision.
    """
    # OpenVINO and torch take long to import; what merely mentions encoders must not pay for them.
    from index.encoders.openvino.export_cache import exported_model
    from index.encoders.openvino.exported_model import ExportError
    from index.encoders.openvino.openvino_encoder import OpenVinoEncoder

    folder = resolve_model(settings)
    try:
        return OpenVinoEncoder(exported_model(folder, "encoder"), folder, settings, warmup_texts)
    except ExportError as error:
        _log.warning("%s is encoded by torch, which is slower: %s", folder.name, error)
    from index.encoders.torch_encoder import load_torch_encoder

    return load_torch_encoder(folder, settings)
