"""Weights of a graph in 8 bits, which take a quarter of the memory.

Each output channel of a matrix has a scale of its own, its largest weight over 127. OpenVINO
multiplies such a matrix as it is and rescales inside the product (weight-only quantisation: what
is multiplied with it keeps its precision). This converts the numbers in each product, which costs
time in float32 (docs/bench.md); `expand_weights` converts them once, to the same weights.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.openvino.runtime import openvino

# Numbers of a matrix from which its size matters.
_LARGE = 100_000
_MAXIMUM = 127


def compress_weights(graph: Any, smallest: int = _LARGE) -> int:
    """Replace the constant matrices of a graph's products by 8-bit ones, in place.

    Args:
        graph: an OpenVINO model.
        smallest: numbers that a matrix has at least to be replaced.

    Returns:
        How many matrices were replaced.
    """
    operations = openvino.opset13
    replaced = 0
    for product in graph.get_ordered_ops():
        if product.get_type_name() != "MatMul":
            continue
        constant = product.input_value(1).get_node()
        shape = constant.get_output_shape(0) if constant.get_type_name() == "Constant" else ()
        if len(shape) != 2 or np.prod(shape) < smallest:
            continue
        # Output channels are rows where the matrix is transposed.
        inner = 1 if product.get_attributes()["transpose_b"] else 0
        numbers, scales = quantize(np.array(constant.data, dtype=np.float32), inner)
        converted = operations.convert(operations.constant(numbers), np.float32)
        scaled = operations.multiply(converted, operations.constant(scales))
        product.input(1).replace_source_output(scaled.output(0))
        replaced += 1
    graph.validate_nodes_and_infer_types()
    return replaced


def expand_weights(graph: Any) -> int:
    """Replace what `compress_weights` made by constant matrices of the same weights, in place.

    Args:
        graph: an OpenVINO model.

    Returns:
        How many matrices were replaced.
    """
    replaced = 0
    for product in graph.get_ordered_ops():
        if product.get_type_name() != "MatMul":
            continue
        scaled = product.input_value(1).get_node()
        if scaled.get_type_name() != "Multiply":
            continue
        converted, scales = (scaled.input_value(place).get_node() for place in range(2))
        numbers = converted.input_value(0).get_node()
        if [node.get_type_name() for node in (numbers, scales)] != ["Constant", "Constant"]:
            continue
        weights = np.array(numbers.data, np.float32) * np.array(scales.data, np.float32)
        product.input(1).replace_source_output(openvino.opset13.constant(weights).output(0))
        replaced += 1
    graph.validate_nodes_and_infer_types()
    return replaced


def quantize(
    weights: NDArray[np.float32], inner: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return 8-bit numbers and the scales by which they are multiplied.

    Args:
        weights: a matrix.
        inner: the axis that a product sums over; each place on the other one gets a scale.
    """
    largest = np.abs(weights).max(axis=inner, keepdims=True)
    scales = np.where(largest > 0, largest / _MAXIMUM, 1).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales
