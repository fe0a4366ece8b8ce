"""Tokenising without transformers, with no more of the vocabulary in memory than texts need.

A multilingual Unigram vocabulary has 250,000 pieces, which take a second to load and 280 MB. A text
can only have pieces whose characters it has; so texts of common characters (those of Persian and
English) are cut by SentencePiece with the pieces of these characters alone, into the same tokens:
only where two divisions are equally likely it may choose the other one, and a special token that
is spelled out in a text is text. The whole vocabulary is loaded when the first other text comes.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from sentencepiece import SentencePieceProcessor
from tokenizers import Tokenizer

_WHOLE = "tokenizer.json"
_COMMON = "tokenizer_common.model"
_NUMBERS = "tokenizer_common.npy"
# Fewer pieces load fast enough.
_MANY = 100_000
_SPACE = "▁"
# What the normaliser of XLM-RoBERTa's vocabulary makes a space of; at the end of a text, where
# SentencePiece leaves it out, it is a token.
_BLANK_END = re.compile(r"[\s\u200b-\u200f]\Z")
# Where both ways of cutting agree on these, they agree.
_SAMPLES = (
    "دریای خزر",
    "The Caspian Sea,  1404?\n",
    "شرکت‌های «ایرانی» ۱۲٫۵ درصد … بيشتر كردند ",
    "U.S. e-mail: a_b@c.ir (50%) – ok",
    "مُحَمَّد\u200f",
    "",
    " ",
)


def _is_common(character: str) -> bool:
    """Tell whether a character is of Persian or English text."""
    code = ord(character)
    return (
        0x20 <= code < 0x7F
        or 0x600 <= code < 0x700
        or 0x2000 <= code < 0x2030
        or character in "\t\n\r\xa0\xad«»﴾﴿"
    )


class TextTokenizer:
    """Texts to token numbers, special tokens apart; any number of threads may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Open what `write_tokenizer` wrote.

        Raises:
            OSError, ValueError, RuntimeError: a file is missing or damaged.
        """
        self._folder = folder
        self._common: _CommonTokenizer | None = None
        self._whole: Tokenizer | None = None
        self._loading = threading.Lock()
        if (folder / _COMMON).is_file():
            numbers = np.load(folder / _NUMBERS)
            self._common = _CommonTokenizer((folder / _COMMON).read_bytes(), numbers)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of each text, without special tokens and limit."""
        if self._common is None:
            return _numbers(self._load_whole(), texts)
        found: list[list[int]] = [[]] * len(texts)
        by_common = [at for at, text in enumerate(texts) if all(map(_is_common, set(text)))]
        own = self._common.encode([texts[at] for at in by_common])
        for at, numbers in zip(by_common, own, strict=True):
            found[at] = numbers
        if others := sorted(set(range(len(texts))).difference(by_common)):
            whole = _numbers(self._load_whole(), [texts[at] for at in others])
            for at, numbers in zip(others, whole, strict=True):
                found[at] = numbers
        return found

    def _load_whole(self) -> Tokenizer:
        with self._loading:
            if self._whole is None:
                self._whole = _load(self._folder / _WHOLE)
            return self._whole


class _CommonTokenizer:
    """SentencePiece with some of a vocabulary's pieces."""

    def __init__(self, model: bytes, numbers: Any) -> None:
        """Take a serialised model, and (pieces,) the number that each has in the vocabulary."""
        self._processor = SentencePieceProcessor(model_proto=model)
        self._numbers = numbers
        self._space = self._processor.piece_to_id(_SPACE)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of texts that have common characters only."""
        encoded = self._processor.encode(list(texts))
        for text, places in zip(texts, encoded, strict=True):
            if _BLANK_END.search(text):
                places.append(self._space)
        return [self._numbers[places].tolist() if places else [] for places in encoded]


def write_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write a tokenizer, and where it is large what it is for common characters."""
    content = tokenizer.to_str()
    (folder / _WHOLE).write_text(content, encoding="utf-8")
    whole = json.loads(content)
    charsmap = _charsmap(whole)
    if charsmap is None or len(whole["model"]["vocab"]) < _MANY:
        return
    model, numbers = _of_common_characters(whole, charsmap)
    # Another vocabulary may be normalised in another way.
    if _CommonTokenizer(model, numbers).encode(_SAMPLES) == _numbers(tokenizer, _SAMPLES):
        (folder / _COMMON).write_bytes(model)
        np.save(folder / _NUMBERS, numbers)


def _charsmap(whole: dict[str, Any]) -> bytes | None:
    """Return how SentencePiece's normaliser maps characters; None for one of another kind.

    Only Unigram takes the likeliest division into pieces, on which pieces that a text cannot have
    make no difference.
    """
    model, normaliser = whole["model"], whole["normalizer"] or {}
    if model["type"] != "Unigram" or model["unk_id"] is None or model.get("byte_fallback"):
        return None
    steps = normaliser.get("normalizers", [normaliser])
    maps = [one["precompiled_charsmap"] for one in steps if one.get("type") == "Precompiled"]
    return base64.b64decode(maps[0]) if len(maps) == 1 else None


def _of_common_characters(whole: dict[str, Any], charsmap: bytes) -> tuple[bytes, Any]:
    """Return a serialised SentencePiece model of common pieces, and their numbers."""
    # What protobuf brings is needed for writing only.
    protocol: Any = import_module("sentencepiece.sentencepiece_model_pb2")
    pieces: list[tuple[str, float]] = whole["model"]["vocab"]
    unknown = whole["model"]["unk_id"]
    special = {token["id"] for token in whole["added_tokens"]}
    kept = list(_common_pieces(pieces, {unknown, *special}))
    model = protocol.ModelProto()
    for number in kept:
        piece = model.pieces.add()
        piece.piece, piece.score = pieces[number]
        if number == unknown:
            piece.type = protocol.ModelProto.SentencePiece.UNKNOWN
        elif number in special:
            piece.type = protocol.ModelProto.SentencePiece.CONTROL
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    trainer.model_type = protocol.TrainerSpec.UNIGRAM
    trainer.unk_id = kept.index(unknown)
    trainer.bos_id = trainer.eos_id = trainer.pad_id = -1
    normalizer.precompiled_charsmap = charsmap
    normalizer.add_dummy_prefix = True
    normalizer.remove_extra_whitespaces = True
    normalizer.escape_whitespaces = True
    return model.SerializeToString(), np.array(kept, dtype=np.int32)


def _common_pieces(pieces: Sequence[tuple[str, float]], always: set[int]) -> Iterator[int]:
    # The cost of what is unknown is reckoned from the lowest score of all.
    lowest = min(range(len(pieces)), key=lambda number: pieces[number][1])
    for number, (piece, _) in enumerate(pieces):
        wanted = number in always or number == lowest
        if wanted or all(map(_is_common, piece.replace(_SPACE, ""))):
            yield number


def _load(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_buffer(path.read_bytes())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _numbers(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [one.ids for one in encoded]
