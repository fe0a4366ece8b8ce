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
# Weights that share a scale: fewer are nearer to what they were, and take no longer.
_GROUP = 64


def pack_weights(graph: openvino.Model) -> int:
    """Replace the weights of a graph's matrix products by 8-bit ones, with a scale for each 64.

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
        # Those of linear layers are (outputs, inputs); others are left as they are.
        if operation.get_attributes()["transpose_b"]:
            operation.input(1).replace_source_output(_packed(weights.data))
            replaced += 1
    graph.validate_nodes_and_infer_types()
    return replaced


def _is_large(shape: Any) -> bool:
    return len(shape) == 2 and int(np.prod(shape)) >= _LEAST


def _packed(weights: Any) -> openvino.Output:
    """Return 8-bit weights times their scales, of which a product makes one operation.

    Args:
        weights: (outputs, inputs) float32.
    """
    outputs, inputs = weights.shape
    group = _GROUP if inputs % _GROUP == 0 else inputs
    grouped = weights.reshape(outputs, -1, group)
    largest = np.abs(grouped).max(axis=-1, keepdims=True)
    scales = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(_HIGHEST)
    packed = np.round(grouped / scales).astype(np.int8)
    converted = operations.convert(operations.constant(packed), "f32")
    product = operations.multiply(converted, operations.constant(scales))
    shape = operations.constant(np.array(weights.shape))
    restored: openvino.Output = operations.reshape(product, shape, False).output(0)
    return restored
