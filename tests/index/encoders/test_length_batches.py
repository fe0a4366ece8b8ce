"""Batches of sequences: each once, of like length, and of bounded size."""

from hypothesis import given
from hypothesis import strategies as st

from index.encoders.openvino.length_batches import BATCH_TOKENS, batches_by_length

LENGTHS = st.lists(st.integers(0, 512), max_size=80)


@given(LENGTHS, st.integers(1, 40), st.sampled_from([512, BATCH_TOKENS]))
def test_every_sequence_is_in_one_batch_of_bounded_size(
    lengths: list[int], size: int, tokens: int
) -> None:
    batches = list(batches_by_length(lengths, size, tokens))
    assert sorted(at for batch in batches for at in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[at] for at in batch)
        assert 1 <= len(batch) <= size
        assert len(batch) * longest <= tokens


def test_sequences_of_like_length_share_a_batch() -> None:
    assert list(batches_by_length([30, 200, 32, 31, 201], 8)) == [[0, 3, 2], [1, 4]]


def test_a_sequence_that_is_longer_than_a_batch_is_one() -> None:
    assert list(batches_by_length([BATCH_TOKENS + 1, 5, BATCH_TOKENS + 1], 8)) == [[1], [0], [2]]


def test_no_sequences_are_no_batches() -> None:
    assert list(batches_by_length([], 8)) == []
