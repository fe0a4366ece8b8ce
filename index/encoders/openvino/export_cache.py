"""Models in their OpenVINO form, each made once and kept in the user's cache folder.

A model that cannot be exported leaves `facts.json` alone, with the reason.
"""

import hashlib
import logging
import shutil
from pathlib import Path

from index.cache import cache_directory, get_or_create_folder
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
    """Return the folder of a model's OpenVINO form, exported on the first call.

    Configured prompts make no difference to it: they are put before texts by the encoder.

    Args:
        model: the model.
        cache: where to keep it; None means `cache_directory()`.

    Raises:
        EncoderError: the model is damaged, or the cache cannot be written.
        ExportError: the model cannot be exported.
    """
    cache = cache if cache is not None else cache_directory()
    digest = hashlib.blake2b(f"{FORMAT}|{model.version}".encode(), digest_size=8).hexdigest()
    try:
        folder = get_or_create_folder(
            cache / f"openvino-{digest}", lambda partial: _export(model, partial)
        )
    except OSError as error:
        raise EncoderError(
            f"the model {model.name} cannot be prepared in {cache}: {error.strerror or error}; "
            "free some space (300 MB) or set KHAZAR_CACHE to a folder that can be written"
        ) from error
    if refused := read_facts(folder).refused:
        raise ExportError(refused)
    return folder


def _export(model: ResolvedModel, folder: Path) -> None:
    # It needs torch, which takes seconds to import; whoever finds the model exported does not.
    from index.encoders.openvino.export import export

    _log.info("preparing the model %s for this machine, once", model.name)
    try:
        export(model, folder)
    except ExportError as error:
        shutil.rmtree(folder)
        folder.mkdir()
        # Kept, so that it is not tried again at every start.
        write_facts(folder, ExportMetadata(refused=str(error)))
