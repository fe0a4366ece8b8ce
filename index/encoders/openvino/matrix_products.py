"""The matrix products that make up most of a model's cost, and how fast they can be computed."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.openvino.exported_model import GRAPH
from index.encoders.openvino.openvino_model import compile_options
from index.encoders.openvino.runtime import openvino
from index.settings import Precision

# The lengths of the vectors that a product takes and gives.
MatrixShape = tuple[int, int]
_Product = Callable[[NDArray[np.float32]], object]


def matrix_shapes(exported: Path) -> Counter[MatrixShape]:
    """Return the shapes of an exported model's weights, and how often each occurs.

    Args:
        exported: a folder as `exported_model` describes it.
    """
    shapes: Counter[MatrixShape] = Counter()
    for product in openvino.Core().read_model(exported / GRAPH).get_ordered_ops():
        if product.get_type_name() == "MatMul" and _is_constant(product.input_value(1)):
            rows, columns = product.input_value(1).get_shape()
            transposed = product.get_attributes()["transpose_b"]
            shapes[(columns, rows) if transposed else (rows, columns)] += 1
    return shapes


def operations_per_token(shapes: Counter[MatrixShape]) -> int:
    """Return the additions and multiplications of all products, for one token."""
    return sum(2 * count * inputs * outputs for (inputs, outputs), count in shapes.items())


def matrix_rate(
    shapes: Counter[MatrixShape],
    tokens: int,
    repetitions: int,
    compiled: tuple[Precision, int] | None,
) -> float:
    """Return the operations a second of products that follow each other, weights in the caches.

    Args:
        shapes: of the weights, and how often each occurs.
        tokens: of a batch.
        repetitions: how often each product is computed; the fastest counts.
        compiled: the precision and the number of threads (0: all cores) for OpenVINO; None: numpy,
            in float32.
    """
    chance = np.random.default_rng(0)
    seconds = 0.0
    for (inputs, outputs), count in shapes.items():
        weights = chance.standard_normal((inputs, outputs), dtype=np.float32)
        vectors = chance.standard_normal((tokens, inputs), dtype=np.float32)
        multiply = _in_numpy(weights) if compiled is None else _in_openvino(weights, *compiled)
        multiply(vectors)
        seconds += count * min(_timed(multiply, vectors) for _ in range(repetitions))
    return operations_per_token(shapes) * tokens / seconds


def _is_constant(output: Any) -> bool:
    """Tell whether a matrix is one of the model's weights, perhaps of 8 bits."""
    node = output.get_node()
    while node.get_type_name() in ("Convert", "Multiply"):
        node = node.input_value(0).get_node()
    return node.get_type_name() == "Constant" and len(output.get_partial_shape()) == 2


def _in_numpy(weights: NDArray[np.float32]) -> _Product:
    return lambda vectors: vectors @ weights


def _in_openvino(weights: NDArray[np.float32], precision: Precision, threads: int) -> _Product:
    operations = openvino.opset13
    parameter = operations.parameter([-1, weights.shape[0]], np.float32)
    product = operations.matmul(parameter, operations.constant(weights), False, False)
    graph = openvino.Model([product], [parameter], "product")
    options = compile_options(precision, threads)
    request = openvino.Core().compile_model(graph, "CPU", options).create_infer_request()
    return lambda vectors: request.infer([vectors], share_inputs=True)


def _timed(multiply: _Product, vectors: NDArray[np.float32]) -> float:
    begun = time.perf_counter()
    multiply(vectors)
    return time.perf_counter() - begun
