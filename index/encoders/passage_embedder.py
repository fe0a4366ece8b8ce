"""Vectors of passages as they come: taken from the cache, or encoded in batches of like length."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.encoders.batch_encoder import BatchEncoder, EncodedBatch
from index.encoders.embedding_cache import EmbeddingCache, embedding_key
from index.text.passages import Passage

# Encoded and stored at a time: a kill loses at most this many of each encoder's, seconds of work.
# The encoder divides them into batches; of fewer, more batches are left half full (of 32, padding
# and half full batches cost 9 % of what the tokens cost; of 128, 5 %).
CHUNK = 128
# Passages gathered before what is missing of them is encoded: texts of like length then share a
# chunk, so that little of it is padding.
_WINDOW = 16 * CHUNK
_BLOCK = 4096
_KEY_BYTES = 16


class PassageEmbedder:
    """Gathers passages and encodes those that the cache lacks.

    Attributes:
        encoded: passages that had to be encoded.
        needed: those of the passages that were gathered and looked for that had to be, or have to.
    """

    def __init__(
        self,
        fingerprint: str,
        encoder: BatchEncoder,
        cache: EmbeddingCache,
        on_progress: Callable[[int], None],
    ) -> None:
        """Begin.

        Args:
            fingerprint: the encoder's.
            encoder: encodes what is missing.
            cache: where vectors are kept.
            on_progress: is told how many were encoded, whenever it is more.
        """
        self.encoded = self.needed = 0
        self._fingerprint = fingerprint
        self._encoder = encoder
        self._cache = cache
        self._tell = on_progress
        self._keys = bytearray()
        self._waiting: dict[bytes, str] = {}
        self._sent: set[bytes] = set()

    def add(self, passages: Iterable[Passage]) -> None:
        """Take further passages, and encode when enough of them are gathered."""
        for passage in passages:
            text = passage.embedded_text
            key = embedding_key(self._fingerprint, text)
            self._keys += key
            if key not in self._sent:
                self._waiting[key] = text
        self._keep(self._encoder.poll())
        if len(self._waiting) >= _WINDOW:
            self._send()

    def flush(self) -> None:
        """Encode and store what is missing of the passages that were gathered."""
        self._send()
        self._keep(self._encoder.drain())

    def _send(self) -> None:
        texts, self._waiting = self._waiting, {}
        missing = self._cache.missing(list(texts))
        self.needed += len(missing)
        order = {key: at for at, key in enumerate(missing)}
        missing.sort(key=lambda key: len(texts[key]))
        chunks = [missing[at : at + CHUNK] for at in range(0, len(missing), CHUNK)]
        # Long and short ones take turns as they come in the articles: the rate, and the time left
        # that is told from it, then stay what they are.
        for chunk in sorted(chunks, key=lambda keys: min(order[key] for key in keys)):
            self._sent.update(chunk)
            self._keep(self._encoder.submit(chunk, [texts[key] for key in chunk]))

    def _keep(self, batches: Iterable[EncodedBatch]) -> None:
        """Store what is finished, at once: what is stored is not lost with this process."""
        for batch in batches:
            self._cache.put(batch.keys, batch.vectors)
            self._sent.difference_update(batch.keys)
            self.encoded += len(batch.keys)
            self._tell(self.encoded)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Yield (n, dimension) vectors of all passages, in their order, once all are flushed."""
        keys = self.keys()
        while block := list(islice(keys, _BLOCK)):
            yield self._cache.get(block)

    def keys(self) -> Iterator[bytes]:
        """Yield the cache keys of all passages, in their order."""
        for at in range(0, len(self._keys), _KEY_BYTES):
            yield bytes(self._keys[at : at + _KEY_BYTES])
