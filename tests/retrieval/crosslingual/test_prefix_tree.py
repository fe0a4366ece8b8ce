"""Prefix trees in arrays."""

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.crosslingual.prefix_tree import PrefixTree

CODES = np.zeros(0x700, np.uint8)
CODES[[ord(letter) for letter in "ابپ"]] = (1, 2, 3)


def complete(tree: PrefixTree, node: int = 0, depth: int = 0) -> Iterator[tuple[str, int]]:
    """Yield the word and the depth of each node that completes a word."""
    if tree.complete[node]:
        yield tree.words[tree.numbers[node]], depth
    for child in tree.children(node):
        yield from complete(tree, child, depth + 1)


@given(st.sets(st.text("ابپx中", min_size=1, max_size=6)))
def test_every_word_is_complete_at_its_depth(words: set[str]) -> None:
    tree = PrefixTree(sorted(words), CODES)
    assert sorted(complete(tree)) == sorted((word, len(word)) for word in words)
    prefixes = {word[:end] for word in words for end in range(len(word) + 1)} | {""}
    assert len(tree) == len(prefixes)


def test_letters_lead_to_the_children() -> None:
    tree = PrefixTree(["اب", "اپx", "ب"], CODES)
    assert [tree.letters[child] for child in tree.children(0)] == [1, 2]
    below = tree.children(tree.children(0)[0])
    assert [tree.letters[child] for child in below] == [2, 3]
    assert [tree.letters[child] for child in tree.children(below[1])] == [0]


def test_of_a_very_long_word_only_the_beginning_is_in_the_tree() -> None:
    tree = PrefixTree(["ا" * 100], CODES)
    assert list(complete(tree)) == []
    assert len(tree) < 100


def test_no_words_make_a_root() -> None:
    tree = PrefixTree([], CODES)
    assert len(tree) == 1
    assert list(tree.children(0)) == []
