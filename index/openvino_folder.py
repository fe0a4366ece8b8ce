"""Where a model's OpenVINO form is kept: made once per fingerprint, in the user's cache folder.

    model.xml, model.bin   the graph, from the embeddings of tokens to a vector of length 1
    rows.npy               (vocabulary, hidden) the embeddings of tokens, memory-mapped
    tokenizer*             see index.tokenizing
    facts.json             `ExportFacts`

A model that cannot be exported leaves `facts.json` alone, with the reason.
"""

import hashlib
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from index.bundled import cache_directory
from index.cached_folder import cached_folder
from index.errors import EncoderError

if TYPE_CHECKING:
    from index.encoders import ModelFolder

# Raise it whenever the same model would be exported into different files.
FORMAT = 4
GRAPH = "model.xml"
ROWS = "rows.npy"
FACTS = "facts.json"

_log = logging.getLogger(__name__)


class ExportError(Exception):
    """A model has no OpenVINO form; another way to encode has to be taken."""


class ExportFacts(BaseModel):
    """What is known of an exported model without its weights.

    Attributes:
        refused: why the model cannot be exported; None when it could.
        dimension: length of a vector.
        max_tokens: how many tokens the model sees, special ones included.
        padding: number of the token that fills a batch up.
        before: special tokens before a text's own.
        after: special tokens after them.
        query_prompt: what the model wants before a question.
        passage_prompt: what it wants before a passage.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    refused: str | None = None
    dimension: int = 0
    max_tokens: int = 0
    padding: int = 0
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    query_prompt: str = ""
    passage_prompt: str = ""


def exported_model(model: "ModelFolder", cache: Path | None = None) -> Path:
    """Return the folder of a model's OpenVINO form, exported on the first call.

    Args:
        model: the model.
        cache: where to keep it; None means `cache_directory()`.

    Raises:
        EncoderError: the model is damaged, or the cache cannot be written.
        ExportError: the model cannot be exported.
    """
    cache = cache if cache is not None else cache_directory()
    digest = hashlib.blake2b(f"{FORMAT}|{model.fingerprint}".encode(), digest_size=8).hexdigest()
    try:
        folder = cached_folder(
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


def read_facts(folder: Path) -> ExportFacts:
    """Return the facts of an exported model.

    Raises:
        EncoderError: they are missing or damaged.
    """
    try:
        return ExportFacts.model_validate_json((folder / FACTS).read_bytes())
    except (OSError, ValidationError) as error:
        raise damaged(folder) from error


def write_facts(folder: Path, facts: ExportFacts) -> None:
    """Write the facts of an exported model."""
    (folder / FACTS).write_text(facts.model_dump_json(indent=2) + "\n", encoding="utf-8")


def damaged(folder: Path) -> EncoderError:
    """Return the error for an exported model that cannot be read."""
    return EncoderError(f"{folder}: damaged; remove this folder, and it is made again")


def _export(model: "ModelFolder", folder: Path) -> None:
    # It needs torch, which takes seconds to import; whoever finds the model exported does not.
    from index.openvino_export import export

    _log.info("preparing the model %s for this machine, once", model.name)
    try:
        write_facts(folder, export(model, folder))
    except ExportError as error:
        shutil.rmtree(folder)
        folder.mkdir()
        # Kept, so that it is not tried again at every start.
        write_facts(folder, ExportFacts(refused=str(error)))
