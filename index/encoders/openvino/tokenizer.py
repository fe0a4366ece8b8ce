"""Tokenising without transformers, with no more of the vocabulary in memory than texts need.

A multilingual Unigram vocabulary has 250,000 pieces, which take a second to load and 280 MB. A text
can only have pieces whose characters it has; so a text in a known alphabet is cut by SentencePiece
with the pieces of this alphabet alone, into the same tokens: only where two divisions are equally
likely it may choose the other one, and a special token that is spelled out in a text is text. There
are two alphabets: a question in Persian needs 18,000 pieces, and only one with Latin letters the
80,000 more of these. Each is loaded when the first text needs it, and the whole vocabulary when the
first text in no alphabet comes. Where only few texts will come, as in a process that answers one
question, only their own pieces are loaded (see `index.encoders.openvino.piece_file`).
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Self, TypeVar
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor
from tokenizers import Tokenizer

from index.encoders.openvino.exported_model import damaged
from index.encoders.openvino.piece_file import SPACE, PieceFile, write_piece_index
from index.text.special_characters import replace_surrogates

_WHOLE = "tokenizer.json"
# Fewer pieces load fast enough.
_MANY = 100_000
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


_ASCII = "".join(map(chr, range(0x20, 0x7F)))
_PERSIAN = "".join(map(chr, (*range(0x600, 0x700), *range(0x2000, 0x2030)))) + "\t\n\r\xa0\xad«»﴾﴿"
# The smallest first. In that of Persian are the letters that E5 models want before each text.
_ALPHABETS: dict[str, frozenset[str]] = {
    "persian": frozenset(_PERSIAN)
    | {character for character in _ASCII if not character.isalpha()}
    | set("query: passage: "),
    "common": frozenset(_PERSIAN + _ASCII),
}


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """The tokens of a text, and where they are in it.

    Attributes:
        numbers: of the tokens.
        offsets: (tokens, 2) at which character each begins and ends; a token may begin with space.
    """

    numbers: list[int]
    offsets: NDArray[np.int64]


Encoded = TypeVar("Encoded")


def open_tokenizer(folder: Path) -> "TextTokenizer":
    """Open what `write_tokenizer` wrote; folders that share the file share one tokenizer.

    The bundled encoder and the bundled reranker have one vocabulary, which need not be in memory
    twice.

    Raises:
        OSError: it is missing.
    """
    stat = (folder / _WHOLE).stat()
    with _OPENING:
        key = (stat.st_dev, stat.st_ino)
        if (tokenizer := _OPEN.get(key)) is None:
            tokenizer = _OPEN[key] = TextTokenizer(folder)
        return tokenizer


class TextTokenizer:
    """Texts to token numbers, special tokens apart; any number of threads may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Open what `write_tokenizer` wrote."""
        self._folder = folder
        self._alphabets = {
            name: alphabet
            for name, alphabet in _ALPHABETS.items()
            if (files := _PartFiles.of(folder, name)).model.is_file() and files.numbers.is_file()
        }
        self._tokenizers: dict[str, _PartTokenizer | _WholeTokenizer] = {}
        self._piece_files: dict[Path, PieceFile] | None = None
        self._loading = threading.Lock()

    def expect_few_texts(self) -> None:
        """Load, of alphabets, only the pieces of the texts of each call: few calls will come."""
        self._piece_files = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of each text, without special tokens and limit.

        Raises:
            EncoderError: a file is missing or damaged.
        """
        return self._encode(texts, lambda tokenizer, own: tokenizer.encode(own))

    def encode_with_offsets(self, texts: Sequence[str]) -> list[TokenSequence]:
        """Return the tokens of each text as `encode` does, with their offsets.

        Raises:
            EncoderError: a file is missing or damaged.
        """
        return self._encode(texts, lambda tokenizer, own: tokenizer.encode_with_offsets(own))

    def _encode(
        self,
        texts: Sequence[str],
        encode: "Callable[[_PartTokenizer | _WholeTokenizer, list[str]], list[Encoded]]",
    ) -> list[Encoded]:
        """Encode each text by the tokenizer of the smallest alphabet that it is in."""
        found: dict[int, Encoded] = {}
        others = list(range(len(texts)))
        for name, alphabet in (*self._alphabets.items(), (_WHOLE, None)):
            own = [at for at in others if alphabet is None or alphabet.issuperset(texts[at])]
            if own:
                others = sorted(set(others).difference(own))
                some = [texts[at] for at in own]
                encoded = encode(self._loaded(name, some), some)
                found.update(zip(own, encoded, strict=True))
        return [found[at] for at in range(len(texts))]

    def _loaded(self, name: str, texts: Sequence[str]) -> "_PartTokenizer | _WholeTokenizer":
        """Return the tokenizer of an alphabet, or at least its pieces that are in some texts."""
        with self._loading:
            try:
                if name not in self._tokenizers:
                    files = _PartFiles.of(self._folder, name)
                    if self._piece_files is not None and files.places.is_file():
                        return _open_for(texts, files, self._piece_files)
                    self._tokenizers[name] = _open(self._folder, name)
            except (OSError, EOFError, ValueError, RuntimeError) as error:
                raise damaged(self._folder) from error
            return self._tokenizers[name]


