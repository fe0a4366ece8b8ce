"""Batched encoding of questions from several threads.

A model encodes eight questions at once faster than one after another. No question waits for a
batch to fill: questions that arrive while a batch is encoded form the next one. The calling thread
is free until its vector is ready.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.encoders.encoder import Encoder

# Questions in a batch at most; longer batches would delay every question in them.
_MAX_BATCH = 16


@dataclass(frozen=True, slots=True)
class _Request:
    """A question and its vector to come."""

    text: str
    vector: Future[NDArray[np.float32]] = field(default_factory=Future)


class BatchingEncoder:
    """Encodes questions in a thread of its own; may be used from several threads at once."""

    def __init__(self, encoder: Encoder) -> None:
        """Encode with `encoder`, in one thread that ends with this object."""
        self._encoder = encoder
        self._waiting: deque[_Request] = deque()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    def submit(self, question: str) -> Future[NDArray[np.float32]]:
        """Queue a question for encoding.

        Returns:
            A future of its (dimension,) vector of length 1, or of what the encoder raised for it.
        """
        request = _Request(question)
        self._waiting.append(request)
        self._pool.submit(self._encode_waiting)
        return request.vector

    def _encode_waiting(self) -> None:
        """Encode the waiting questions; an earlier call may have taken all of them."""
        count = min(len(self._waiting), _MAX_BATCH)
        if batch := [self._waiting.popleft() for _ in range(count)]:
            _encode(self._encoder, batch)


def _encode(encoder: Encoder, batch: Sequence[_Request]) -> None:
    try:
        vectors = encoder.encode([one.text for one in batch], "query")
    except Exception as error:  # noqa: BLE001 - raised again in the calling thread
        if len(batch) == 1:
            batch[0].vector.set_exception(error)
            return
        # One of them may be bad; only its caller should get the error.
        for one in batch:
            _encode(encoder, [one])
        return
    for one, vector in zip(batch, vectors, strict=True):
        one.vector.set_result(vector)
