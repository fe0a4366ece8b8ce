"""Similarity of vectors."""

import numpy as np
from numpy.typing import NDArray


def inner_products(
    vectors: NDArray[np.float32], vector: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the (n,) inner products of (n, dimension) vectors, some hundreds, with one."""
    # Not by BLAS, which would wake its threads for it, and that takes longer.
    products: NDArray[np.float32] = np.einsum("ij,j->i", vectors, vector)
    return products


def mean_directions(vectors: NDArray[np.float32], counts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the mean of each run of vectors, of length 1; zeros for an empty run.

    Args:
        vectors: (n, dimension), run after run.
        counts: (k,) how many vectors each run has, together n.

    Returns:
        (k, dimension) means.
    """
    means = np.zeros((len(counts), vectors.shape[1]), np.float32)
    filled = counts > 0
    if filled.any():
        begins = (np.cumsum(counts) - counts)[filled]
        totals = np.add.reduceat(vectors, begins, axis=0, dtype=np.float32)
        lengths = np.sqrt(np.einsum("ij,ij->i", totals, totals))[:, np.newaxis]
        means[filled] = np.divide(totals, lengths, out=totals, where=lengths > 0)
    return means


def mean_direction(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of (n, dimension) vectors, of length 1; zeros where n is 0."""
    mean: NDArray[np.float32] = mean_directions(vectors, np.array([len(vectors)]))[0]
    return mean
