"""Rewritten graphs: the same results from fewer or other operations."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoders.model_resolver import resolve_model
from index.encoders.openvino.export_cache import exported_model
from index.encoders.openvino.graph_rewriting import join_projections, separate_activations
from index.encoders.openvino.matrix_products import matrix_shapes
from index.encoders.openvino.runtime import openvino
from index.settings import IndexSettings

SIZE, HEADS = 8, 2
operations = openvino.opset13
random = np.random.default_rng(7)


def linear(vectors: Any, outputs: int = SIZE, *, transposed: bool = True) -> Any:
    """Return a linear layer with random weights."""
    inputs = vectors.get_output_partial_shape(0)[-1].get_length()
    weights = random.normal(size=(inputs, outputs)).astype(np.float32)
    constant = operations.constant(np.ascontiguousarray(weights.T) if transposed else weights)
    bias = operations.constant(random.normal(size=(1, 1, outputs)).astype(np.float32))
    return operations.add(operations.matmul(vectors, constant, False, transposed), bias)


def heads(vectors: Any) -> Any:
    """Return (batch, heads, length, numbers) of vectors."""
    apart = operations.reshape(vectors, np.array([0, 0, HEADS, SIZE // HEADS]), True)
    return operations.transpose(apart, np.array([0, 2, 1, 3]))


def vectors_input(name: str = "vectors") -> Any:
    parameter = operations.parameter([-1, -1, SIZE], np.float32, name=name)
    parameter.output(0).set_names({name})
    return parameter


def attention_graph(layers: list[Any], *inputs: Any) -> Any:
    attended = operations.scaled_dot_product_attention(*map(heads, layers), causal=False)
    return openvino.Model([attended], list(inputs))


def kinds(graph: Any) -> Counter[str]:
    return Counter(node.get_type_name() for node in graph.get_ordered_ops())


def compute(graph: Any, **inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compiled = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(next(iter(compiled(inputs).values())))


def some_vectors() -> NDArray[np.float32]:
    return random.normal(size=(2, 5, SIZE)).astype(np.float32)


@pytest.mark.parametrize("transposed", [False, True])
def test_three_products_of_the_same_vectors_become_one(transposed: bool) -> None:
    inputs = vectors_input()
    graph = attention_graph([linear(inputs, transposed=transposed) for _ in range(3)], inputs)
    given = some_vectors()
    before = compute(graph, vectors=given)
    assert join_projections(graph) == 1
    assert (kinds(graph)["MatMul"], kinds(graph)["Split"]) == (1, 1)
    np.testing.assert_allclose(compute(graph, vectors=given), before, atol=1e-5)
    # They already are.
    assert join_projections(graph) == 0


def test_products_of_different_vectors_stay_apart() -> None:
    inputs, others = vectors_input(), vectors_input("others")
    graph = attention_graph([linear(inputs), linear(others), linear(others)], inputs, others)
    assert join_projections(graph) == 0
    assert kinds(graph)["MatMul"] == 3


def test_an_attention_whose_vectors_come_from_no_product_stays_as_it_is() -> None:
    inputs = vectors_input()
    rotated = operations.multiply(linear(inputs), operations.constant(np.float32(2)))
    graph = attention_graph([rotated, linear(inputs), linear(inputs)], inputs)
    assert join_projections(graph) == 0


def test_gelu_apart_gives_the_same() -> None:
    inputs = vectors_input()
    graph = openvino.Model([linear(operations.gelu(linear(inputs, 12), "erf"))], [inputs])
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


def test_an_exported_model_has_one_product_for_query_key_and_value(tiny_model: Path) -> None:
    exported = exported_model(resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder")
    # Of two layers.
    assert matrix_shapes(exported)[32, 96] == 2
    assert matrix_shapes(exported)[32, 32] == 2
