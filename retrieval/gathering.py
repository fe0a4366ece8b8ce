"""Questions of several threads encoded together.

A model takes less time for eight questions at once than for eight in turn. Nobody waits for others
to come: while one batch is encoded, what is asked meanwhile gathers, and is the next one.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encoders import Encoder, TextKind


@dataclass(eq=False, slots=True)
class _Request:
    """Texts that one thread wants encoded, and their vectors once somebody has done it."""

    texts: list[str]
    kind: TextKind
    vectors: NDArray[np.float32] | None = None


class GatheringEncoder:
    """An encoder that any number of threads may use at once; see `index.encoders.Encoder`."""

    def __init__(self, encoder: Encoder) -> None:
        """Gather what `encoder` then encodes, in one thread at a time."""
        self._encoder = encoder
        self._turn = threading.Lock()
        # Held for moments only; `_turn` is held as long as encoding takes.
        self._gathering = threading.Lock()
        self._waiting: list[_Request] = []

    def encode(self, texts: Sequence[str], kind: TextKind) -> NDArray[np.float32]:
        """Return (len(texts), dimension) vectors of length 1."""
        request = _Request(list(texts), kind)
        with self._gathering:
            self._waiting.append(request)
        with self._turn:
            if request.vectors is None:
                self._encode_for_all_like(request)
        if request.vectors is None:
            raise RuntimeError("a batch ended without the vectors of its first request")
        return request.vectors

    def _encode_for_all_like(self, request: _Request) -> None:
        """Encode a request together with those that wait for the same kind of vectors."""
        with self._gathering:
            batch = [one for one in self._waiting if one.kind == request.kind]
            self._waiting = [one for one in self._waiting if one.kind != request.kind]
        if request not in batch:
            # Whoever took it before failed, perhaps on a text of somebody else.
            batch = [request]
        try:
            texts = [text for one in batch for text in one.texts]
            vectors = self._encoder.encode(texts, request.kind)
        except Exception:
            if len(batch) == 1:
                raise
            # It may be another's text that is bad; then that one is told, when its turn comes.
            batch, vectors = [request], self._encoder.encode(request.texts, request.kind)
        start = 0
        for one in batch:
            one.vectors = vectors[start : start + len(one.texts)]
            start += len(one.texts)
