"""`python -m index bench` over a tiny model; no time is measured here."""

import importlib.util
from pathlib import Path

import pytest

from index.article import Article
from index.errors import IndexMissingError
from index.indexing.builder import build
from index.operations.bench import bench_encoding, bench_searches, sample_passages
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot

HAS_TXTAI = importlib.util.find_spec("txtai") is not None


@pytest.fixture
def settings(tiny_model: Path, tmp_path: Path) -> IndexSettings:
    path = tmp_path / "news.jsonl"
    lines = (f'{{"id": "{n}", "title": "خزر", "paragraphs": ["خبر {n}"]}}\n' for n in range(6))
    path.write_text("".join(lines), encoding="utf-8")
    chosen = IndexSettings(directory=tmp_path / "index", encoder=str(tiny_model))
    build(chosen, [str(path)])
    return chosen


def test_encoding_is_compared_with_plain_sentence_transformers(settings: IndexSettings) -> None:
    names = [one.name for one in bench_encoding(settings, passages=3, repetitions=1)]
    assert names == ["khazar (OpenVinoEncoder)", "sentence-transformers", "txtai"][: 2 + HAS_TXTAI]


def test_searches_are_compared_over_the_same_vectors(settings: IndexSettings) -> None:
    measured = bench_searches(settings, ["دریای خزر", "the caspian sea"])
    names = ["khazar (OpenVinoEncoder)", "sentence-transformers + faiss"]
    assert [one.name for one in measured][:2] == names
    assert len(measured) == 2 + HAS_TXTAI
    assert measured[0].ratio == 1.0


@pytest.mark.parametrize(
    ("count", "expected"),
    [(2, [0, 5]), (3, [0, 3, 6]), (10, list(range(10))), (99, list(range(10)))],
)
def test_samples_are_from_all_over_the_index(build_index, count: int, expected: list[int]) -> None:
    chosen, _ = build_index(*(Article(f"{n}", "خبر", (f"متن {n}",)) for n in range(10)))
    snapshot = Snapshot.open_current(chosen.directory)
    assert sample_passages(snapshot, count) == [f"خبر\nمتن {n}" for n in expected]


def test_without_an_index_there_is_nothing_to_encode(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError):
        bench_encoding(IndexSettings(directory=tmp_path / "index"), passages=1, repetitions=1)
