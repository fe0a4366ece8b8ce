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


def mean_direction(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of (n, dimension) vectors, of length 1; zeros where n is 0."""
    total: NDArray[np.float32] = vectors.sum(axis=0, dtype=np.float32)
    length = np.linalg.norm(total)
    return total / length if length else total
