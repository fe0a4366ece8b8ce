"""IVF-PQ: approximate search with an inverted file of product-quantised codes.

H. Jégou, M. Douze, C. Schmid, "Product Quantization for Nearest Neighbor Search", 2011, in FAISS's
form for vector registers ("fast scan"). Each vector is stored with two bits a dimension, in one of
many lists, and a search scans the nearest lists. It returns candidates, which are ranked again by
their full vectors.

Questions lie apart from all passages, so their nearest passages are spread over many lists: two
thirds of 128 lists must be scanned, and a third of 1,024. An HNSW graph over 8-bit codes missed
more in the same time (docs/operators.md).
"""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

_BITS = 4
# Training vectors for each list.
_SAMPLE = 64
_ROUNDS = 8
# A search scans a share of the lists: their number to this power, so many times. It then finds as
# many of the nearest among a million passages as among ten thousand.
_PROBE_FACTOR, _PROBE_POWER = 5.0, -0.4
# Candidates for each wanted row: among ten times as many, hardly any of the best is missing.
_SURPLUS = 10
_LEAST = 400


class IvfPqIndex:
    """Candidates for the rows nearest to a vector."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._lists = int(faiss.extract_index_ivf(index).nlist)
        self._unfiltered = self._parameters(1.0, None)

    @classmethod
    def train(cls, sample: NDArray[np.float32], count: int) -> Self:
        """Train lists and codes; the index stays empty.

        Args:
            sample: (n, dimension) vectors of length 1, every `sample_step(count)`-th.
            count: the number of all vectors.
        """
        dimension, lists = sample.shape[1], nlist_for(count)
        # All vectors of a model share one direction; without it they differ more.
        centring = faiss.CenteringTransform(dimension)
        centring.train(sample)
        centred = centring.apply(sample)
        centred /= np.linalg.norm(centred, axis=1, keepdims=True)
        means = faiss.Kmeans(dimension, lists, niter=_ROUNDS, spherical=True, seed=1)
        means.train(centred)
        quantizer = faiss.IndexFlatIP(dimension)
        quantizer.add(means.centroids)  # type: ignore[arg-type] # there, once they are trained
        parts = dimension // 2 if dimension % 2 == 0 else dimension
        # By distance: centring changes inner products but no distances.
        inverted = faiss.IndexIVFPQFastScan(
            quantizer, dimension, lists, parts, _BITS, faiss.METRIC_L2
        )
        inverted.by_residual = False
        index = faiss.IndexPreTransform(centring, inverted)
        index.train(sample)
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file that `write` wrote."""
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))

    def write(self, path: Path) -> None:
        """Write the index to a new file."""
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def is_compatible(self, count: int, dimension: int) -> bool:
        """Return whether an index of so many vectors would have as many lists."""
        return self._lists == nlist_for(count) and self._index.d == dimension

    def rebuild(
        self, blocks: Iterable[NDArray[np.float32]], on_progress: Callable[[int], None]
    ) -> None:
        """Replace the content with (n, dimension) vectors; row i keeps the number i.

        Args:
            blocks: of vectors of length 1.
            on_progress: called with the number of vectors added so far.
        """
        self._index.reset()
        for block in blocks:
            self._index.add(block)
            on_progress(len(self))

    def search_candidates(
        self, vector: NDArray[np.float32], limit: int, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Return rows that include the `limit` nearest to a vector, except about one in a hundred.

        Args:
            vector: the (dimension,) query vector.
            limit: number of wanted rows.
            among: (n,) whether each row may be returned; None: all may.
        """
        parameters = self._unfiltered
        if among is not None:
            parameters = self._parameters(float(among.mean()), row_selector(among))
        wanted = min(max(limit * _SURPLUS, _LEAST), len(self))
        _, rows = self._index.search(vector[np.newaxis, :], wanted, params=parameters)
        # -1 fills up the result if there are no more rows.
        found: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found

    def _parameters(self, share: float, selector: Any) -> Any:
        """Return what FAISS searches with where a share of the rows passes a selector."""
        # The fewer rows pass, the farther away the nearest of them are.
        wanted_share = _PROBE_FACTOR * self._lists**_PROBE_POWER
        probed = math.ceil(self._lists * min(1.0, wanted_share / share)) if share else self._lists
        return faiss.SearchParametersPreTransform(  # type: ignore[call-arg]
            index_params=faiss.SearchParametersIVF(nprobe=probed, sel=selector)  # type: ignore[call-arg]
        )


def row_selector(among: NDArray[np.bool_]) -> Any:
    """Return a FAISS selector from (n,) flags: whether each row may be returned."""
    # The constructors that keep what they are given alive are not in the library's stubs.
    return faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))  # type: ignore[call-arg,arg-type]


def nlist_for(count: int) -> int:
    """Return the number of lists for so many vectors: about their square root."""
    return int(2 ** max(0, round(math.log2(min(math.sqrt(count), count / _SAMPLE)))))


def sample_step(count: int) -> int:
    """Return of how many vectors one is taken for training."""
    return max(1, count // (_SAMPLE * nlist_for(count)))
