"""Prefix trees of many words, in arrays: a node is a number, and reading one makes no object."""

from array import array
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

# No Latin word stands for so many letters; of a longer word only the beginning is in the tree.
_DEEPEST: Final = 48


class PrefixTree:
    """The prefix tree of sorted words: the root is 0, and the children of a node stand together.

    Attributes:
        words: the words.
        letters: the code of the letter that leads to each node.
        firsts: the first child of each node; they end where those of the next node begin.
        numbers: the number of the first word below each node.
        complete: 1 for a node at which that word is complete, else 0.
    """

    def __init__(self, words: Sequence[str], letter_codes: NDArray[np.uint8]) -> None:
        """Make the tree.

        Args:
            words: sorted, each once.
            letter_codes: the code of each character; the last one is that of all behind it.
        """
        self.words = words
        lengths = np.fromiter(map(len, words), np.int32, len(words))
        letters = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
        begins = np.cumsum(lengths) - lengths
        numbers, codes, complete = [np.zeros(1, np.int32)], [np.zeros(1, np.uint8)], [b"\0"]
        firsts: list[NDArray[np.int32]] = []
        # Whether each word begins like the one before it, as far as the depth that is looked at.
        alike = np.ones(len(words), np.bool_)
        alike[:1] = False
        nodes = 1
        for depth in range(min(int(lengths.max(initial=0)), _DEEPEST)):
            longer = lengths > depth
            own = np.zeros(len(words), np.uint32)
            own[longer] = letters[begins[longer] + depth]
            alike[1:] &= longer[1:] & (own[1:] == own[:-1])
            below = np.flatnonzero(longer & ~alike).astype(np.int32)
            firsts.append(nodes + below.searchsorted(numbers[-1]).astype(np.int32))
            nodes += len(below)
            numbers.append(below)
            codes.append(letter_codes.take(own[below], mode="clip"))
            complete.append((lengths[below] == depth + 1).tobytes())
        firsts.append(np.full(len(numbers[-1]) + 1, nodes, np.int32))
        self.letters = np.concatenate(codes).tobytes()
        self.firsts = array("i", np.concatenate(firsts).tobytes())
        self.numbers = array("i", np.concatenate(numbers).tobytes())
        self.complete = b"".join(complete)

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.letters)

    def children(self, node: int) -> range:
        """Return the children of a node."""
        return range(self.firsts[node], self.firsts[node + 1])
