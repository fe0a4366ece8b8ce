"""Questions of several threads encoded together.

A model takes less time for eight questions at once than for eight in turn. Nobody waits for others
to come: while one batch is encoded, what is asked meanwhile gathers, and is the next one. Whoever
asks has the time until the vector is there for something else.
"""

import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from index.encoders import Encoder

# Of more that wait, the last would wait for the batches of all.
_MOST = 16


@dataclass(frozen=True, slots=True)
class _Request:
    """A question, and its vector once it is there."""

    text: str
    vector: Future[NDArray[np.float32]] = field(default_factory=Future)


_Waiting = SimpleQueue[_Request | None]


class GatheringEncoder:
    """Encodes questions in a thread of its own; any number of threads may ask at once."""

    def __init__(self, encoder: Encoder) -> None:
        """Encode by `encoder`, in one thread until this object is gone."""
        self._waiting: _Waiting = SimpleQueue()
        thread = threading.Thread(
            target=_work, args=(encoder, self._waiting), name="encoder", daemon=True
        )
        thread.start()
        weakref.finalize(self, self._waiting.put, None)

    def begin(self, question: str) -> Future[NDArray[np.float32]]:
        """Have a question encoded.

        Returns:
            Its (dimension,) vector of length 1 to be, or what the encoder raised for it.
        """
        request = _Request(question)
        self._waiting.put(request)
        return request.vector


def _work(encoder: Encoder, waiting: _Waiting) -> None:
    while (request := waiting.get()) is not None:
        batch, ended = [request], False
        with suppress(Empty):
            while len(batch) < _MOST and not ended:
                if (other := waiting.get_nowait()) is None:
                    ended = True
                else:
                    batch.append(other)
        _encode(encoder, batch)
        if ended:
            return


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
