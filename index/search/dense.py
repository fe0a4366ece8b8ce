"""The dense channel: FAISS over the passages' vectors; IVF-PQ preselects from large indexes."""

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

# Largest share of passing vectors that is searched exactly: preselection would scan all codes, a
# sixteenth of the vectors' size.
_FEW = 1 / 16


class DenseIndex:
    """Inner-product search; vectors of length 1 make it cosine similarity.

    Without codes the search is exact. With codes, candidates are ranked by their exact inner
    products: scores are exact, but about one in a hundred of the nearest rows is missed.
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
            ValueError: there are no blocks, or not `count` vectors in them.
        """
        index: Any = None
        filled = 0
        for block in blocks:
            if index is None:
                index = faiss.IndexFlatIP(block.shape[1])
                # Room for all vectors at once; growing step by step would briefly need three times
                # as much memory.
                index.codes.resize(count * index.d * block.itemsize)
                index.ntotal = count
            _flat(index)[filled : filled + len(block)] = block[: count - filled]
            filled += len(block)
        if index is None or filled != count:
            raise ValueError(f"{filled} vectors, where {count} are needed")
        return cls(index)

    @classmethod
    def open(cls, path: Path, codes: Path | None = None) -> Self:
        """Open a written index, memory-mapped, so that processes share its pages.

        Args:
            path: file of the vectors.
            codes: file of the IVF-PQ index; None: the search is exact.
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
        """Return the (n, dimension) vectors, not copied; they are valid while the index is open."""
        return _flat(self._index)

    def search(
        self, vector: NDArray[np.float32], limit: int, among: NDArray[np.bool_] | None = None
    ) -> Hits:
        """Return the rows nearest to a (dimension,) vector, with their inner products.

        Args:
            vector: the query vector.
            limit: highest number of rows.
            among: (n,) whether each row may be returned; None: all may.
        """
        most = len(self) if among is None else int(np.count_nonzero(among))
        limit = min(limit, most)
        if limit == 0:
            return Hits(np.empty(0, np.int64), np.empty(0, np.float32))
        if self._codes is not None and most > len(self) * _FEW:
            with _in_this_thread():
                candidates = self._codes.search_candidates(vector, limit, among)
            return self._rank(candidates, vector, limit)
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

    def _rank(self, rows: NDArray[np.int64], vector: NDArray[np.float32], limit: int) -> Hits:
        # Sorted, rows are read from disk in one sweep, and ties are ordered by row.
        rows = np.sort(rows)
        scores = inner_products(self.vectors(rows), vector)
        best = np.argsort(-scores, kind="stable")[:limit]
        return Hits(rows[best], scores[best])


@contextmanager
def _in_this_thread() -> Iterator[None]:
    """Limit FAISS to the calling thread.

    A search for one vector is limited by memory. Next to the encoder's threads, FAISS's own threads
    mostly wait for each other and use up CPU time. The limit holds for this thread only; builds use
    all threads.
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
