"""Similarity of vectors."""

import numpy as np

from index.similarity import inner_products, mean_direction, mean_directions


def test_means_of_runs_have_length_one_and_those_of_nothing_are_zeros() -> None:
    vectors = np.array([[3, 4], [1, 0], [0, 1], [1, 0], [-1, 0]], np.float32)
    means = mean_directions(vectors, np.array([0, 1, 2, 0, 2, 0]))
    half = np.sqrt(np.float32(0.5))
    assert np.allclose(means, [[0, 0], [0.6, 0.8], [half, half], [0, 0], [0, 0], [0, 0]])
    assert mean_directions(vectors[:0], np.array([0])).tolist() == [[0, 0]]
    assert mean_directions(vectors[:0], np.empty(0, np.intp)).shape == (0, 2)


def test_a_mean_is_that_of_one_run() -> None:
    vectors = np.array([[2, 0], [0, 2]], np.float32)
    assert np.allclose(inner_products(vectors, mean_direction(vectors)), np.sqrt(2))
    assert mean_direction(vectors[:0]).tolist() == [0, 0]
