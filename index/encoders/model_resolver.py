"""Models on this machine: where the configured one is, and what tells it from others."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from index.encoders.bundled.unpacking import (
    ENCODER_ADAPTER,
    RERANKER_ADAPTER,
    bundled_model,
)
from index.errors import EncoderError
from index.settings import IndexSettings
from index.text.encoder_text import SPELLING

# The bundled model with this project's adapter (docs/training.md), and as it was published.
BUNDLED, ORIGINAL = "bundled", "bundled-original"

# What some hub repositories carry besides the weights that are loaded.
_NOT_NEEDED = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack"]


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model on this machine.

    Attributes:
        name: the model as configured: "bundled", "bundled-original", a hub id or a folder.
        path: its sentence-transformers folder.
        version: changes whenever one of its files does.
        text_rules: what is done to a text first: its spelling, and configured prompts.
    """

    name: str
    path: Path
    version: str
    text_rules: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A name that changes whenever the same text could get another vector.

        Precision is not part of it: an index may be built on one machine and asked on another.
        """
        return "|".join([self.version, *self.text_rules])


def resolve_model(settings: IndexSettings) -> ResolvedModel:
    """Find the configured model on this machine; a hub id is downloaded when it is not there.

    Raises:
        EncoderError: it is neither here nor can it be fetched.
    """
    name = settings.encoder
    if name in (BUNDLED, ORIGINAL):
        folder = bundled_model(adapter=ENCODER_ADAPTER if name == BUNDLED else None)
        # The folder's name carries the checksum of all that it was made from.
        version = folder.name
    else:
        folder, version = _located(name, settings, "[index] encoder")
    prompts = {"query": settings.query_prompt, "passage": settings.passage_prompt}
    configured = (f"{kind}={prompt}" for kind, prompt in prompts.items() if prompt is not None)
    return ResolvedModel(name, folder, version, (SPELLING, *configured))


def resolve_reranker(name: str, settings: IndexSettings) -> ResolvedModel:
    """Find a reranker on this machine; a hub id is downloaded when it is not there.

    Args:
        name: "bundled", a hub id, or a folder; a relative one is relative to config.toml's.
        settings: where config.toml is.

    Raises:
        EncoderError: it is neither here nor can it be fetched.
    """
    if name == BUNDLED:
        folder = bundled_model(adapter=RERANKER_ADAPTER)
        return ResolvedModel(name, folder, folder.name)
    folder, version = _located(name, settings, "[retrieval] reranker")
    return ResolvedModel(name, folder, version)


def _located(name: str, settings: IndexSettings, key: str) -> tuple[Path, str]:
    """Return the folder of a model that is not bundled, and its version."""
    if (folder := settings.path(name)).is_dir():
        return folder, _checksum(folder)
    folder = _from_hub(name, key)
    # The hub's cache names a snapshot's folder after its commit.
    return folder, f"{name}@{folder.name}"


def _from_hub(name: str, key: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, ignore_patterns=_NOT_NEEDED))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise EncoderError(
            f"{name}: no such folder, and no such model in this machine's hub cache or within "
            f'reach; set {key} to "{BUNDLED}" or to a model\'s folder'
        ) from error


def _checksum(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "blake2b").digest()
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content)
    return digest.hexdigest()
