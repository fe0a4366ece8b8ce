"""Writing a packed model as an encoder's or a cross-encoder's folder, without torch."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save_file
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    normalizers,
    pre_tokenizers,
    processors,
)
from tokenizers.models import Unigram

from index.encoders.bundled.adapter import Adapter
from index.encoders.bundled.charsmap import compile_charsmap
from index.encoders.bundled.packed_model import Architecture, PackedModel, PackedVocabulary
from index.encoders.passage_reading import SPAN_LOGITS

MAX_TOKENS = 512
# The reranker was trained on passages of up to 208 tokens beside a question.
MAX_PAIR_TOKENS = 232

# `Precompiled` replaces a whole grapheme cluster (of up to 5 bytes) by what its first character
# becomes, and so loses the marks on it. U+0001, which normalisation removes, parts the two first.
_BREAK = "\u0001"
_MARKS = Regex(r"(?!\A)(?=[\p{M}\x{200C}\x{200D}\x{0E33}\x{0EB3}\x{FF9E}\x{FF9F}])")

_PROMPTS = {"query": "query: ", "passage": "passage: "}

# How the packed file names a layer's parts, and how a BERT model does.
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def write_model_folder(model: PackedModel, adapter: Adapter | None, folder: Path) -> None:
    """Write a packed model as a sentence-transformers folder.

    An adapter with a head makes a cross-encoder of it: a linear layer over the first token. One
    with a head for spans adds a layer over every token.

    Args:
        model: the packed model.
        adapter: what is added to its weights.
        folder: an empty folder.

    Raises:
        OSError: the folder cannot be written.
        ValueError: the packed model is damaged, or the adapter belongs to another.
    """
    weights = {
        name: (adapter.apply(name, tensor) if adapter else tensor).astype(np.float16)
        for name, tensor in model_weights(model)
    }
    # Mean pooling does not use BERT's pooler, but without one transformers warns at every loading.
    hidden = model.architecture.hidden
    weights["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float16)
    weights["pooler.dense.bias"] = np.zeros(hidden, np.float16)
    _save(weights, folder / "model.safetensors")
    head = adapter.head if adapter else None
    tokenizer = build_tokenizer(model.vocabulary).to_str()
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    span_head = adapter.span_head if adapter else None
    if head is None:
        own = _encoder_files(hidden)
    else:
        own = _reranker_files(hidden, points=span_head is not None)
    for name, content in (_settings_files(model.architecture, model.vocabulary) | own).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    if head is not None:
        weight, bias = head
        layer = {"linear.weight": weight.reshape(1, hidden), "linear.bias": bias.reshape(1)}
        _save(layer, folder / "2_Dense" / "model.safetensors")
    if span_head is not None:
        weight, bias = span_head
        layer = {"linear.weight": weight.reshape(2, hidden), "linear.bias": bias.reshape(2)}
        _save(layer, folder / "3_Dense" / "model.safetensors")


def _save(weights: Mapping[str, NDArray[Any]], path: Path) -> None:
    try:
        save_file(dict(weights), path, metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(str(error)) from error
    path.chmod(0o644)


def model_weights(model: PackedModel) -> list[tuple[str, NDArray[np.float32]]]:
    """Return the weights under the names of transformers' `BertModel`."""
    size = model.architecture
    shapes: list[tuple[str, str, tuple[int, ...]]] = [
        ("emb.word", "embeddings.word_embeddings.weight", (size.vocabulary, size.hidden)),
        ("emb.pos", "embeddings.position_embeddings.weight", (size.positions, size.hidden)),
        ("emb.type", "embeddings.token_type_embeddings.weight", (size.token_types, size.hidden)),
        ("emb.ln.w", "embeddings.LayerNorm.weight", (size.hidden,)),
        ("emb.ln.b", "embeddings.LayerNorm.bias", (size.hidden,)),
    ]
    for layer in range(size.layers):
        for short, long in _LAYER_PARTS.items():
            rows = size.feed_forward if short == "fi" else size.hidden
            columns = size.feed_forward if short == "fo" else size.hidden
            weight = (rows,) if short.endswith("ln") else (rows, columns)
            name = f"encoder.layer.{layer}.{long}"
            shapes.append((f"l{layer}.{short}.w", f"{name}.weight", weight))
            shapes.append((f"l{layer}.{short}.b", f"{name}.bias", (rows,)))
    return [(name, model.tensor(packed, *shape)) for packed, name, shape in shapes]


