"""Exporting encoders and rerankers to OpenVINO. It needs torch; what it writes does not."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import CrossEncoder, SentenceTransformer
from tokenizers import Tokenizer

from index.encoders.model_resolver import ResolvedModel
from index.encoders.openvino.exported_model import (
    GRAPH,
    TOKEN_EMBEDDINGS,
    ExportError,
    ExportMetadata,
    write_facts,
)
from index.encoders.openvino.openvino_encoder import OpenVinoEncoder
from index.encoders.openvino.openvino_model import EMBEDDINGS, MASK, TOKENS
from index.encoders.openvino.openvino_reranker import OpenVinoReranker
from index.encoders.openvino.runtime import openvino
from index.encoders.openvino.tokenizer import write_tokenizer
from index.encoders.openvino.weight_compression import compress_weights
from index.encoders.passage_reading import SPAN_LOGITS, PassageReading
from index.encoders.torch_encoder import (
    SentenceTransformerEncoder,
    library_tokenizer,
    load_sentence_transformer,
    own_prompts,
)
from index.encoders.torch_reranker import TorchReranker, load_cross_encoder
from index.settings import IndexSettings, TextKind

# Vectors of the exported model must be torch's; float32 sums in another order differ by less.
_TOLERANCE = 2e-3
# Logits are not scaled to length 1; those of the bundled reranker go up to about 15.
_LOGIT_TOLERANCE = 2e-2
# What 8-bit weights may change a logit by, as a share of the range that the samples' logits have.
_COMPRESSED_TOLERANCE = 0.1
# Of several lengths and scripts, in upper case too, one longer than any model sees.
_SAMPLES = (
    "دریای خزر",
    "The Caspian Sea, 1404?",
    "رئیس دانشگاه گفت چند دانشجو در آستراخان درس می‌خوانند؟",
    "😀 Каспий é",
    "",
    "خزر sea " * 5000,
)


class _Vectors(torch.nn.Module):
    """All of a model's parts, from tokens to vectors."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        vectors: torch.Tensor = self.model(features)["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=-1)


class _Logits(torch.nn.Module):
    """All of a cross-encoder's parts, from tokens to logits; of tokens too, where it points."""

    def __init__(self, model: CrossEncoder, *, points: bool) -> None:
        super().__init__()
        self.model = model
        self.outputs = ("scores", SPAN_LOGITS) if points else ("scores",)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        found: dict[str, torch.Tensor] = self.model(features)
        return tuple(found[name] for name in self.outputs)


def export_encoder(folder: ResolvedModel, out: Path) -> None:
    """Write an encoder's OpenVINO form into an empty folder.

    Args:
        folder: the model.
        out: where to write.

    Raises:
        EncoderError: the model is damaged.
        ExportError: the model cannot be exported, or the result is not the same.
        OSError: the folder cannot be written.
    """
    model = load_sentence_transformer(folder, torch.float32)
    settings = _comparing()
    reference = SentenceTransformerEncoder(model, folder, settings)
    tokenizer = _tokenizer(model.tokenizer)
    _write(out, _Vectors(model), tokenizer, _facts(model, tokenizer, reference))
    _compare(reference, OpenVinoEncoder(out, folder, settings))


