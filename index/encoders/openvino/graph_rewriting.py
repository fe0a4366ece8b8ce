"""Rewriting a graph so that OpenVINO computes the same in less time and memory."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from index.encoders.openvino.runtime import openvino

_ROOT_HALF = np.float32(0.5**0.5)


def join_projections(graph: Any) -> int:
    """Compute query, key and value of each attention in one product, in place.

    They are products of the same vectors, and starting a product on several cores costs time. An
    attention of another form stays as it is.

    Args:
        graph: an OpenVINO model.

    Returns:
        The number of attentions whose products were joined.
    """
    operations = openvino.opset13
    joined = 0
    for attention in _nodes(graph, "ScaledDotProductAttention"):
        layers = [_LinearLayer.at(_before_heads(attention, place)) for place in range(3)]
        found = [layer for layer in layers if layer]
        shapes = {(layer.inputs, layer.weights.shape, layer.bias.shape) for layer in found}
        if len(found) < len(layers) or len(shapes) != 1:
            continue
        outputs = _linear(
            found[0].product.input_value(0),
            np.concatenate([layer.weights for layer in found]),
            np.concatenate([layer.bias for layer in found], axis=-1),
        )
        parts = operations.split(outputs, operations.constant(np.int64(-1)), len(found))
        for place, layer in enumerate(found):
            _replace(layer.addition, parts.output(place))
        joined += 1
    graph.validate_nodes_and_infer_types()
    return joined


def separate_activations(graph: Any) -> int:
    """Take GELU out of the products before it, in place; for graphs that compute in float32.

    OpenVINO gives a float32 product that stands alone to MLAS, which packs the weights once for
    all shapes, and one with an activation in it to oneDNN, which is no faster and packs them anew
    for short and long batches: 60 MB of a model with 85 MB of weights. It puts the two together
    wherever it knows the formula again, so the root in it is moved into the weights.

    Args:
        graph: an OpenVINO model.

    Returns:
        The number of activations that stand apart.
    """
    operations = openvino.opset13
    separated = 0
    for gelu in _nodes(graph, "Gelu"):
        layer = _LinearLayer.at(gelu.input_value(0).get_node())
        is_exact = gelu.get_attributes().get("approximation_mode", "ERF") == "ERF"
        if layer is None or not is_exact or len(_targets(layer.addition)) != 1:
            continue
        # x (1 + erf(x / √2)) / 2, with y = x / √2
        y = _linear(
            layer.product.input_value(0), layer.weights * _ROOT_HALF, layer.bias * _ROOT_HALF
        )
        half = operations.constant(_ROOT_HALF)
        share = operations.add(operations.multiply(operations.erf(y), half), half)
        _replace(gelu, operations.multiply(y, share).output(0))
        separated += 1
    graph.validate_nodes_and_infer_types()
    return separated


@dataclass(frozen=True, slots=True)
class _LinearLayer:
    """A product with constant weights and the addition of a constant bias."""

    product: Any
    addition: Any

    @classmethod
    def at(cls, addition: Any) -> Self | None:
        """Return the layer that a node ends, or None."""
        if addition.get_type_name() != "Add" or not _is_constant(addition, 1):
            return None
        product = addition.input_value(0).get_node()
        if product.get_type_name() != "MatMul" or not _is_constant(product, 1):
            return None
        layer = cls(product, addition)
        return layer if layer.bias.shape[-1:] == layer.weights.shape[:1] else None

    @property
    def inputs(self) -> tuple[str, int]:
        """What tells the layer's input from others."""
        output = self.product.input_value(0)
        return output.get_node().get_friendly_name(), output.get_index()

    @property
    def weights(self) -> NDArray[np.float32]:
        """(outputs, inputs)."""
        weights = _data(self.product, 1)
        return weights if self.product.get_attributes()["transpose_b"] else weights.T

    @property
    def bias(self) -> NDArray[np.float32]:
        """(..., outputs), with as many axes as what it is added to."""
        return _data(self.addition, 1)


def _nodes(graph: Any, kind: str) -> list[Any]:
    return [node for node in graph.get_ordered_ops() if node.get_type_name() == kind]


def _before_heads(attention: Any, place: int) -> Any:
    """Return the node from which an input of an attention comes, before it is cut into heads."""
    node = attention.input_value(place).get_node()
    while node.get_type_name() in ("Reshape", "Transpose"):
        node = node.input_value(0).get_node()
    return node


def _linear(vectors: Any, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> Any:
    operations = openvino.opset13
    product = operations.matmul(vectors, operations.constant(weights), False, True)
    return operations.add(product, operations.constant(bias))


def _is_constant(node: Any, place: int) -> bool:
    return bool(node.input_value(place).get_node().get_type_name() == "Constant")


def _data(node: Any, place: int) -> NDArray[np.float32]:
    return np.array(node.input_value(place).get_node().data, dtype=np.float32)


def _targets(node: Any) -> set[Any]:
    targets: set[Any] = node.output(0).get_target_inputs()
    return targets


def _replace(node: Any, output: Any) -> None:
    """Give what a node gave to others from another output."""
    for target in _targets(node):
        target.replace_source_output(output)
