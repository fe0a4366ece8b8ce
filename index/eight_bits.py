"""A graph with its weights in 8 bits: a quarter of the memory that a processor has to read.

What is multiplied with them stays float32. For one short question, reading weights is what takes
the time; what 8 bits cost in quality is in docs/measurements.md.
"""

from typing import Any

import numpy as np
import openvino
from openvino import opset13 as operations

# Smaller ones are read in no time.
_LEAST = 10_000
_HIGHEST = 127


def pack_weights(graph: openvino.Model) -> int:
    """Replace the weights of a graph's matrix products by 8-bit ones, one scale an output.

    Returns:
        How many were replaced.
    """
    replaced = 0
    for operation in graph.get_ordered_ops():
        if operation.get_type_name() != "MatMul":
            continue
        weights = operation.input_value(1).get_node()
        if weights.get_type_name() != "Constant" or not _is_large(weights.get_output_shape(0)):
            continue
        is_transposed = operation.get_attributes()["transpose_b"]
        operation.input(1).replace_source_output(_packed(weights.data, 1 if is_transposed else 0))
        replaced += 1
    graph.validate_nodes_and_infer_types()
    return replaced


def _is_large(shape: Any) -> bool:
    return len(shape) == 2 and int(np.prod(shape)) >= _LEAST


def _packed(weights: Any, axis: int) -> openvino.Output:
    """Return 8-bit weights times their scales, of which a product makes one operation."""
    largest = np.abs(weights).max(axis=axis, keepdims=True)
    scales = np.where(largest > 0, largest, 1).astype(np.float32) / _HIGHEST
    packed = np.round(weights / scales).astype(np.int8)
    converted = operations.convert(operations.constant(packed), "f32")
    product: openvino.Output = operations.multiply(converted, operations.constant(scales)).output(0)
    return product
