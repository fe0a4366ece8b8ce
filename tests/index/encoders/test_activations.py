"""GELU apart from the products before it: the same results from other operations."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoders.openvino.activations import separate_activations
from index.encoders.openvino.runtime import openvino

SIZE = 8
operations = openvino.opset13
random = np.random.default_rng(7)


def linear(vectors: Any, outputs: int = SIZE, *, transposed: bool = True) -> Any:
    """Return a linear layer with random weights."""
    inputs = vectors.get_output_partial_shape(0)[-1].get_length()
    weights = random.normal(size=(inputs, outputs)).astype(np.float32)
    constant = operations.constant(np.ascontiguousarray(weights.T) if transposed else weights)
    bias = operations.constant(random.normal(size=(1, 1, outputs)).astype(np.float32))
    return operations.add(operations.matmul(vectors, constant, False, transposed), bias)


def vectors_input() -> Any:
    parameter = operations.parameter([-1, -1, SIZE], np.float32)
    parameter.output(0).set_names({"vectors"})
    return parameter


def kinds(graph: Any) -> Counter[str]:
    return Counter(node.get_type_name() for node in graph.get_ordered_ops())


def compute(graph: Any, **inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(next(iter(compiled(inputs).values())))


def some_vectors() -> NDArray[np.float32]:
    return random.normal(size=(2, 5, SIZE)).astype(np.float32)


@pytest.mark.parametrize("transposed", [False, True])
def test_gelu_apart_gives_the_same(transposed: bool) -> None:
    inputs = vectors_input()
    activated = operations.gelu(linear(inputs, 12, transposed=transposed), "erf")
    graph = openvino.Model([linear(activated)], [inputs])
    given = some_vectors()
    before = compute(graph, vectors=given)
    assert separate_activations(graph) == 1
    assert (kinds(graph)["Gelu"], kinds(graph)["Erf"]) == (0, 1)
    np.testing.assert_allclose(compute(graph, vectors=given), before, atol=1e-5)


def test_another_activation_and_one_of_a_shared_layer_stay_as_they_are() -> None:
    inputs = vectors_input()
    layer = linear(inputs)
    shared = operations.add(operations.gelu(layer, "erf"), layer)
    rough = operations.gelu(linear(inputs), "tanh")
    alone = operations.gelu(inputs, "erf")
    graph = openvino.Model([shared, rough, alone], [inputs])
    assert separate_activations(graph) == 0