def export_reranker(folder: ResolvedModel, out: Path) -> None:
    """Write a cross-encoder's OpenVINO form into an empty folder.

    Args:
        folder: the model.
        out: where to write.

    Raises:
        EncoderError: the model is damaged, or no reranker.
        ExportError: the model cannot be exported, or the result is not the same.
        OSError: the folder cannot be written.
    """
    model = load_cross_encoder(folder, torch.float32)
    settings = _comparing()
    reference = TorchReranker(model, settings)
    facts = ExportMetadata(
        dimension=1,
        points=reference.points,
        max_tokens=reference.template.max_tokens,
        padding=reference.padding,
        prefix_tokens=reference.template.prefix,
        between_tokens=reference.template.between,
        suffix_tokens=reference.template.suffix,
        query_prompt=reference.prompts[0],
        passage_prompt=reference.prompts[1],
    )
    module = _Logits(model, points=reference.points)
    graph = _write(out, module, _tokenizer(model.tokenizer), facts)
    pairs = [(question, passage) for question in _SAMPLES for passage in _SAMPLES]
    expected = _all_logits(reference.read(pairs))
    converted = _all_logits(OpenVinoReranker(out, settings).read(pairs))
    for found, own in zip(converted, expected, strict=True):
        if not np.allclose(own, found, atol=_LOGIT_TOLERANCE):
            raise ExportError("the exported model gives other scores")
    # Only now: what 8 bits change must not hide what the conversion did.
    if compress_weights(graph):
        openvino.save_model(graph, out / GRAPH, compress_to_fp16=False)
        rounded = _all_logits(OpenVinoReranker(out, settings).read(pairs))
        for found, own in zip(rounded, expected, strict=True):
            if not np.allclose(own, found, atol=_COMPRESSED_TOLERANCE * float(np.ptp(own))):
                raise ExportError("with 8-bit weights the exported model gives other scores")


def convert_encoder(folder: ResolvedModel) -> Any:
    """Return an encoder as OpenVINO converts it by itself, with all that it holds.

    Raises:
        EncoderError: the model is damaged.
        ExportError: the model cannot be converted.
    """
    return _convert(_Vectors(load_sentence_transformer(folder, torch.float32)))


def convert_reranker(folder: ResolvedModel) -> Any:
    """Return a cross-encoder as OpenVINO converts it by itself, with all that it holds.

    Raises:
        EncoderError: the model is damaged, or no reranker.
        ExportError: the model cannot be converted.
    """
    model = load_cross_encoder(folder, torch.float32)
    return _convert(_Logits(model, points=TorchReranker(model, _comparing()).points))


def _all_logits(readings: Sequence[PassageReading]) -> list[NDArray[np.float32]]:
    """Return the scores and, where the model points, the logits of first and last tokens."""
    spans = [reading.span for reading in readings if reading.span is not None]
    logits = [np.array([reading.score for reading in readings], np.float32)]
    if spans:
        logits.append(np.concatenate([span.starts for span in spans]))
        logits.append(np.concatenate([span.ends for span in spans]))
    return logits


def _comparing() -> IndexSettings:
    """Return settings for comparing the two forms of a model.

    What is compared is the conversion, which serves every precision: both compute in float32.
    """
    return IndexSettings.model_validate({}).model_copy(update={"precision": "f32"})


def _write(out: Path, module: torch.nn.Module, tokenizer: Tokenizer, facts: ExportMetadata) -> Any:
    """Write the files of a model; return its graph."""
    graph = _convert(module)
    rows = _take_rows(graph)
    # What float16 holds without loss, as the bundled model's, is kept in it.
    halves = rows.astype(np.float16)
    np.save(
        out / TOKEN_EMBEDDINGS, halves if np.array_equal(halves.astype(rows.dtype), rows) else rows
    )
    openvino.save_model(graph, out / GRAPH, compress_to_fp16=False)
    write_tokenizer(tokenizer, out)
    write_facts(out, facts)
    return graph


def _facts(
    model: SentenceTransformer, tokenizer: Tokenizer, reference: SentenceTransformerEncoder
) -> ExportMetadata:
    encoded = tokenizer.encode("a")
    own = [at for at, special in enumerate(encoded.special_tokens_mask) if not special]
    padding = getattr(model.tokenizer, "pad_token_id", None)
    if not own or padding is None:
        raise ExportError("its tokenizer has no padding, or no token for the letter a")
    prompts = own_prompts(model)
    return ExportMetadata(
        dimension=reference.dimension,
        max_tokens=model.max_seq_length or 512,
        padding=padding,
        prefix_tokens=tuple(encoded.ids[: own[0]]),
        suffix_tokens=tuple(encoded.ids[own[-1] + 1 :]),
        query_prompt=prompts["query"],
        passage_prompt=prompts["passage"],
    )


