"""`python -m index bench` over a tiny model; no time is measured here."""

import importlib.util
import io
from pathlib import Path

import pytest
from rich.console import Console

from index.article import Article
from index.encoders.model_resolver import resolve_model
from index.encoders.openvino.export_cache import exported_model
from index.encoders.openvino.matrix_products import matrix_shapes, operations_per_token
from index.errors import IndexMissingError
from index.indexing.builder import build
from index.operations.bench.encoding import bench_encoding, sample_passages
from index.operations.bench.graphs import bench_graphs
from index.operations.bench.processor import processor_features
from index.operations.bench.searches import bench_dense_search, bench_lexical_search
from index.operations.bench.tables import print_encoding, print_processor
from index.operations.timing_harness import processor_facts
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot

HAS_TXTAI = importlib.util.find_spec("txtai") is not None
HAS_BM25S = importlib.util.find_spec("bm25s") is not None
LAYERS = 2


@pytest.fixture
def settings(tiny_model: Path, tmp_path: Path) -> IndexSettings:
    path = tmp_path / "news.jsonl"
    lines = (f'{{"id": "{n}", "title": "خزر", "paragraphs": ["خبر {n}"]}}\n' for n in range(6))
    path.write_text("".join(lines), encoding="utf-8")
    chosen = IndexSettings(directory=tmp_path / "index", encoder=str(tiny_model))
    build(chosen, [str(path)])
    return chosen


def test_encoding_is_compared_with_other_libraries_and_with_what_the_processor_could_do(
    settings: IndexSettings,
) -> None:
    measured = bench_encoding(settings, passages=3, repetitions=1)
    names = ["khazar (OpenVinoEncoder)", "sentence-transformers", "txtai"]
    assert [one.name for one in measured.results] == names[: 2 + HAS_TXTAI]
    # «خزر», a line break, «خبر» and a number.
    assert measured.passages == 3
    assert measured.tokens >= 9
    assert measured.peak is not None
    assert measured.peak.precision == "f32"
    assert measured.peak_share == measured.tokens_per_second / measured.peak.tokens_per_second
    console = Console(file=io.StringIO(), width=200)
    print_processor(console, {"avx2": True, "amx_bf16": False}, measured.peak)
    print_encoding(console, measured)
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert "has avx2\nlacks amx_bf16\nprecision f32; " in told
    assert told.splitlines()[-1].endswith("of the peak")


def test_searches_are_compared_over_the_same_vectors(settings: IndexSettings) -> None:
    measured = bench_dense_search(settings, ["دریای خزر", "the caspian sea"])
    names = ["khazar (OpenVinoEncoder)", "sentence-transformers + faiss"]
    assert [one.name for one in measured][:2] == names
    assert len(measured) == 2 + HAS_TXTAI
    assert measured[0].ratio == 1.0


def test_lexical_searches_are_compared_from_the_text_on(settings: IndexSettings) -> None:
    asked: list[str] = []
    measured = bench_lexical_search(settings, ["دریای خزر", "خبر"], asked.append)
    names = ["khazar (tantivy)", "bm25s + hazm (over 6 passages)"]
    assert [one.name for one in measured] == names[: 1 + HAS_BM25S]
    # One to warm up.
    assert asked == ["دریای خزر", "خبر", "دریای خزر"]


def test_a_graph_is_compared_with_openvinos_own_conversion(settings: IndexSettings) -> None:
    question, passages = bench_graphs(settings, reranker="none", repetitions=1)
    assert question.title == "encoder, question: 1 x 27"
    assert passages.title == "encoder, passages: 28 x 72"
    for one in (question, passages):
        assert [result.name for result in one.results] == ["khazar", "OpenVINO's conversion"]


def test_the_matrices_of_a_model_are_found_in_its_graph(tiny_model: Path) -> None:
    exported = exported_model(resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder")
    # Of each of two layers: query, key, value and output; and the two of the feed-forward network.
    shapes = matrix_shapes(exported)
    assert shapes == {(32, 32): LAYERS * 4, (32, 64): LAYERS, (64, 32): LAYERS}
    assert operations_per_token(shapes) == LAYERS * 2 * (4 * 32 * 32 + 2 * 32 * 64)


def test_features_are_those_that_the_kernel_names() -> None:
    facts = processor_facts()
    if not facts:
        assert processor_features() == {}
    else:
        assert processor_features()["avx2"] == (" avx2 " in f" {facts['flags']} ")


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
