"""Shortlists of near vectors: what they miss, and how they grow."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.graph import NeighbourGraph
from index.vectors import VectorIndex

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


@pytest.fixture(scope="module")
def index(vectors: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> VectorIndex:
    folder = tmp_path_factory.mktemp("graph")
    VectorIndex.build([vectors], COUNT).write(folder / "vectors.faiss")
    NeighbourGraph.build(vectors).write(folder / "graph.faiss")
    return VectorIndex.open(folder / "vectors.faiss", folder / "graph.faiss")


# By graph, by all codes of those that may be returned, and by next to none.
@pytest.mark.parametrize("share", [1.0, 0.5, 0.12, 0.05, 0.002])
def test_the_nearest_are_found_whatever_may_be_returned(
    index: VectorIndex,
    vectors: NDArray[np.float32],
    questions: NDArray[np.float32],
    share: float,
) -> None:
    among = np.random.default_rng(3).random(COUNT) < share
    allowed = np.flatnonzero(among)
    found = 0
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


def test_nothing_is_found_among_none(index: VectorIndex, questions: NDArray[np.float32]) -> None:
    assert index.search(questions[0], 5, np.zeros(COUNT, np.bool_)).rows.size == 0


def test_a_graph_that_grew_is_as_good(
    vectors: NDArray[np.float32], questions: NDArray[np.float32], tmp_path: Path
) -> None:
    told: list[int] = []
    NeighbourGraph.build(vectors[:4000]).write(tmp_path / "graph")
    graph = NeighbourGraph.open(tmp_path / "graph", mapped=False)
    graph.grow(vectors, told.append)
    assert (len(graph), told) == (COUNT, [COUNT])
    found = [
        len(
            set(graph.shortlist(question, 10))
            & set(np.argsort(-(vectors @ question))[:10].tolist())
        )
        for question in questions
    ]
    assert sum(found) / (10 * len(questions)) >= 0.98


def test_a_graph_of_other_vectors_is_refused(vectors: NDArray[np.float32], tmp_path: Path) -> None:
    VectorIndex.build([vectors], COUNT).write(tmp_path / "vectors")
    NeighbourGraph.build(vectors[:10]).write(tmp_path / "graph")
    with pytest.raises(ValueError, match="other rows"):
        VectorIndex.open(tmp_path / "vectors", tmp_path / "graph")


@pytest.mark.parametrize(
    ("first", "second", "begins"),
    [(3, 3, True), (3, 5, True), (5, 3, False)],
)
def test_one_index_begins_another(
    vectors: NDArray[np.float32], first: int, second: int, begins: bool
) -> None:
    indexes = [VectorIndex.build([vectors[:count]], count) for count in (first, second)]
    assert indexes[0].begins(indexes[1]) is begins


def test_one_index_does_not_begin_another_that_differs_late(
    vectors: NDArray[np.float32],
) -> None:
    changed = vectors.copy()
    changed[5000] = vectors[0]
    indexes = [VectorIndex.build([some], COUNT) for some in (vectors, changed)]
    assert not indexes[0].begins(indexes[1])
    assert not VectorIndex.build([vectors[:, :5]], COUNT).begins(indexes[0])
