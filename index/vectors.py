"""The dense channel: FAISS over the passages' vectors."""

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.contract import Hits


class VectorIndex:
    """Exact inner-product search; vectors of length 1 make it cosine similarity."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> Self:
        """Index (n, dimension) vectors; row i keeps the number i."""
        index = cls(faiss.IndexFlatIP(vectors.shape[1]))
        index.add(vectors)
        return index

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a written index, memory-mapped: processes share its pages."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def add(self, vectors: NDArray[np.float32]) -> None:
        """Index (n, dimension) further vectors; they get the rows after those that are there."""
        self._index.add(vectors)

    def write(self, path: Path) -> None:
        """Write the index to a new file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(
        self, vector: NDArray[np.float32], limit: int, among: NDArray[np.bool_] | None = None
    ) -> Hits:
        """Return the rows nearest to a (dimension,) vector, with their inner products.

        Args:
            vector: what to be near to.
            limit: how many rows at most.
            among: (n,) whether each row may be returned; None: all may.
        """
        parameters, most = None, len(self)
        if among is not None:
            most = int(np.count_nonzero(among))
            if most == 0:
                return Hits(np.empty(0, np.int64), np.empty(0, np.float32))
            # The constructors that keep what they are given alive are not in the library's stubs.
            selector = faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))  # type: ignore[call-arg,arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, rows = self._index.search(
            vector[np.newaxis, :], min(limit, most), params=parameters
        )
        return Hits(rows[0], scores[0])

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of some rows."""
        vectors: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return vectors
