"""The files of a model that was exported to OpenVINO.

    model.xml, model.bin   the graph, from the embeddings of tokens to a vector of length 1, or to
                           the logit of a pair, and perhaps to two logits of each token, for the
                           first and the last token of the answer
    rows.npy               (vocabulary, hidden) the embeddings of tokens, read row by row
    tokenizer*             see index.encoders.openvino.tokenizer
    facts.json             `ExportMetadata`
    compiled/              by precision, the graph as it is best computed in it, and what OpenVINO
                           made of it for this processor

A folder of a model that cannot be exported has `facts.json` alone.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import EncoderError

# Raise it whenever the same model would be exported into different files.
FORMAT = 13
GRAPH = "model.xml"
TOKEN_EMBEDDINGS = "rows.npy"
FACTS = "facts.json"
COMPILED = "compiled"


class ExportError(Exception):
    """A model has no OpenVINO form; another way to encode has to be taken."""


class ExportMetadata(BaseModel):
    """Facts about an exported model, apart from its weights.

    Attributes:
        error: why the model cannot be exported; None when it could.
        dimension: length of a vector; 1 for a reranker.
        points: whether a reranker tells where the answer is.
        max_tokens: how many tokens the model sees, special ones included.
        padding: number of the token that fills a batch up.
        prefix_tokens: special tokens before a text's own.
        between_tokens: special tokens between the two texts of a pair.
        suffix_tokens: special tokens after the text or the pair.
        query_prompt: what the model wants before a question.
        passage_prompt: what it wants before a passage.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    error: str | None = None
    dimension: int = 0
    points: bool = False
    max_tokens: int = 0
    padding: int = 0
    prefix_tokens: tuple[int, ...] = ()
    between_tokens: tuple[int, ...] = ()
    suffix_tokens: tuple[int, ...] = ()
    query_prompt: str = ""
    passage_prompt: str = ""


def read_facts(folder: Path) -> ExportMetadata:
    """Return the facts of an exported model.

    Raises:
        EncoderError: they are missing or damaged.
    """
    try:
        return ExportMetadata.model_validate_json((folder / FACTS).read_bytes())
    except (OSError, ValidationError) as error:
        raise damaged(folder) from error


def write_facts(folder: Path, facts: ExportMetadata) -> None:
    """Write the facts of an exported model."""
    (folder / FACTS).write_text(facts.model_dump_json(indent=2) + "\n", encoding="utf-8")


def damaged(folder: Path) -> EncoderError:
    """Return the error for an exported model that cannot be read."""
    return EncoderError(f"{folder}: damaged; remove this folder, and it is made again")
