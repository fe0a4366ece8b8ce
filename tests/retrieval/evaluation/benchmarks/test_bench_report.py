"""The report of all benchmarks: what it holds, its tables and its picture; no time is measured."""

import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from rich.console import Console

from index.errors import KhazarError
from index.indexing.builder import build
from index.operations.bench.encoding import EncodingBenchmark
from index.operations.bench.graphs import GraphBenchmark
from index.operations.bench.processor import MatrixPeak
from index.operations.timing_harness import BenchmarkResult
from index.settings import IndexSettings
from retrieval.cli.bench import bench_command
from retrieval.evaluation.benchmarks.figure import write_report_figure
from retrieval.evaluation.benchmarks.growth_file import GrowthPoint, Percentiles, read_growth
from retrieval.evaluation.benchmarks.report import BenchmarkReport
from retrieval.evaluation.benchmarks.stages import LanguageTimes, QuestionTimes
from retrieval.evaluation.benchmarks.tables import print_report
from retrieval.ranking.timing import STAGES

OURS = BenchmarkResult("khazar", 2.0, (1.5, 2.5), 500.0, 1.0, (1.0, 1.0), 3.0, 1.0)
OTHER = BenchmarkResult("other", 4.0, (3.5, 4.25), 250.0, 2.0, (1.75, 2.5), 7.5, 2.5)
TIMES = QuestionTimes(
    (LanguageTimes("fa", 6, 12.5, 20.0, dict.fromkeys(STAGES, 1.25), 2.5),), 8, 99.0, 50.0, 321
)
SMALL, LARGE = (
    GrowthPoint(passages=10_000, ask_ms=Percentiles(p50=8, p95=12), recall_at_10=1),
    GrowthPoint(passages=1_000_000, build_seconds=700, peak_mb=900),
)


def report(*, reranked: bool, growth: list[GrowthPoint]) -> BenchmarkReport:
    return BenchmarkReport(
        machine={"cores": 2},
        features={"avx2": True},
        encoding=EncodingBenchmark(
            [OURS, OTHER], 10, 800, 1000.0, MatrixPeak("f32", 150.0, 140.0, 4000.0), 0.25
        ),
        graphs=[GraphBenchmark("encoder, question: 1 x 27", [OURS, OTHER])],
        dense_search=[OURS, OTHER],
        lexical_search=[OURS],
        questions=TIMES,
        reranked_questions=TIMES if reranked else None,
        startup=[OURS],
        growth=growth,
    )


def printed(measured: BenchmarkReport) -> str:
    console = Console(file=io.StringIO(), width=160)
    print_report(console, measured)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_all_tables_are_printed() -> None:
    text = printed(report(reranked=True, growth=[SMALL, LARGE]))
    for told in (
        "precision f32; the model's matrix products at most 150 GFLOP/s in OpenVINO, 140 in numpy",
        "Milliseconds a question, without a reranker",
        "Milliseconds a question, with the reranker",
        "99 questions a second from 8 threads, 50 from one; 321 MB resident",
        "1,000 tokens a second, 25% of the peak",
        "encoder, question: 1 x 27",
        "One question to its nearest 10 passages",
        "`ask` from a shell",
        "8.0 / 12.0",
        "1,000,000",
    ):
        assert told in text, told
    # What was not measured is left out.
    rest = printed(report(reranked=False, growth=[]))
    assert "with the reranker" not in rest
    assert "Growth" not in rest


def test_the_record_is_json() -> None:
    found = json.loads(json.dumps(report(reranked=False, growth=[SMALL]).record()))
    assert found["encoding"]["peak"]["openvino"] == 150
    assert found["reranked_questions"] is None
    assert found["growth"][0]["ask_ms"] == {"p50": 8, "p95": 12}
    assert found["questions"]["languages"][0]["stages"] == dict.fromkeys(STAGES, 1.25)


@pytest.mark.parametrize(("growth", "panels"), [([], 3), ([SMALL, LARGE], 4)])
def test_the_picture_has_growth_only_where_it_was_measured(
    tmp_path: Path, growth: list[GrowthPoint], panels: int
) -> None:
    path = tmp_path / "bench.svg"
    write_report_figure(report(reranked=True, growth=growth), path)
    groups = ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}g")
    assert sum(group.get("id", "").startswith("axes_") for group in groups) == panels


def test_growth_is_read_smallest_first(tmp_path: Path) -> None:
    path = tmp_path / "growth.json"
    path.write_text(
        '[{"size": 1000000, "passages": 1000123}, {"passages": 9, "recall_at_10": 1}]', "utf-8"
    )
    assert [one.passages for one in read_growth(path)] == [9, 1000123]


@pytest.mark.parametrize("content", ["{}", '[{"passages": "many"}]', "["])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "growth.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(KhazarError, match=r"growth\.json: no measurements"):
        read_growth(path)


@pytest.mark.slow
def test_the_command_measures_everything_and_writes_it(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (f'{{"id": "{n}", "title": "خزر", "paragraphs": ["خبر {n}"]}}\n' for n in range(6))
    source = tmp_path / "news.jsonl"
    source.write_text("".join(lines), encoding="utf-8")
    config = tmp_path / "config.toml"
    config.write_text(
        f'[index]\nencoder = "{tiny_model}"\ndirectory = "index"\n[retrieval]\nreranker = "none"\n',
        encoding="utf-8",
    )
    build(IndexSettings.load(config), [str(source)])
    questions = tmp_path / "questions.jsonl"
    asked = {"id": "1", "kind": "answerable", "article": "1", "paragraph": 0}
    asked |= {"q_fa": "خبر خزر چیست؟", "q_en": "What is the news?"}
    questions.write_text(json.dumps(asked) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    bench_command([questions], quick=True, growth=tmp_path / "absent", out=out, config=config)
    assert "Encoding 6 passages" in capsys.readouterr().out
    found = json.loads((out / "bench.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in found["startup"]] == ["fa", "en"]
    assert (out / "bench.svg").exists()
    assert "| khazar (OpenVinoEncoder) " in (out / "bench.md").read_text(encoding="utf-8")
