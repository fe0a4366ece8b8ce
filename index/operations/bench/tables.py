"""Benchmarks of a processor and of encoding as tables."""

from collections.abc import Mapping

from rich.console import Console

from index.operations.bench.encoding import EncodingBenchmark
from index.operations.bench.processor import MatrixPeak
from index.operations.timing_harness import print_results, processor_facts


def print_processor(
    console: Console, features: Mapping[str, bool], peak: MatrixPeak | None
) -> None:
    """Print what the processor has, and how fast it multiplies."""
    console.print(processor_facts().get("model name", "unknown processor"))
    for title, wanted in (("has", True), ("lacks", False)):
        names = [name for name, there in features.items() if there is wanted]
        if names:
            console.print(f"{title} {', '.join(names)}")
    if peak:
        console.print(
            f"precision {peak.precision}; the model's matrix products at most "
            f"{peak.openvino:.0f} GFLOP/s in OpenVINO, {peak.numpy:.0f} in numpy (f32): "
            f"{peak.tokens_per_second:,.0f} tokens a second"
        )


def print_encoding(console: Console, measured: EncodingBenchmark) -> None:
    """Print how fast passages are encoded, and which share of the peak that is."""
    print_results(console, f"Encoding {measured.passages} passages", "passage", measured.results)
    share = "" if measured.peak_share is None else f", {measured.peak_share:.0%} of the peak"
    console.print(f"{measured.tokens_per_second:,.0f} tokens a second{share}")
