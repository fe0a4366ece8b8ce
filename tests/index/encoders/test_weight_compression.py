"""8-bit weights: close to what they replace, and multiplied as they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from index.encoders.openvino.runtime import openvino
from index.encoders.openvino.weight_compression import (
    compress_weights,
    expand_weights,
    quantize,
)

MATRICES = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.floats(-100, 100, width=32),
)


@given(MATRICES, st.sampled_from([0, 1]))
def test_a_weight_changes_by_half_a_step_of_its_channel(
    weights: NDArray[np.float32], inner: int
) -> None:
    numbers, scales = quantize(weights, inner)
    assert (numbers.dtype, scales.size) == (np.int8, weights.shape[1 - inner])
    assert np.all(np.abs(numbers * scales - weights) <= scales * 0.501)


@pytest.mark.parametrize("transposed", [False, True])
def test_a_graph_with_8_bit_weights_computes_nearly_the_same(transposed: bool) -> None:
    random = np.random.default_rng(3)
    weights = random.normal(size=(48, 64) if transposed else (64, 48)).astype(np.float32)
    operations = openvino.opset13
    inputs = operations.parameter([-1, 64], np.float32)
    product = operations.matmul(inputs, operations.constant(weights), False, transposed)
    small = operations.matmul(product, operations.constant(np.eye(48, dtype=np.float32)), False, 0)
    graph = openvino.Model([small], [inputs])
    texts = random.normal(size=(5, 64)).astype(np.float32)
    before = _result(graph, texts)
    assert compress_weights(graph, smallest=64 * 48) == 1
    after = _result(graph, texts)
    assert 0 < np.abs(after - before).max() < 0.01 * np.abs(before).max()
    assert compress_weights(graph, smallest=64 * 48) == 0
    assert expand_weights(graph) == 1
    np.testing.assert_allclose(_result(graph, texts), after, rtol=1e-4, atol=1e-4)
    assert expand_weights(graph) == 0


def _result(graph: object, texts: NDArray[np.float32]) -> NDArray[np.float32]:
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    [result] = openvino.Core().compile_model(graph, "CPU", options)(texts).values()
    return np.array(result)
