import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.ranking.fusion import weighted_min_max


def fuse(*channels: tuple[list[float], float]) -> list[float]:
    return weighted_min_max([(np.array(scores), weight) for scores, weight in channels]).tolist()


def test_each_channel_is_scaled_and_weighed() -> None:
    assert fuse(([0.0, 4.0, 2.0], 3), ([10.0, 0.0, 20.0], 1)) == [0.125, 0.75, 0.625]


def test_a_channel_whose_scores_are_equal_does_not_count() -> None:
    assert fuse(([0.5, 1.0], 1), ([0.0, 0.0], 9)) == [0.0, 1.0]
    assert fuse(([7.0], 1)) == [1.0]


def test_where_nothing_tells_all_are_as_good() -> None:
    assert fuse(([1.0, 2.0], 0), ([3.0, 3.0], 1)) == [1.0, 1.0]


scores = st.floats(-100, 100)


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=20), st.floats(0, 1))
def test_fused_scores_are_shares(pairs: list[tuple[float, float]], weight: float) -> None:
    first, second = zip(*pairs, strict=True)
    fused = fuse((list(first), weight), (list(second), 1 - weight))
    assert all(0 <= score <= 1 + 1e-9 for score in fused)
