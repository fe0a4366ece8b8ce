"""The dense channel: FAISS over the passages' vectors; of many, a shortlist of them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.search.ivf_pq import IvfPqIndex, row_selector
from index.search_index import Hits
from index.similarity import inner_products

# Where no more of the vectors than this may be returned, all of these are looked at: a shortlist
# would go through the codes of all vectors, which are a sixteenth as long.
_FEW = 1 / 16


class DenseIndex:
    """Inner-product search; vectors of length 1 make it cosine similarity.

    Without codes it is exact. With them, their shortlist is ranked by the exact inner products, so
    that scores are exact and one in a hundred of the nearest rows is missed.
    """

    def __init__(self, index: Any, codes: IvfPqIndex | None = None) -> None:
        if codes is not None and len(codes) != index.ntotal:
            raise ValueError("the codes are not those of the vectors")
        self._index = index
        self._codes = codes

    @classmethod
    def build(cls, blocks: Iterable[NDArray[np.float32]], count: int) -> Self:
        """Index `count` vectors that come in blocks of (n, dimension); row i keeps the number i.

        Raises:
            ValueError: there is no block, or they hold another number of vectors.
        """
        index: Any = None
        filled = 0
        for block in blocks:
            if index is None:
                index = faiss.IndexFlatIP(block.shape[1])
                # Room for all at once: grown step by step, it would for a moment take three times
                # as much.
                index.codes.resize(count * index.d * block.itemsize)
                index.ntotal = count
            _flat(index)[filled : filled + len(block)] = block[: count - filled]
            filled += len(block)
        if index is None or filled != count:
            raise ValueError(f"{filled} vectors, where {count} are needed")
        return cls(index)

    @classmethod
    def open(cls, path: Path, codes: Path | None = None) -> Self:
        """Open a written index, memory-mapped: processes share its pages.

        Args:
            path: the vectors' file.
            codes: the codes' file; None: the search is exact.
        """
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, None if codes is None else IvfPqIndex.open(codes))

    def write(self, path: Path) -> None:
        """Write the vectors to a new file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def all(self) -> NDArray[np.float32]:
        """Return the (n, dimension) vectors, not copied: they live as long as the index."""
        return _flat(self._index)

    def search(
        self, vector: NDArray[np.float32], limit: int, among: NDArray[np.bool_] | None = None
    ) -> Hits:
        """Return the rows nearest to a (dimension,) vector, with their inner products.

        Args:
            vector: what to be near to.
            limit: how many rows at most.
            among: (n,) whether each row may be returned; None: all may.
        """
        most = len(self) if among is None else int(np.count_nonzero(among))
        limit = min(limit, most)
        if limit == 0:
            return Hits(np.empty(0, np.int64), np.empty(0, np.float32))
        if self._codes is not None and most > len(self) * _FEW:
            with _in_this_thread():
                shortlist = self._codes.search_candidates(vector, limit, among)
            return self._ranked(shortlist, vector, limit)
        parameters = None
        if among is not None:
            parameters = faiss.SearchParameters(sel=row_selector(among))  # type: ignore[call-arg]
        with _in_this_thread():
            scores, rows = self._index.search(vector[np.newaxis, :], limit, params=parameters)
        return Hits(rows[0], scores[0])

    def vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of some rows."""
        with _in_this_thread():
            found: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        return found

    def _ranked(self, rows: NDArray[np.int64], vector: NDArray[np.float32], limit: int) -> Hits:
        # In ascending order they are read from disk in one sweep, and ties come by row.
        rows = np.sort(rows)
        scores = inner_products(self.vectors(rows), vector)
        best = np.argsort(-scores, kind="stable")[:limit]
        return Hits(rows[best], scores[best])


@contextmanager
def _in_this_thread() -> Iterator[None]:
    """Let FAISS do all in the thread that asks.

    Searching for one vector is bound by memory. Beside the encoder's threads, FAISS's only wait for
    each other, and burn the time in which other questions could be answered. The number is each
    thread's own, and building an index is faster with all of them.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _flat(index: Any) -> NDArray[np.float32]:
    """Return a flat index's (n, dimension) vectors, not copied."""
    flat: NDArray[np.float32] = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d)
    return flat.reshape(index.ntotal, index.d)
