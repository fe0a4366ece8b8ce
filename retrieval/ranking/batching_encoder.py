"""Questions of several threads encoded together.

A model takes less time for eight questions at once than for eight in turn. Nobody waits for others
to come: while one batch is encoded, what is asked meanwhile gathers, and is the next one. Whoever
asks has the time until the vector is there for something else.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.encoders.encoder import Encoder

# Of more that wait, the last would wait for the batches of all.
_MOST = 16


@dataclass(frozen=True, slots=True)
class _Request:
    """A question, and its vector once it is there."""

    text: str
    vector: Future[NDArray[np.float32]] = field(default_factory=Future)


class BatchingEncoder:
    """Encodes questions in a thread of its own; any number of threads may ask at once."""

    def __init__(self, encoder: Encoder) -> None:
        """Encode by `encoder`, in one thread until this object is gone."""
        self._encoder = encoder
        self._waiting: deque[_Request] = deque()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="encoder")

    def submit(self, question: str) -> Future[NDArray[np.float32]]:
        """Have a question encoded.

        Returns:
            Its (dimension,) vector of length 1 to be, or what the encoder raised for it.
        """
        request = _Request(question)
        self._waiting.append(request)
        self._pool.submit(self._encode_waiting)
        return request.vector

    def _encode_waiting(self) -> None:
        """Encode what waits; nothing, where an earlier call has taken what this one was for."""
        count = min(len(self._waiting), _MOST)
        if batch := [self._waiting.popleft() for _ in range(count)]:
            _encode(self._encoder, batch)


def _encode(encoder: Encoder, batch: Sequence[_Request]) -> None:
    try:
        vectors = encoder.encode([one.text for one in batch], "query")
    except Exception as error:  # noqa: BLE001 - raised again, for whoever asked
        if len(batch) == 1:
            batch[0].vector.set_exception(error)
            return
        # One of them may be bad, of which only who asked it is to be told.
        for one in batch:
            _encode(encoder, [one])
        return
    for one, vector in zip(batch, vectors, strict=True):
        one.vector.set_result(vector)
