"""A smaller copy of the packed model, for training on another machine.

Four fifths of the packed model are token embeddings, most of them of languages that the data do not
have. Texts in which every token is kept are cut into the same tokens as before.
"""

import struct
from collections.abc import Collection
from pathlib import Path

import numpy as np

from index.encoders.bundled.packed_model import PackedModel

_WORD = "emb.word"
_BLOCK_WEIGHTS, _BLOCK_BYTES = 32, 18


def _is_letter(piece: str) -> bool:
    return len(piece) <= 1 and piece < "\u0800"


def write_trimmed_model(source: Path, target: Path, tokens: Collection[int]) -> int:
    """Write a packed model that has some of another's vocabulary.

    Args:
        source: a packed model.
        target: the file to write.
        tokens: numbers of the pieces to keep; special ones and single Latin and Arabic characters
            are kept anyway.

    Returns:
        How many pieces it has.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: the source is not a packed model.
    """
    model = PackedModel(source)
    vocabulary, size = model.vocabulary, model.architecture
    special = (vocabulary.begin, vocabulary.end, vocabulary.padding, vocabulary.unknown)
    kept = sorted(
        {*tokens, *special}
        | {n for n, piece in enumerate(vocabulary.pieces) if _is_letter(piece.strip("▁"))}
    )
    data = source.read_bytes()
    number_of = {old: new for new, old in enumerate(kept)}
    pieces = [vocabulary.pieces[number].encode() for number in kept]
    bounds = np.cumsum([0, *map(len, pieces)]).astype("<u4")
    scores = np.array([vocabulary.scores[number] for number in kept], dtype="<f4")
    header = data[:4] + struct.pack(
        "<I7ifi",
        *(1, size.hidden, size.layers, size.heads, size.feed_forward, len(kept)),
        *(size.positions, size.token_types, size.layer_norm_epsilon, _BLOCK_WEIGHTS),
    )
    words = struct.pack(
        "<5iQ", len(kept), *(number_of[number] for number in special), int(bounds[-1])
    )
    words += bounds.tobytes() + scores.tobytes() + b"".join(pieces)
    words += struct.pack("<iI", len(vocabulary.replacements), 0)
    for old, new in vocabulary.replacements.items():
        words += struct.pack(f"<IB{len(new)}I", ord(old), len(new), *map(ord, new))
    tensors = model.packed_tensors()
    row = size.hidden // _BLOCK_WEIGHTS * _BLOCK_BYTES
    kind, count, table = tensors[_WORD]
    rows = np.frombuffer(table, np.uint8).reshape(-1, row)[kept]
    tensors[_WORD] = (kind, len(kept) * size.hidden, rows.tobytes())
    names = [(name.encode(), *entry) for name, entry in tensors.items()]
    directory = sum(2 + len(name) + 21 for name, *_ in names) + 4
    at = len(header) + len(words) + directory
    listed = struct.pack("<i", len(names))
    for name, kind, count, content in names:
        listed += struct.pack("<H", len(name)) + name
        listed += struct.pack("<BIQQ", kind, count, at, len(content))
        at += len(content)
    with target.open("wb") as file:
        file.write(header + words + listed)
        file.writelines(content for *_, content in names)
    return len(kept)
