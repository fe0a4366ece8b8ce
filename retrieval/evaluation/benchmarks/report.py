"""All benchmarks in one report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.engines.loading import start_loading
from index.operations.bench.encoding import EncodingBenchmark, bench_encoding
from index.operations.bench.graphs import GraphBenchmark, bench_graphs
from index.operations.bench.processor import processor_features
from index.operations.bench.searches import NEAREST, bench_dense_search, bench_lexical_search
from index.operations.timing_harness import BenchmarkResult, machine_info
from index.settings import NO_RERANKER, IndexSettings
from retrieval.evaluation.benchmarks.growth_file import GrowthPoint
from retrieval.evaluation.benchmarks.stages import QuestionTimes, bench_questions
from retrieval.evaluation.benchmarks.startup import bench_startup
from retrieval.learned import LearnedParameters
from retrieval.pipeline.searcher import Searcher
from retrieval.query.query import PERSIAN
from retrieval.ranking.reranking import make_rerank_service
from retrieval.retriever import Retriever
from retrieval.settings import RetrievalSettings


@dataclass(frozen=True, slots=True)
class BenchmarkSizes:
    """How much is measured.

    Attributes:
        questions: per language, at most.
        rounds: over all questions.
        threads: number of threads that ask at once.
        passages: that are encoded.
        encodings: how often they are.
        graphs: how often each shape is run.
        starts: processes per language.
    """

    questions: int = 50
    rounds: int = 2
    threads: int = 8
    passages: int = 128
    encodings: int = 5
    graphs: int = 25
    starts: int = 5


QUICK = BenchmarkSizes(questions=8, rounds=1, passages=32, encodings=2, graphs=5, starts=1)


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """What was measured.

    Attributes:
        machine: facts that timings depend on.
        features: instructions that matter, and whether the processor has them.
        encoding: passages, beside other libraries.
        graphs: the exported models beside OpenVINO's own conversion.
        dense_search: a question to its nearest passages, beside other libraries.
        lexical_search: likewise by words, of Persian questions.
        questions: whole answers without a reranker.
        reranked_questions: likewise with the configured one; None where there is none.
        startup: `ask` from a shell, by language.
        growth: earlier measurements of the scaling benchmark.
    """

    machine: dict[str, object]
    features: dict[str, bool]
    encoding: EncodingBenchmark
    graphs: list[GraphBenchmark]
    dense_search: list[BenchmarkResult]
    lexical_search: list[BenchmarkResult]
    questions: QuestionTimes
    reranked_questions: QuestionTimes | None
    startup: list[BenchmarkResult]
    growth: list[GrowthPoint]

    def record(self) -> dict[str, object]:
        """Return the JSON object of the report."""
        fields = asdict(self)
        return fields | {"growth": [point.model_dump() for point in self.growth]}


def bench_all(
    config: Path | None,
    questions: Mapping[str, Sequence[str]],
    sizes: BenchmarkSizes,
    growth: Sequence[GrowthPoint],
    on_step: Callable[[str], None],
) -> BenchmarkReport:
    """Run all benchmarks over the published index.

    Args:
        config: the configuration file; None: `./config.toml` where it exists.
        questions: by language, among them Persian; none may be empty.
        sizes: how much is measured.
        growth: earlier measurements of the scaling benchmark.
        on_step: is told what begins.

    Raises:
        KhazarError: there is no index, or no model.
        CalledProcessError: `ask` fails in a process of its own.
    """
    settings, index_settings = RetrievalSettings.load(config), IndexSettings.load(config)
    on_step("opening")
    opening = start_loading(index_settings)
    index, encoder = opening.index.result(), opening.encoder.result()
    times = {}
    for name in dict.fromkeys((NO_RERANKER, settings.reranker)):
        on_step(f"questions, reranker: {name}")
        reranker = make_rerank_service(name, index_settings)
        retriever = Retriever(index, encoder, settings, reranker=reranker)
        retriever.warm_up()
        times[name] = bench_questions(retriever, questions, sizes.rounds, sizes.threads)
    learned = LearnedParameters.load(settings.learned_file)
    searcher = Searcher(index, encoder, settings, learned)

    def search_words(text: str) -> object:
        query = searcher.parse(text)
        return query and index.search_terms(query.groups, NEAREST, settings.title_weight)

    mixed = [text for texts in questions.values() for text in texts]
    on_step("lexical search")
    lexical = bench_lexical_search(index_settings, questions[PERSIAN], search_words)
    on_step("dense search")
    dense = bench_dense_search(index_settings, mixed)
    on_step("encoding")
    encoding = bench_encoding(index_settings, sizes.passages, sizes.encodings)
    on_step("graphs")
    graphs = bench_graphs(index_settings, settings.reranker, sizes.graphs)
    on_step("start")
    return BenchmarkReport(
        machine_info(),
        processor_features(),
        encoding,
        graphs,
        dense,
        lexical,
        times[NO_RERANKER],
        None if settings.reranker == NO_RERANKER else times[settings.reranker],
        bench_startup(questions, config, sizes.starts),
        list(growth),
    )