_OPENING = threading.Lock()
_OPEN: WeakValueDictionary[tuple[int, int], TextTokenizer] = WeakValueDictionary()


class _WholeTokenizer:
    """The library's tokenizer, with all of a vocabulary's pieces."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = Tokenizer.from_buffer(path.read_bytes())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of any texts."""
        return _numbers(self._tokenizer, list(map(replace_surrogates, texts)))

    def encode_with_offsets(self, texts: Sequence[str]) -> list[TokenSequence]:
        """Return the tokens of any texts, with their offsets."""
        encoded = self._tokenizer.encode_batch(
            list(map(replace_surrogates, texts)), add_special_tokens=False
        )
        return [_sequence(one.ids, one.offsets) for one in encoded]


class _PartTokenizer:
    """SentencePiece with some of a vocabulary's pieces."""

    def __init__(self, model: bytes, numbers: Any) -> None:
        """Take a serialised model, and (pieces,) the number that each has in the vocabulary.

        Raises:
            RuntimeError, ValueError: it is no model.
        """
        if not model:
            raise ValueError("no pieces")
        self._processor = SentencePieceProcessor(model_proto=model)
        self._numbers = numbers
        self._space = self._processor.piece_to_id(SPACE)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of texts that have characters of its pieces only."""
        encoded = self._processor.encode(list(texts))
        for text, places in zip(texts, encoded, strict=True):
            if _BLANK_END.search(text):
                places.append(self._space)
        return [self._numbers[places].tolist() if places else [] for places in encoded]

    def encode_with_offsets(self, texts: Sequence[str]) -> list[TokenSequence]:
        """Return the tokens of such texts, with their offsets."""
        found = []
        for text in texts:
            encoded = self._processor.encode(text, return_type="offset_mapping")
            places, offsets = encoded["ids"], encoded["offsets"]
            if _BLANK_END.search(text):
                places.append(self._space)
                offsets.append((len(text) - 1, len(text)))
            found.append(_sequence(self._numbers[places].tolist() if places else [], offsets))
        return found


def write_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write a tokenizer, and where it is large what it is for each alphabet."""
    content = tokenizer.to_str()
    (folder / _WHOLE).write_text(content, encoding="utf-8")
    whole = json.loads(content)
    charsmap = _charsmap(whole)
    if charsmap is None or len(whole["model"]["vocab"]) < _MANY:
        return
    for name, alphabet in _ALPHABETS.items():
        part = _part_of(whole, charsmap, alphabet)
        texts = [text for text in _SAMPLES if alphabet.issuperset(text)]
        # Another vocabulary may be normalised in another way.
        if _PartTokenizer(part.model, part.numbers).encode(texts) == _numbers(tokenizer, texts):
            files = _PartFiles.of(folder, name)
            files.model.write_bytes(part.model)
            np.save(files.numbers, part.numbers)
            if not any(SPACE in piece[1:] for piece in part.pieces):
                write_piece_index(part.pieces, part.begins, part.first, files.pieces, files.places)


