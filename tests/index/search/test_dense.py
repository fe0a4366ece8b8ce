"""The dense channel: exact rankings by inner product."""

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.search.dense import DenseIndex, VectorFile

ROWS = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1], [-1, 0, 0]], dtype=np.float32)


@pytest.fixture
def index(tmp_path: Path) -> DenseIndex:
    VectorFile.write(tmp_path / "vectors.faiss", [ROWS[:1], ROWS[1:]], len(ROWS))
    return DenseIndex.open(tmp_path / "vectors.faiss")


def flat(rows: NDArray[np.float32]) -> faiss.IndexFlatIP:
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return index


def test_a_file_is_what_faiss_writes(tmp_path: Path) -> None:
    VectorFile.write(tmp_path / "ours", [ROWS[:3], ROWS[3:]], len(ROWS))
    faiss.write_index(flat(ROWS), str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@pytest.mark.parametrize("blocks", [[], [ROWS[:3]], [ROWS, ROWS]])
def test_vectors_that_are_too_few_or_too_many_are_refused(
    tmp_path: Path, blocks: list[NDArray[np.float32]]
) -> None:
    with pytest.raises(ValueError, match="where 4 are needed"):
        VectorFile.write(tmp_path / "vectors.faiss", blocks, len(ROWS))


def test_a_full_disk_is_told() -> None:
    rows = np.ones((5000, 8), np.float32)
    with pytest.raises(OSError, match="No space left"):
        VectorFile.write(Path("/dev/full"), [rows], len(rows))


@pytest.mark.parametrize("step", [1, 3, 50_001, 200_000])
def test_every_nth_vector_of_a_file(tmp_path: Path, step: int) -> None:
    rows = np.arange(120_000, dtype=np.float32).reshape(-1, 1)
    written = VectorFile.write(tmp_path / "vectors.faiss", [rows], len(rows))
    np.testing.assert_array_equal(np.concatenate(list(written.blocks())), rows)
    np.testing.assert_array_equal(written.every(step), rows[::step])


def test_the_nearest_rows_come_first_with_their_inner_products(index: DenseIndex) -> None:
    hits = index.search(np.array([0.8, 0.6, 0], dtype=np.float32), 3)
    assert hits.rows.tolist() == [1, 0, 2]
    assert hits.scores.tolist() == pytest.approx([0.96, 0.8, 0.0])


class Watched:
    """A FAISS index that notes how many threads it may use."""

    def __init__(self) -> None:
        self.threads: list[int] = []
        self._index = flat(ROWS)
        self.ntotal = len(ROWS)

    def search(self, *given: Any, **named: Any) -> Any:
        self.threads.append(faiss.omp_get_max_threads())
        return self._index.search(*given, **named)

    def reconstruct_batch(self, rows: Any) -> Any:
        self.threads.append(faiss.omp_get_max_threads())
        return self._index.reconstruct_batch(rows)


def test_a_search_takes_one_thread_and_leaves_the_others_for_later() -> None:
    before = faiss.omp_get_max_threads()
    watched = Watched()
    index = DenseIndex(watched)
    faiss.omp_set_num_threads(3)
    try:
        index.search(ROWS[0], 2)
        index.vectors(np.array([0, 1]))
        assert watched.threads == [1, 1]
        assert faiss.omp_get_max_threads() == 3
    finally:
        faiss.omp_set_num_threads(before)


def test_a_limit_beyond_the_index_gives_every_row(index: DenseIndex) -> None:
    hits = index.search(ROWS[0], 100)
    assert hits.rows.tolist() == [0, 1, 2, 3]
    assert hits.scores.tolist() == pytest.approx([1.0, 0.6, 0.0, -1.0])


@pytest.mark.parametrize(
    ("among", "limit", "found"),
    [
        ([True, False, True, True], 9, [0, 2, 3]),
        ([False, False, True, True], 1, [2]),
        ([True, True, True, True], 2, [1, 0]),
        ([False, False, False, True], 1, [3]),
        ([False, False, False, False], 1, []),
    ],
)
def test_a_search_among_some_rows(
    index: DenseIndex, among: list[bool], limit: int, found: list[int]
) -> None:
    query = np.array([0.8, 0.6, 0], dtype=np.float32)
    hits = index.search(query, limit, np.array(among))
    assert hits.rows.tolist() == found
    assert hits.scores.tolist() == pytest.approx((ROWS[found] @ query).tolist())
    assert (hits.rows.dtype, hits.scores.dtype) == (np.int64, np.float32)


def test_it_knows_its_size(index: DenseIndex) -> None:
    assert (len(index), index.dimension) == (4, 3)


@pytest.mark.parametrize("rows", [[], [2], [3, 0, 0]])
def test_vectors_come_back_as_they_went_in(index: DenseIndex, rows: list[int]) -> None:
    vectors = index.vectors(np.array(rows, dtype=np.int64))
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, ROWS[rows])


@pytest.mark.parametrize("content", [None, b"", b"not an index"])
def test_what_is_no_index_cannot_be_opened(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "vectors.faiss"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuntimeError, match="faiss"):
        DenseIndex.open(path)


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_a_search_is_exact(count: int, limit: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.standard_normal((count, 8)).astype(np.float32)
    query = random.standard_normal(8).astype(np.float32)
    hits = DenseIndex(flat(rows)).search(query, limit)
    products = rows @ query
    np.testing.assert_allclose(hits.scores, np.sort(products)[::-1][:limit], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(hits.scores, products[hits.rows], rtol=1e-4, atol=1e-5)
    assert len(set(hits.rows.tolist())) == min(limit, count)
