"""Near-duplicates: found where most words are shared, and not by chance."""

import numpy as np
import pytest

from index.text.minhash import SKETCH_SIZE, near_duplicates, sketch


def words(seed: int, count: int = 300) -> list[str]:
    random = np.random.default_rng(seed)
    return [f"w{number}" for number in random.integers(0, 5000, count)]


def links(*texts: list[str]) -> list[list[int]]:
    return near_duplicates(np.array([sketch(text) for text in texts])).tolist()


def test_a_sketch_is_what_it_says() -> None:
    values = sketch(words(1))
    assert (values.shape, values.dtype) == ((SKETCH_SIZE,), np.uint32)
    assert (np.diff(values.astype(np.int64)) > 0).all()
    np.testing.assert_array_equal(values, sketch(words(1)))


def test_copies_are_linked_and_others_are_not() -> None:
    assert links(words(1), words(2), words(1), words(3)) == [[0, 2]]


@pytest.mark.parametrize(("changed", "linked"), [(10, True), (30, True), (200, False)])
def test_from_half_the_shingles_on(changed: int, linked: bool) -> None:
    other = words(1)
    other[-changed:] = words(2, changed)
    assert links(words(1), other) == ([[0, 1]] if linked else [])


def test_three_agencies_with_one_story() -> None:
    first, second, third = words(1), words(1), words(1)
    second[:5], third[-5:] = words(2, 5), words(3, 5)
    assert links(first, words(7), second, third) == [[0, 2], [0, 3], [2, 3]]


def test_stories_of_two_three_and_five_agencies() -> None:
    stories = [words(2), words(3), words(5), words(3), words(5), words(2)]
    stories += [words(1), words(3), words(5), words(5), words(5)]
    expected = [[0, 5], [1, 3], [1, 7], [2, 4], [2, 8], [2, 9], [2, 10], [3, 7], [4, 8], [4, 9]]
    assert links(*stories) == [*expected, [4, 10], [8, 9], [8, 10], [9, 10]]


def test_short_texts_share_their_words_by_chance() -> None:
    assert links(words(1, 13), words(1, 13), [], []) == []
    assert links(words(1, 14), words(1, 14)) == [[0, 1]]


def test_a_formula_that_all_have_links_nobody() -> None:
    formula = words(0, 40)
    assert links(*([*formula, *words(seed, 200)] for seed in range(1, 90))) == []


def test_nothing_to_compare() -> None:
    empty = near_duplicates(np.empty((0, SKETCH_SIZE), np.uint32))
    assert (empty.shape, empty.dtype) == ((0, 2), np.int32)
    assert links(words(1)) == []
