"""Rerankers: a question and passages in, a relevance score and the answer's place out."""

import logging
from collections.abc import Sequence
from typing import Protocol

from index.encoders.model_resolver import resolve_reranker
from index.encoders.passage_reading import PassageReading
from index.progress import PREPARING, ProgressCallback
from index.settings import NO_RERANKER, IndexSettings, RerankerSettings

__all__ = ["Reranker", "load_reranker", "prepare_reranker"]

_log = logging.getLogger(__name__)


class Reranker(Protocol):
    """Reads a question together with each passage, where an encoder reads them apart."""

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """Return the reading of each (question, passage) pair."""


def load_reranker(name: str, settings: IndexSettings) -> Reranker:
    """Load a cross-encoder: by OpenVINO, which is the faster, or else by torch.

    Args:
        name: "bundled", a hub id, or a folder in sentence-transformers' CrossEncoder form.
        settings: batch size, threads and precision.

    Raises:
        EncoderError: the model is not on this machine and cannot be fetched, or is damaged, or the
            processor does not multiply in the configured precision.
    """
    # OpenVINO and torch take long to import; what merely mentions rerankers must not pay for them.
    from index.encoders.openvino.export_cache import exported_model
    from index.encoders.openvino.exported_model import ExportError
    from index.encoders.openvino.openvino_reranker import OpenVinoReranker

    model = resolve_reranker(name, settings)
    try:
        return OpenVinoReranker(exported_model(model, "reranker"), settings)
    except ExportError as error:
        _log.warning("%s reranks in torch, which is slower: %s", model.name, error)
    from index.encoders.torch_reranker import load_torch_reranker

    return load_torch_reranker(model, settings)


def prepare_reranker(
    settings: RerankerSettings, index_settings: IndexSettings, on_progress: ProgressCallback
) -> None:
    """Make now what the first reranked question would wait a minute for, where it is not there.

    Raises:
        EncoderError: see `load_reranker`.
    """
    if settings.reranker == NO_RERANKER:
        return
    on_progress(PREPARING, 0, None)
    load_reranker(settings.reranker, index_settings)
