"""Near vectors without looking at all: an HNSW graph over 8-bit codes.

Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical
Navigable Small World graphs", 2018; the codes are FAISS's scalar quantizer. What comes out is a
shortlist, to be ranked again by the vectors themselves.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

# Neighbours of a vector, and how many are looked at to choose them. docs/measurements.md has what
# these numbers cost and find.
_NEIGHBOURS = 32
_EFFORT_BUILDING = 64
# Vectors that a search keeps in sight. Questions lie apart from all passages, which makes their
# nearest ones harder to find than a passage's: with 64, one in five is missed.
_EFFORT = 512
# The codes are near enough that of twice as many none of the best is missing.
_SURPLUS = 2
# With fewer allowed than this, the graph leads through so many that are not that it is faster to
# look at all that are.
_LEAST_SHARE = 0.1
_SAMPLE = 50_000
_BLOCK = 10_000


class NeighbourGraph:
    """Shortlists of the rows nearest to a vector."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._codes = faiss.downcast_index(index.storage)

    @classmethod
    def build(
        cls, vectors: NDArray[np.float32], tell: Callable[[int], None] = lambda _: None
    ) -> Self:
        """Link (n, dimension) vectors; row i keeps the number i.

        Args:
            vectors: of length 1.
            tell: is told how many are linked, whenever it is more.
        """
        index = faiss.IndexHNSWSQ(
            vectors.shape[1],
            faiss.ScalarQuantizer.QT_8bit,  # type: ignore[arg-type] # the stubs know the older order
            _NEIGHBOURS,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.hnsw.efConstruction = _EFFORT_BUILDING
        index.train(vectors[:: len(vectors) // _SAMPLE + 1])
        graph = cls(index)
        graph.grow(vectors, tell)
        return graph

    @classmethod
    def open(cls, path: Path, *, mapped: bool = True) -> Self:
        """Open a written graph.

        Args:
            path: its file.
            mapped: memory-mapped, so that processes share its pages; such a one cannot grow.
        """
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if mapped else 0))

    def grow(
        self, vectors: NDArray[np.float32], tell: Callable[[int], None] = lambda _: None
    ) -> None:
        """Link what follows, in (n, dimension) vectors, on those that are linked; see `build`."""
        for begin in range(len(self), len(vectors), _BLOCK):
            self._index.add(vectors[begin : begin + _BLOCK])
            tell(len(self))

    def write(self, path: Path) -> None:
        """Write the graph to a new file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def shortlist(
        self, vector: NDArray[np.float32], limit: int, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Return rows among which the `limit` nearest to a vector are, but for some in a hundred.

        Args:
            vector: (dimension,) what to be near to.
            limit: how many are wanted.
            among: (n,) whether each row may be returned; None: all may.
        """
        wanted = limit * _SURPLUS
        selector, share = None, 1.0
        if among is not None:
            share = float(among.mean())
            # The constructors that keep what they are given alive are not in the library's stubs.
            selector = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))  # type: ignore[call-arg,arg-type]
        if share < _LEAST_SHARE:
            index = self._codes
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        else:
            effort = int(max(_EFFORT, wanted) / share)
            index = self._index
            parameters = faiss.SearchParametersHNSW(efSearch=effort, sel=selector)  # type: ignore[attr-defined]
        _, rows = index.search(vector[np.newaxis, :], min(wanted, len(self)), params=parameters)
        # -1 stands where there were no more.
        found: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found