@dataclass(frozen=True, slots=True)
class _PartFiles:
    """The files of the part of a vocabulary for an alphabet.

    Attributes:
        model: its pieces.
        numbers: the numbers that they have in the vocabulary.
        pieces: for `PieceFile`, as is `places`; neither where a piece has an inner space.
        places: see there.
    """

    model: Path
    numbers: Path
    pieces: Path
    places: Path

    @classmethod
    def of(cls, folder: Path, name: str) -> Self:
        """Return the files for the alphabet of a name."""
        begin = f"tokenizer_{name}"
        names = (f"{begin}.model", f"{begin}.npy", f"{begin}_pieces.npy", f"{begin}_places.npy")
        return cls(*(folder / one for one in names))


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


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a vocabulary for an alphabet.

    Attributes:
        model: serialised for SentencePiece.
        numbers: (pieces,) the number that each piece has in the vocabulary.
        pieces: the pieces.
        begins: the byte of `model` at which each begins, and that at which the last one ends.
        first: how many of them stand first because no text can be divided without them.
    """

    model: bytes
    numbers: NDArray[np.int32]
    pieces: Sequence[str]
    begins: Sequence[int]
    first: int


def _part_of(whole: dict[str, Any], charsmap: bytes, alphabet: frozenset[str]) -> _Part:
    """Return an alphabet's pieces, and those that SentencePiece needs for any text."""
    # What protobuf brings is needed for writing only.
    protocol: Any = import_module("sentencepiece.sentencepiece_model_pb2")
    pieces: list[tuple[str, float]] = whole["model"]["vocab"]
    unknown = whole["model"]["unk_id"]
    special = {token["id"] for token in whole["added_tokens"]}
    # The cost of what is unknown is reckoned from the lowest score of all.
    lowest = min(range(len(pieces)), key=lambda number: pieces[number][1])
    first = sorted({unknown, *special, lowest})
    others = (
        number
        for number, (piece, _) in enumerate(pieces)
        if number not in first and alphabet.issuperset(piece.replace(SPACE, ""))
    )
    kept = [*first, *others]
    model = protocol.ModelProto()
    begins = [0]
    for number in kept:
        piece = model.pieces.add()
        piece.piece, piece.score = pieces[number]
        if number == unknown:
            piece.type = protocol.ModelProto.SentencePiece.UNKNOWN
        elif number in special:
            piece.type = protocol.ModelProto.SentencePiece.CONTROL
        size = piece.ByteSize()
        # Before it stand the number of the field, and its size, seven bits a byte.
        begins.append(begins[-1] + 1 + max(1, -(-size.bit_length() // 7)) + size)
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    trainer.model_type = protocol.TrainerSpec.UNIGRAM
    trainer.unk_id = kept.index(unknown)
    trainer.bos_id = trainer.eos_id = trainer.pad_id = -1
    normalizer.precompiled_charsmap = charsmap
    normalizer.add_dummy_prefix = True
    normalizer.remove_extra_whitespaces = True
    normalizer.escape_whitespaces = True
    texts = [pieces[number][0] for number in kept]
    numbers = np.array(kept, dtype=np.int32)
    return _Part(model.SerializeToString(), numbers, texts, begins, len(first))


def _open_for(
    texts: Sequence[str], files: _PartFiles, opened: dict[Path, PieceFile]
) -> _PartTokenizer:
    """Open as much of an alphabet's part as some texts need."""
    if files.model not in opened:
        opened[files.model] = PieceFile(files.model, files.pieces, files.places)
    model, rows = opened[files.model].select(texts)
    return _PartTokenizer(model, np.load(files.numbers, mmap_mode="r")[rows])


def _open(folder: Path, name: str) -> _PartTokenizer | _WholeTokenizer:
    if name == _WHOLE:
        return _WholeTokenizer(folder / _WHOLE)
    files = _PartFiles.of(folder, name)
    return _PartTokenizer(files.model.read_bytes(), np.load(files.numbers))


def _numbers(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [one.ids for one in encoded]


def _sequence(numbers: list[int], offsets: Sequence[tuple[int, int]]) -> TokenSequence:
    return TokenSequence(numbers, np.array(offsets, dtype=np.int64).reshape(-1, 2))