def _tokenizer(own: object) -> Tokenizer:
    tokenizer = library_tokenizer(own)
    if tokenizer is None:
        raise ExportError("its tokenizer is not one of the library tokenizers")
    return tokenizer


def _convert(module: torch.nn.Module) -> Any:
    # At the top it would be sorted before `openvino.runtime`, and bring OpenVINO's tools.
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    example = torch.tensor([[5, 6, 7, 8], [5, 6, 7, 8]])
    inputs = {TOKENS: example, MASK: torch.ones_like(example)}
    try:
        with torch.no_grad(), _silence():
            frontend = openvino.frontend.FrontEndManager().load_by_framework("pytorch")
            traced = TorchScriptPythonDecoder(module, example_input=inputs)
            return frontend.convert(frontend.load(traced))
    except (openvino.frontend.OpConversionFailure, RuntimeError, TypeError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ExportError(f"OpenVINO cannot convert it: {reason}") from error


@contextmanager
def _silence() -> Iterator[None]:
    """Keep from people what tracing says of every size and every attribute that it sees."""
    loggers = [logging.getLogger(name) for name in ("sentence_transformers", "transformers")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _take_rows(graph: Any) -> NDArray[np.float32]:
    """Take the embeddings of tokens out of a graph, which then gets what was looked up in them.

    They are most of a multilingual model and hardly any of them is needed for a text: outside the
    graph they stay in a file, and only the rows that are looked up come into memory.
    """
    lookups = [
        (operation, constant)
        for operation in graph.get_ordered_ops()
        if operation.get_type_name() == "Gather"
        and (constant := _constant(operation)) is not None
        and _comes_from_tokens(operation)
    ]
    if not lookups:
        raise ExportError("its embeddings of tokens are not found")
    lookup, constant = max(lookups, key=lambda pair: int(np.prod(pair[1].get_output_shape(0))))
    rows: NDArray[np.float32] = np.array(constant.data, dtype=np.float32)
    parameter = openvino.opset13.parameter([-1, -1, rows.shape[1]], np.float32, name=EMBEDDINGS)
    parameter.output(0).set_names({EMBEDDINGS})
    for target in lookup.output(0).get_target_inputs():
        target.replace_source_output(parameter.output(0))
    graph.add_parameters([parameter])
    graph.validate_nodes_and_infer_types()
    return rows


def _constant(operation: Any) -> Any:
    """Return the two-dimensional constant that a lookup is made in, or None."""
    node = operation.input_value(0).get_node()
    while node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    is_table = node.get_type_name() == "Constant" and len(node.get_output_shape(0)) == 2
    return node if is_table else None


def _comes_from_tokens(operation: Any) -> bool:
    node = operation.input_value(1).get_node()
    while node.get_type_name() == "Convert":
        node = node.input_value(0).get_node()
    return node.get_type_name() == "Parameter" and TOKENS in node.output(0).get_names()


def _compare(reference: SentenceTransformerEncoder, exported: OpenVinoEncoder) -> None:
    """Raise ExportError unless both encode alike."""
    if exported.max_tokens != reference.max_tokens:
        raise ExportError("the exported model sees another number of tokens")
    kinds: tuple[TextKind, ...] = ("query", "passage")
    for kind in kinds:
        expected, found = reference.encode(_SAMPLES, kind), exported.encode(_SAMPLES, kind)
        if not np.allclose(expected, found, atol=_TOLERANCE):
            raise ExportError("the exported model gives other vectors")
    if exported.count_tokens(_SAMPLES) != reference.count_tokens(_SAMPLES):
        raise ExportError("the exported tokenizer counts otherwise")
