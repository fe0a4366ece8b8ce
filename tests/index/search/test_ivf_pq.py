"""Shortlists of near vectors: what they miss, and how they grow."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.search.dense import DenseIndex, VectorFile
from index.search.ivf_pq import IvfPqIndex, nlist_for, sample_step

COUNT, DIMENSION = 6000, 24


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    """Vectors in clusters, as those of an archive's subjects are."""
    random = np.random.default_rng(1)
    centres = random.standard_normal((60, DIMENSION))
    scattered = centres[random.integers(60, size=COUNT)] + random.standard_normal(
        (COUNT, DIMENSION)
    )
    return unit(scattered.astype(np.float32))


@pytest.fixture(scope="module")
def questions() -> NDArray[np.float32]:
    random = np.random.default_rng(2)
    return unit(random.standard_normal((50, DIMENSION)).astype(np.float32))


def trained(vectors: NDArray[np.float32]) -> IvfPqIndex:
    return IvfPqIndex.train(vectors[:: sample_step(len(vectors))], len(vectors))


def coded(vectors: NDArray[np.float32]) -> IvfPqIndex:
    codes = trained(vectors)
    codes.rebuild([vectors], lambda _: None)
    return codes


@pytest.fixture(scope="module")
def index(vectors: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    folder = tmp_path_factory.mktemp("codes")
    VectorFile.write(folder / "vectors.faiss", [vectors], COUNT)
    coded(vectors).write(folder / "codes.faiss")
    return DenseIndex.open(folder / "vectors.faiss", folder / "codes.faiss")


# By some of the codes, by all of them, and by the vectors of the few that may be returned.
@pytest.mark.parametrize("share", [1.0, 0.7, 0.3, 0.07, 0.05, 0.002])
def test_the_nearest_are_found_whatever_may_be_returned(
    index: DenseIndex,
    vectors: NDArray[np.float32],
    questions: NDArray[np.float32],
    share: float,
) -> None:
    among = np.random.default_rng(3).random(COUNT) < share
    allowed = np.flatnonzero(among)
    found = 0.0
    for question in questions:
        hits = index.search(question, 10, None if share == 1 else among)
        exact = allowed[np.argsort(-(vectors[allowed] @ question))[:10]]
        assert set(hits.rows.tolist()) <= set(allowed.tolist())
        assert hits.scores.tolist() == pytest.approx(
            (vectors[hits.rows] @ question).tolist(), abs=1e-6
        )
        assert hits.scores.tolist() == sorted(hits.scores.tolist(), reverse=True)
        assert len(hits.rows) == len(exact)
        found += len(set(hits.rows.tolist()) & set(exact.tolist())) / len(exact)
    assert found / len(questions) >= 0.98


def test_nothing_is_found_among_none(index: DenseIndex, questions: NDArray[np.float32]) -> None:
    assert index.search(questions[0], 5, np.zeros(COUNT, np.bool_)).rows.size == 0


def test_codes_can_be_filled_again(
    vectors: NDArray[np.float32], questions: NDArray[np.float32], tmp_path: Path
) -> None:
    """An index trained on some vectors serves others of the same model."""
    told: list[int] = []
    coded(vectors[:5000]).write(tmp_path / "codes")
    codes = IvfPqIndex.open(tmp_path / "codes")
    assert codes.is_compatible(COUNT, DIMENSION)
    codes.rebuild([vectors[:4000], vectors[4000:]], told.append)
    assert (len(codes), told) == (COUNT, [4000, COUNT])
    found = 0
    for question in questions:
        exact = np.argsort(-(vectors @ question))[:10]
        found += len(set(codes.search_candidates(question, 10).tolist()) & set(exact.tolist()))
    assert found / (10 * len(questions)) >= 0.98


def test_an_archive_that_has_grown_much_needs_other_lists(vectors: NDArray[np.float32]) -> None:
    codes = trained(vectors[:1000])
    assert not codes.is_compatible(COUNT, DIMENSION)
    assert not codes.is_compatible(1000, DIMENSION + 1)


@pytest.mark.parametrize(
    ("count", "lists"), [(1000, 16), (50_000, 256), (1_000_000, 1024), (10**8, 8192)]
)
def test_there_are_about_as_many_lists_as_the_root_of_the_vectors(count: int, lists: int) -> None:
    assert nlist_for(count) == lists


def test_vectors_of_an_odd_length(questions: NDArray[np.float32]) -> None:
    vectors = unit(np.random.default_rng(4).standard_normal((1000, 7)).astype(np.float32))
    codes, question = coded(vectors), questions[0, :7]
    assert int(np.argmax(vectors @ question)) in codes.search_candidates(question, 1).tolist()


def test_codes_of_other_vectors_are_refused(vectors: NDArray[np.float32], tmp_path: Path) -> None:
    VectorFile.write(tmp_path / "vectors", [vectors], COUNT)
    coded(vectors[:1000]).write(tmp_path / "codes")
    with pytest.raises(ValueError, match="not those of the vectors"):
        DenseIndex.open(tmp_path / "vectors", tmp_path / "codes")
