"""Batch encoders: batches of passages in, their vectors out, here or on other machines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoders.encoder import PassageEncoder


@dataclass(frozen=True, slots=True)
class EncodedBatch:
    """A batch of passages with their vectors.

    Attributes:
        keys: the n passages' keys in the embedding cache.
        vectors: their (n, dimension) vectors of length 1.
    """

    keys: Sequence[bytes]
    vectors: NDArray[np.float32]


class BatchEncoder(Protocol):
    """Encodes batches; each comes out once, in any order, from one of the three methods."""

    def submit(self, keys: Sequence[bytes], texts: Sequence[str]) -> Iterable[EncodedBatch]:
        """Take a batch, once there is room for it; return those that are finished by then."""

    def poll(self) -> Iterable[EncodedBatch]:
        """Return the batches that are finished, without waiting."""

    def drain(self) -> Iterable[EncodedBatch]:
        """Return the batches that are left, waiting for them."""


# Called with the encoder's fingerprint, and with what gives the encoder of this process.
BatchEncoderFactory = Callable[[str, Callable[[], PassageEncoder]], BatchEncoder]


class LocalBatchEncoder:
    """Encodes each batch at once, in this process; see `BatchEncoder`."""

    def __init__(self, encoder: Callable[[], PassageEncoder]) -> None:
        """Begin.

        Args:
            encoder: gives the encoder; called at the first batch.
        """
        self._encoder = encoder

    def submit(self, keys: Sequence[bytes], texts: Sequence[str]) -> Iterable[EncodedBatch]:
        """Encode a batch and return it."""
        return (EncodedBatch(keys, self._encoder().encode(texts, "passage")),)

    def poll(self) -> Iterable[EncodedBatch]:
        """Return nothing: nothing is left over."""
        return ()

    drain = poll


def local_batch_encoder(
    _fingerprint: str, encoder: Callable[[], PassageEncoder]
) -> LocalBatchEncoder:
    """Return a batch encoder of this process; a `BatchEncoderFactory`."""
    return LocalBatchEncoder(encoder)
