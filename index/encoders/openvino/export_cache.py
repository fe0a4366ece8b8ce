"""Models in their OpenVINO form, each made once and kept in the user's cache folder.

A model that cannot be exported leaves `facts.json` alone, with the reason.
"""

import hashlib
import logging
import shutil
from pathlib import Path
from typing import Literal

from index.cache import cache_directory, get_or_create_folder, link_identical_files
from index.encoders.model_resolver import ResolvedModel
from index.encoders.openvino.exported_model import (
    COMPILED,
    FORMAT,
    ExportError,
    ExportMetadata,
    read_facts,
    write_facts,
)
from index.errors import EncoderError

ModelKind = Literal["encoder", "reranker"]

_log = logging.getLogger(__name__)


def exported_model(model: ResolvedModel, kind: ModelKind, cache: Path | None = None) -> Path:
    """Return the folder of a model's OpenVINO form, exported on the first call.

    Configured prompts make no difference to it: they are put before texts by the encoder.

    Args:
        model: the model.
        kind: what it is exported as.
        cache: where to keep it; None means `cache_directory()`.

    Raises:
        EncoderError: the model is damaged, or the cache cannot be written.
        ExportError: the model cannot be exported.
    """
    cache = cache if cache is not None else cache_directory()
    digest = hashlib.blake2b(f"{FORMAT}|{model.version}".encode(), digest_size=8).hexdigest()

    def make(partial: Path) -> None:
        # As a warning, which is told without any set-up: it takes a minute.
        _log.warning("preparing the %s %s for this machine, once", kind, model.name)
        try:
            _export(model, kind, partial)
        except ExportError as error:
            shutil.rmtree(partial)
            partial.mkdir()
            # Kept, so that it is not tried again at every start.
            write_facts(partial, ExportMetadata(error=str(error)))
        # Of the comparison with torch; under another path it would not be found again.
        shutil.rmtree(partial / COMPILED, ignore_errors=True)
        # The bundled models have one vocabulary and its embeddings, 220 MB.
        link_identical_files(partial, cache.glob("openvino-*"))

    try:
        folder = get_or_create_folder(cache / f"openvino-{digest}", make)
    except OSError as error:
        raise EncoderError(
            f"the model {model.name} cannot be prepared in {cache}: {error.strerror or error}; "
            "free some space (600 MB) or set KHAZAR_CACHE to a folder that can be written"
        ) from error
    if error_text := read_facts(folder).error:
        raise ExportError(error_text)
    return folder


def _export(model: ResolvedModel, kind: ModelKind, out: Path) -> None:
    # It needs torch, which takes seconds to import; whoever finds the model exported does not.
    from index.encoders.openvino import export

    if kind == "encoder":
        export.export_encoder(model, out)
    else:
        export.export_reranker(model, out)
