"""A small file of differences that turns one model's weights into another's.

A matrix's difference is kept as the product of two thin factors, a vector's as it is, all in
float16. Adding them needs numpy alone.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from index.errors import EncoderError
from index.files import atomic_write

_LEFT, _RIGHT = ".left", ".right"
_HEAD_WEIGHT, _HEAD_BIAS = "head.weight", "head.bias"
_SPAN_WEIGHT, _SPAN_BIAS = "span.weight", "span.bias"
Weights = Mapping[str, NDArray[np.float32]]


def write_adapter(
    path: Path,
    base: Weights,
    tuned: Weights,
    rank: int,
    scale: float = 1.0,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write the difference between two models, each matrix's best approximation of a rank.

    What the base does not have (a reranker's heads) is written as it is, in float32.

    Args:
        path: the file to write, replaced atomically.
        base: the weights to start from.
        tuned: the weights to arrive at; only these names are compared.
        rank: columns of each factor (Eckart and Young: the truncated SVD is the nearest).
        scale: the share of the difference that is kept; 0.5 is the two models' average.
        metadata: written into the file's header.
    """
    tensors: dict[str, NDArray[np.float16] | NDArray[np.float32]] = {}
    for name, weight in tuned.items():
        if name not in base:
            tensors[name] = weight
            continue
        difference = scale * (weight - base[name])
        if difference.ndim == 2:
            left, values, right = np.linalg.svd(difference, full_matrices=False)
            root = np.sqrt(values[:rank])
            tensors[name + _LEFT] = (left[:, :rank] * root).astype(np.float16)
            tensors[name + _RIGHT] = (root[:, None] * right[:rank]).astype(np.float16)
        else:
            tensors[name] = difference.astype(np.float16)
    ordered = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    with atomic_write(path) as partial:
        save_file(ordered, partial, dict(metadata) if metadata else None)
        partial.chmod(0o644)


class Adapter:
    """An adapter that has been read."""

    def __init__(self, path: Path, scale: float = 1.0) -> None:
        """Read an adapter.

        Args:
            path: its file.
            scale: multiplies the differences.

        Raises:
            OSError: the file cannot be opened.
            ValueError: it is damaged.
        """
        try:
            self._tensors = load_file(path)
        except SafetensorError as error:
            raise ValueError(str(error)) from error
        self._scale = np.float32(scale)

    def __contains__(self, name: object) -> bool:
        """Tell whether it changes a weight."""
        return name in self._tensors or f"{name}{_LEFT}" in self._tensors

    @property
    def head(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """The (1, hidden) weight and (1,) bias of a linear layer on top; None without one."""
        if _HEAD_WEIGHT not in self._tensors:
            return None
        weight, bias = self._tensors[_HEAD_WEIGHT], self._tensors[_HEAD_BIAS]
        return weight.astype(np.float32), bias.astype(np.float32)

    @property
    def span_head(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """The (2, hidden) weight and (2,) bias of a layer that points at an answer's ends."""
        if _SPAN_WEIGHT not in self._tensors:
            return None
        weight, bias = self._tensors[_SPAN_WEIGHT], self._tensors[_SPAN_BIAS]
        return weight.astype(np.float32), bias.astype(np.float32)

    def apply(self, name: str, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a weight with its difference added; one without a difference is returned as is.

        Raises:
            ValueError: the difference has another shape than the weight.
        """
        if (left := self._tensors.get(name + _LEFT)) is not None:
            difference = left.astype(np.float32) @ self._tensors[name + _RIGHT].astype(np.float32)
        elif (vector := self._tensors.get(name)) is not None:
            difference = vector.astype(np.float32)
        else:
            return weight
        if difference.shape != weight.shape:
            raise ValueError(f"the adapter does not fit {name}: {difference.shape}, {weight.shape}")
        return weight + self._scale * difference


def read_adapter(path: Path, scale: float = 1.0) -> Adapter:
    """Read an adapter that a person named or installed.

    Raises:
        EncoderError: it is missing or damaged.
    """
    try:
        return Adapter(path, scale)
    except (OSError, ValueError) as error:
        raise EncoderError(f"the adapter {path} cannot be read: {error}") from error
