"""A table of character replacements, compiled to the form that tokenizers read.

SentencePiece keeps its normalisation rules as a `precompiled charsmap`: the length of a
double-array trie in bytes, the trie (little-endian 32-bit units in the layout of darts-clone), and
the replacements, each ended by a zero byte. `tokenizers.normalizers.Precompiled` reads it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_BLOCK = 256
_HAS_VALUE = 1 << 8
_IS_VALUE = 1 << 31
_OFFSET_SHIFT = 10
_MAX_OFFSET = 1 << 21


def compile_charsmap(replacements: Mapping[str, str]) -> bytes:
    """Compile single characters' replacements.

    A node of the trie (a prefix of some character's UTF-8 bytes) gets a block of 256 cells to
    itself and its child by byte `b` lies in cell `b` of it: more room than a packed trie needs,
    and no search for free cells. Values lie after all blocks.

    Args:
        replacements: what each character becomes; the empty string takes it away.

    Returns:
        The compiled map.

    Raises:
        ValueError: a key is not one character, is NUL, or there are too many keys.
    """
    if bad := [key for key in replacements if len(key) != 1 or key == "\0"]:
        raise ValueError(f"not one character: {bad[0]!r}")
    keys = {key.encode(): value for key, value in replacements.items()}
    prefixes = sorted({key[:length] for key in keys for length in range(len(key))})
    # Cell 0 is the root's own; blocks begin at the next multiple of 256.
    blocks = {prefix: _BLOCK * number for number, prefix in enumerate(prefixes, start=1)}
    first_value = _BLOCK * (len(prefixes) + 1)
    cells = first_value + _BLOCK * (len(keys) // _BLOCK + 1)
    if cells >= _MAX_OFFSET:
        raise ValueError(f"too many characters for one map: {len(keys)}")
    units: NDArray[np.uint32] = np.zeros(cells, dtype="<u4")
    units[0] = (_BLOCK if keys else 0) << _OFFSET_SHIFT
    for prefix, block in blocks.items():
        if prefix:
            place = blocks[prefix[:-1]] ^ prefix[-1]
            units[place] = prefix[-1] | (place ^ block) << _OFFSET_SHIFT
    texts = bytearray()
    for number, (key, value) in enumerate(sorted(keys.items())):
        place = blocks[key[:-1]] ^ key[-1]
        cell = first_value + number
        units[place] = key[-1] | _HAS_VALUE | (place ^ cell) << _OFFSET_SHIFT
        units[cell] = _IS_VALUE | len(texts)
        texts += value.encode() + b"\0"
    trie = units.tobytes()
    return len(trie).to_bytes(4, "little") + trie + bytes(texts)
