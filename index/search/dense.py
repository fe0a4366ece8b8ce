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

# Where the head of FAISS's file of a flat index has the number of vectors, and that of all their
# components.
_COUNT, _COMPONENTS = slice(8, 16), slice(-8, None)
_BLOCK = 50_000
# Largest share of passing vectors that is searched exactly: preselection would scan all codes, a
# sixteenth of the vectors' size.
_FEW = 1 / 16


class VectorFile:
    """The vectors of an index in their file, of which never more than a block is in memory."""

    def __init__(self, path: Path, count: int, dimension: int) -> None:
        self._path = path
        self._count = count
        self.dimension = dimension

    @classmethod
    def write(cls, path: Path, blocks: Iterable[NDArray[np.float32]], count: int) -> Self:
        """Write vectors to a new file, which `DenseIndex.open` reads; row i keeps the number i.

        Args:
            path: the file.
            blocks: (n, dimension) vectors.
            count: how many they are together.

        Raises:
            ValueError: there are no blocks, or not `count` vectors in them.
            OSError: the file cannot be written.
        """
        filled, dimension = 0, None
        with path.open("wb") as file:
            for block in blocks:
                if dimension is None:
                    dimension = block.shape[1]
                    file.write(_head(count, dimension))
                file.write(np.ascontiguousarray(block, dtype=np.float32).data)
                filled += len(block)
        if dimension is None or filled != count:
            raise ValueError(f"{filled} vectors, where {count} are needed")
        return cls(path, count, dimension)

    def __len__(self) -> int:
        return self._count

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield the (n, dimension) vectors, in their order."""
        with self._path.open("rb") as file:
            file.seek(len(_head(self._count, self.dimension)))
            for begin in range(0, self._count, _BLOCK):
                rows = min(_BLOCK, self._count - begin)
                block = np.fromfile(file, np.float32, rows * self.dimension)
                yield block.reshape(rows, self.dimension)

    def every(self, step: int) -> NDArray[np.float32]:
        """Return every `step`-th vector, from the first one on."""
        begins = range(0, self._count, _BLOCK)
        blocks = zip(begins, self.blocks(), strict=True)
        # Copies, or every block would be kept for the sake of its few.
        return np.concatenate([block[-begin % step :: step].copy() for begin, block in blocks])


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
    def open(cls, path: Path, codes: Path | None = None) -> Self:
        """Open a written index, memory-mapped, so that processes share its pages.

        Args:
            path: file of the vectors.
            codes: file of the IVF-PQ index; None: the search is exact.
        """
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, None if codes is None else IvfPqIndex.open(codes))

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
        if not len(rows):
            return Hits(rows, np.empty(0, np.float32))
        # Where they are: what a copy of so many vectors takes is as much as the products take.
        scores = np.empty(len(rows), np.float32)
        question = np.ascontiguousarray(vector, dtype=np.float32)
        assert question.shape == (self._index.d,)  # FAISS reads by pointers
        self._index.compute_distance_subset(
            1, faiss.swig_ptr(question), len(rows), faiss.swig_ptr(scores), faiss.swig_ptr(rows)
        )
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


def _head(count: int, dimension: int) -> bytes:
    """Return what stands before the vectors in FAISS's file of a flat index."""
    head = bytearray(faiss.serialize_index(faiss.IndexFlatIP(dimension)).tobytes())
    head[_COUNT] = count.to_bytes(8, "little")
    head[_COMPONENTS] = (count * dimension).to_bytes(8, "little")
    return bytes(head)
