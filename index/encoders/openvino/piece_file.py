"""A serialised SentencePiece model of which few pieces are read.

Loading 98,000 pieces takes a tenth of a second. The likeliest division of a text has no pieces but
strings that are in the text. So a model of these alone, some hundreds, divides it in the same way.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor

SPACE = "▁"
_WORD = re.compile(f"{SPACE}?[^{SPACE}]*")


class PieceFile:
    """The pieces of a model in its file; some stand first in it and are in every selection."""

    def __init__(self, model: Path, pieces: Path, places: Path) -> None:
        """Open what `write_piece_index` wrote beside a model.

        Raises:
            OSError, EOFError, ValueError, RuntimeError: a file is missing or damaged.
        """
        self._model = np.memmap(model, np.uint8, "r")
        self._pieces: NDArray[np.bytes_] = np.load(pieces, mmap_mode="r").view(np.ndarray)
        self._places: NDArray[np.int32] = np.load(places, mmap_mode="r").view(np.ndarray)
        _, begins, ends = self._places.T
        self._first = self._model[: begins.min()].tobytes()
        self._rest = self._model[ends.max() :].tobytes()
        self._normaliser = SentencePieceProcessor(model_proto=self._first + self._rest)

    def select(self, texts: Iterable[str]) -> tuple[bytes, NDArray[np.int64]]:
        """Return a serialised model for some texts, and the rows that its pieces have in the file.

        Args:
            texts: all that the model will divide.
        """
        longest = self._pieces.dtype.itemsize
        found = {SPACE.encode()}
        for text in texts:
            for word in set(_WORD.findall(self._normaliser.normalize(text))):
                found.update(_strings_in(word, longest))
        wanted = np.array(list(found), self._pieces.dtype)
        at = np.searchsorted(self._pieces, wanted)
        at[at == len(self._pieces)] = 0
        # In the order of the file, in which equally likely divisions are chosen.
        places = self._places[np.sort(at[self._pieces[at] == wanted])]
        places = places[np.argsort(places[:, 0])]
        kept = b"".join(self._model[begin:end].tobytes() for _, begin, end in places.tolist())
        first = np.arange(int(self._places[:, 0].min()))
        return self._first + kept + self._rest, np.concatenate([first, places[:, 0]])


def write_piece_index(
    pieces: Sequence[str], begins: Sequence[int], first: int, pieces_path: Path, places_path: Path
) -> None:
    """Write where each piece of a serialised model stands.

    Args:
        pieces: the pieces, in their order in the model, none with a space behind its first letter.
        begins: the byte at which each begins, and that at which the last one ends.
        first: how many of them are in every selection.
        pieces_path: the file of the other pieces, sorted.
        places_path: the file of their places: (pieces, 3) row, first byte, byte behind the last.
    """
    rows = sorted(range(first, len(pieces)), key=lambda row: pieces[row].encode())
    np.save(pieces_path, np.array([pieces[row].encode() for row in rows], np.bytes_))
    places = [(row, begins[row], begins[row + 1]) for row in rows]
    np.save(places_path, np.array(places, np.int32))


def _strings_in(word: str, longest: int) -> Iterator[bytes]:
    """Yield all strings of at most so many bytes that are in a word."""
    for begin in range(len(word)):
        for end in range(begin + 1, min(begin + longest, len(word)) + 1):
            if len(string := word[begin:end].encode()) > longest:
                break
            yield string
