"""Encoders: texts in, normalised vectors out."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.bundled import ADAPTER, bundled_model
from index.errors import EncoderError
from index.openvino_folder import ExportError
from index.settings import IndexSettings, TextKind

__all__ = [
    "Encoder",
    "ModelFolder",
    "PassageEncoder",
    "TextKind",
    "find_model",
    "load_encoder",
]

_log = logging.getLogger(__name__)

# The bundled model with this project's adapter (docs/training.md), and as it was published.
BUNDLED, ORIGINAL = "bundled", "bundled-original"

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


def load_encoder(settings: IndexSettings) -> PassageEncoder:
    """Load the configured model: by OpenVINO, which is the faster, or else by torch.

    Raises:
        EncoderError: the model is not on this machine and cannot be fetched, or is damaged.
    """
    # OpenVINO and torch take long to import; what merely mentions encoders must not pay for them.
    from index.openvino_encoder import OpenVinoEncoder
    from index.openvino_folder import exported_model

    folder = find_model(settings)
    try:
        return OpenVinoEncoder(exported_model(folder), folder, settings)
    except ExportError as error:
        _log.warning("%s is encoded by torch, which is slower: %s", folder.name, error)
    from index.torch_encoder import load_torch_encoder

    return load_torch_encoder(folder, settings)


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
