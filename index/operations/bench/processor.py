"""What a processor can do: its features, and how fast it multiplies a model's matrices."""

from dataclasses import dataclass

from index.encoders.encoder import PassageEncoder
from index.encoders.model_resolver import resolve_model
from index.encoders.openvino.export_cache import exported_model
from index.encoders.openvino.matrix_products import (
    matrix_rate,
    matrix_shapes,
    operations_per_token,
)
from index.encoders.openvino.openvino_encoder import OpenVinoEncoder
from index.operations.timing_harness import processor_facts
from index.settings import IndexSettings, Precision

# As Linux calls them, in the order of their age.
_FEATURES = (
    *("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16"),
    *("amx_tile", "amx_bf16", "amx_int8"),
)
# Of a batch of passages.
_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class MatrixPeak:
    """How fast a model's matrix products are computed when nothing else is.

    Attributes:
        precision: that OpenVINO computes them in.
        openvino: 10^9 operations a second, an addition and a multiplication being two.
        numpy: likewise in numpy, in float32.
        tokens_per_second: that could be encoded if the model were these products alone.
    """

    precision: Precision
    openvino: float
    numpy: float
    tokens_per_second: float


def processor_features() -> dict[str, bool]:
    """Return which of the instructions that matter here exist; empty where that is unknown."""
    flags = processor_facts().get("flags", "").split()
    return {name: name in flags for name in _FEATURES} if flags else {}


def measure_matrix_peak(
    encoder: PassageEncoder, settings: IndexSettings, repetitions: int
) -> MatrixPeak | None:
    """Multiply matrices of all shapes that the encoder's weights have.

    Args:
        encoder: the one that is used.
        settings: model and number of threads.
        repetitions: how often each product is computed; the fastest counts.

    Returns:
        The peak; None for an encoder that OpenVINO does not run.
    """
    if not isinstance(encoder, OpenVinoEncoder):
        return None
    shapes = matrix_shapes(exported_model(resolve_model(settings), "encoder"))
    chosen = (encoder.precision, settings.threads)
    rate = matrix_rate(shapes, _TOKENS, repetitions, chosen)
    numpy_rate = matrix_rate(shapes, _TOKENS, repetitions, None)
    return MatrixPeak(
        encoder.precision, rate / 1e9, numpy_rate / 1e9, rate / operations_per_token(shapes)
    )
