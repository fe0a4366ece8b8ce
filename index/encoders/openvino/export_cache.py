"""Models in their OpenVINO form, each made once and kept in the user's cache folder.

A model that cannot be exported leaves `facts.json` alone, with the reason.
"""

import hashlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from index.cache import cache_directory, get_or_create_folder, link_identical_files
from index.encoders.model_resolver import ResolvedModel
from index.encoders.openvino.exported_model import (
    FORMAT,
    ExportError,
    ExportMetadata,
    read_facts,
    write_facts,
)
from index.errors import EncoderError

_log = logging.getLogger(__name__)


def exported_model(model: ResolvedModel, cache: Path | None = None) -> Path:
    """Return the folder of an encoder's OpenVINO form, exported on the first call.

    Configured prompts make no difference to it: they are put before texts by the encoder.

    Args:
        model: the model.
        cache: where to keep it; None means `cache_directory()`.

    Raises:
        EncoderError: the model is damaged, or the cache cannot be written.
        ExportError: the model cannot be exported.
    """

    def export(partial: Path) -> None:
        # It needs torch, which takes seconds to import; whoever finds the model exported does not.
        from index.encoders.openvino.export import export_encoder

        export_encoder(model, partial)

    return _exported(model, export, cache)


def exported_reranker(model: ResolvedModel, cache: Path | None = None) -> Path:
    """Return the folder of a cross-encoder's OpenVINO form, exported on the first call.

    Args:
        model: the model.
        cache: where to keep it; None means `cache_directory()`.

    Raises:
        EncoderError: the model is damaged, or the cache cannot be written.
        ExportError: the model cannot be exported.
    """

    def export(partial: Path) -> None:
        from index.encoders.openvino.export import export_reranker

        export_reranker(model, partial)

    return _exported(model, export, cache)


def _exported(model: ResolvedModel, export: Callable[[Path], None], cache: Path | None) -> Path:
    cache = cache if cache is not None else cache_directory()
    digest = hashlib.blake2b(f"{FORMAT}|{model.version}".encode(), digest_size=8).hexdigest()

    def make(partial: Path) -> None:
        # As a warning, which is told without any set-up: it takes a minute.
        _log.warning("preparing the model %s for this machine, once", model.name)
        try:
            export(partial)
        except ExportError as error:
            shutil.rmtree(partial)
            partial.mkdir()
            # Kept, so that it is not tried again at every start.
            write_facts(partial, ExportMetadata(error=str(error)))
        # The bundled models have one vocabulary and its embeddings, 220 MB.
        link_identical_files(partial, cache.glob("openvino-*"))

    try:
        folder = get_or_create_folder(cache / f"openvino-{digest}", make)
    except OSError as error:
        raise EncoderError(
            f"the model {model.name} cannot be prepared in {cache}: {error.strerror or error}; "
            "free some space (300 MB) or set KHAZAR_CACHE to a folder that can be written"
        ) from error
    if error_text := read_facts(folder).error:
        raise ExportError(error_text)
    return folder