def build_tokenizer(vocabulary: PackedVocabulary) -> Tokenizer:
    """Build the tokenizer: normalisation, Unigram pieces with `▁` for spaces, `<s> … </s>`."""
    pieces = vocabulary.pieces
    scored = list(zip(pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(Unigram(scored, unk_id=vocabulary.unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(_MARKS, _BREAK),
            normalizers.Precompiled(compile_charsmap(vocabulary.replacements | {_BREAK: ""})),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    begin, end = pieces[vocabulary.begin], pieces[vocabulary.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, vocabulary.begin), (end, vocabulary.end)],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in _special(vocabulary)]
    )
    return tokenizer


def _special(vocabulary: PackedVocabulary) -> list[str]:
    ids = (vocabulary.begin, vocabulary.padding, vocabulary.end, vocabulary.unknown)
    return [vocabulary.pieces[number] for number in ids]


def _settings_files(
    size: Architecture, vocabulary: PackedVocabulary
) -> dict[str, dict[str, Any] | list[Any]]:
    begin, padding, end, unknown = _special(vocabulary)
    special = {
        "bos_token": begin,
        "cls_token": begin,
        "eos_token": end,
        "sep_token": end,
        "pad_token": padding,
        "unk_token": unknown,
    }
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": size.hidden,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "intermediate_size": size.feed_forward,
            "vocab_size": size.vocabulary,
            "max_position_embeddings": size.positions,
            "type_vocab_size": size.token_types,
            "layer_norm_eps": float(f"{size.layer_norm_epsilon:.6g}"),
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
            "pad_token_id": vocabulary.padding,
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "model_input_names": ["input_ids", "attention_mask"],
            "clean_up_tokenization_spaces": False,
            **special,
        },
        "special_tokens_map.json": special,
    }


def _encoder_files(hidden: int) -> dict[str, dict[str, Any] | list[Any]]:
    return {
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": _PROMPTS | {"document": _PROMPTS["passage"]},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {
                "idx": number,
                "name": str(number),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for number, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
        "1_Pooling/config.json": {
            "word_embedding_dimension": hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "2_Normalize/config.json": {},
    }


def _reranker_files(hidden: int, *, points: bool) -> dict[str, dict[str, Any] | list[Any]]:
    types = ("base.modules.transformer.Transformer", "base.modules.dense.Dense")
    dense = f"sentence_transformers.{types[1]}"
    pointing = {"idx": 3, "name": "3", "path": "3_Dense", "type": dense}
    return {
        "sentence_bert_config.json": {
            "transformer_task": "feature-extraction",
            "modality_config": {
                "text": {"method": "forward", "method_output_name": "last_hidden_state"}
            },
            "module_output_name": "token_embeddings",
            "max_seq_length": MAX_PAIR_TOKENS,
        },
        "config_sentence_transformers.json": {
            "activation_fn": "torch.nn.modules.linear.Identity",
            "default_prompt_name": None,
            "model_type": "CrossEncoder",
            "prompts": _PROMPTS,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"sentence_transformers.{types[0]}"},
            {
                "idx": 1,
                "name": "1",
                "path": "1_Pooling",
                "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
            },
            {"idx": 2, "name": "2", "path": "2_Dense", "type": dense},
            *([pointing] if points else []),
        ],
        "1_Pooling/config.json": {
            "embedding_dimension": hidden,
            "pooling_mode": "cls",
            "include_prompt": True,
        },
        "2_Dense/config.json": _dense(hidden, 1, "sentence_embedding", "scores"),
        **(
            {"3_Dense/config.json": _dense(hidden, 2, "token_embeddings", SPAN_LOGITS)}
            if points
            else {}
        ),
    }


def _dense(inputs: int, outputs: int, reads: str, writes: str) -> dict[str, Any]:
    return {
        "in_features": inputs,
        "out_features": outputs,
        "bias": True,
        "activation_function": "torch.nn.modules.linear.Identity",
        "module_input_name": reads,
        "module_output_name": writes,
    }
